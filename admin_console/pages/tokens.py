"""API tokens: what plugins and programs call with."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from admin_console.audit import note
from admin_console.pages.pages import Page, go, show
from admin_console.tokens import list_tokens, revoke_token
from shared.access import api_tokens
from shared.configuration import DEFAULT_TRACKER, SCOPES, Scope
from shared.errors import BadRequestError
from shared.model import IntegrationId, TrackerId
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

MEANINGS: Final[dict[Scope, str]] = {
    "links:read": "Read what links to issues. A tracker's plugin needs no more.",
    "code:read": "Read commits, differences and files, and choose repositories.",
    "code:write": "Create branches, pull requests and repositories, attach and detach links.",
    "admin": "Everything that an admin may, everywhere. Not for plugins.",
}
"""What each scope allows, for whoever chooses."""
_APART: Final = re.compile(r"[\s,;]+")


def show_tokens(visit: Visit) -> Html:
    """Show all tokens, never their texts."""
    return show(
        visit,
        "tokens.html",
        title="API tokens",
        found=list_tokens(visit),
        trackers=_trackers(visit),
        integrations=_integrations(visit),
    )


def new_token(visit: Visit) -> Html:
    """Show the form of a new token."""
    return _form(visit)


def make_token(visit: Visit) -> Html:
    """Make a token, and show its text this once."""
    try:
        made = api_tokens.create_token(
            visit.services,
            name=visit.form("name"),
            scopes=[scope for scope in SCOPES if scope in visit.form_all("scopes")],
            tracker=TrackerId(visit.form("tracker") or DEFAULT_TRACKER),
            issue_projects=[p for p in _APART.split(visit.form("issue_projects")) if p] or None,
            integrations=_chosen(visit),
            expires_at=_expiry(visit.form("expires_at")),
        )
    except BadRequestError as error:
        return _form(visit, error=error)
    note(visit, "token_created", None, detail=f"{made.kept.id} {made.kept.name}")
    return show(visit, "token_made.html", title="The new token", made=made)


def revoke(visit: Visit) -> Redirect:
    """Revoke a token; whoever calls with it is refused within half a minute."""
    revoke_token(visit)
    return go("/tokens", done="token_revoked")


def _chosen(visit: Visit) -> list[IntegrationId] | None:
    """Return the integrations that were ticked; none of them stands for all."""
    chosen = visit.form_all("integrations")
    unknown = [one for one in chosen if one not in _integrations(visit)]
    if unknown:
        reason = "there is no such integration"
        raise BadRequestError("The token cannot be made.", fields={"integrations": reason})
    return [IntegrationId(one) for one in chosen] or None


def _expiry(day: str) -> datetime | None:
    """Return the end of a day; None for what a token has when nothing is said."""
    if not day:
        return None
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except ValueError as error:
        reason = "a day, such as 2027-01-31"
        raise BadRequestError("The token cannot be made.", fields={"expires_at": reason}) from error


def _form(visit: Visit, *, error: BadRequestError | None = None) -> Html:
    now = visit.services.clock()
    proposed = f"{now + api_tokens.LIFETIME:%Y-%m-%d}"
    is_new = error is None
    return show(
        visit,
        "token_new.html",
        title="Make an API token",
        status=HTTPStatus.OK if is_new else HTTPStatus.BAD_REQUEST,
        error=error,
        fields=error.fields if error else {},
        scopes=MEANINGS,
        trackers=_trackers(visit),
        integrations=_integrations(visit),
        name=visit.form("name"),
        chosen_scopes=["links:read"] if is_new else visit.form_all("scopes"),
        chosen_tracker=visit.form("tracker") or DEFAULT_TRACKER,
        chosen_integrations=visit.form_all("integrations"),
        issue_projects=visit.form("issue_projects"),
        expires_at=proposed if is_new else visit.form("expires_at"),
        today=f"{now:%Y-%m-%d}",
    )


def _trackers(visit: Visit) -> dict[str, str]:
    """Return the names of trackers, by id."""
    return {r.key: r.value.name for r in visit.services.trackers.list(ONE_GROUP)}


def _integrations(visit: Visit) -> dict[str, str]:
    """Return the names of integrations, by id."""
    found = visit.services.integrations.list(ONE_GROUP)
    return {r.key: r.value.name for r in found if not r.value.is_removed}


PAGES: Final = (
    Page("GET", "tokens", show_tokens, "admin"),
    Page("GET", "tokens/new", new_token, "admin"),
    Page("POST", "tokens", make_token, "admin"),
    Page("POST", "tokens/{token_id}/revoke", revoke, "admin"),
)
