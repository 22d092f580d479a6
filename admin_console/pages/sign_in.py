"""Signing in to the console, and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.pages.pages import Page, go, show
from shared.access import one_time_codes, sessions, users
from shared.access.auditing import audit
from shared.access.platform import HEADER, signed_in_by_platform
from shared.errors import NotSignedInError
from shared.web.pages import Html, Redirect
from shared.web.return_paths import return_path

if TYPE_CHECKING:
    from shared.web.visits import Visit


def show_sign_in(visit: Visit) -> Html | Redirect:
    """Show the ways to sign in. The page's script redeems a code that stands in the fragment.

    Whom the platform has signed in is let in at once, unless they have just signed out.
    """
    person = signed_in_by_platform(visit.services, visit.header(HEADER))
    if person is None or visit.query("done"):
        return _page(visit)
    made = users.sign_in(visit.services, person)
    back = return_path(visit.query("return_to"))
    return Redirect(back, {"Set-Cookie": sessions.set_cookie(made.cookie)})


def redeem_code(visit: Visit) -> Html | Redirect:
    """Sign in by a one-time code."""
    try:
        made = one_time_codes.redeem(visit.services, visit.form("code"))
    except NotSignedInError as error:
        return _page(visit, error=error, status=401)
    back = return_path(visit.form("return_to"))
    return Redirect(back, {"Set-Cookie": sessions.set_cookie(made.cookie)})


def sign_out(visit: Visit) -> Redirect:
    """End the session, here and everywhere."""
    sessions.end(visit.services, visit.cookie)
    audit(visit.services, "signed_out", by=visit.caller.actor)
    left = go("/sign-in", done="signed_out")
    return Redirect(left.path, {"Set-Cookie": sessions.forget_cookie()})


def _page(visit: Visit, *, error: NotSignedInError | None = None, status: int = 200) -> Html:
    return show(
        visit,
        "sign_in.html",
        title="Sign in",
        status=status,
        error=error,
        has_server=visit.services.sign_in.server is not None,
        return_to=return_path(visit.query("return_to") or visit.form("return_to")),
    )


PAGES: Final = (
    Page("GET", "sign-in", show_sign_in, None),
    Page("POST", "sign-in/code", redeem_code, None),
    Page("POST", "sign-out", sign_out, "viewer"),
)
