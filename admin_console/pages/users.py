"""The people who use the console: what they may, and who says so."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.pages.pages import Page, go, show
from shared.access import users
from shared.errors import BadRequestError, ConflictError
from shared.people import ROLES, Role, User
from shared.web.calls import write_cursor

if TYPE_CHECKING:
    from shared.errors import SenderError
    from shared.services import Services
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

MEANINGS: Final[dict[Role, str]] = {
    "viewer": "sees the dashboard, integrations, repositories and links",
    "operator": "also reindexes, cancels, and has deliveries processed again",
    "admin": "may do everything here",
}
"""What each role may, as the rest of a sentence."""


class ShownUser(Struct, frozen=True):
    """Somebody who has signed in."""

    user: User
    may: Role | None
    """The highest role that anybody gave them."""
    sources: tuple[str, ...]
    """Who gives them a role besides an admin here, in words."""


def show_users(visit: Visit) -> Html:
    """Show who has signed in, and how others get in."""
    return _page(visit)


def change_user(visit: Visit) -> Html | Redirect:
    """Give somebody a role here, or take it away."""
    try:
        roles = {visit.form("user"): _role(visit.form("role"))}
        users.change_roles(visit.services, roles, by=visit.caller.actor)
    except (BadRequestError, ConflictError) as error:
        return _page(visit, error=error)
    return go("/users", done="saved")


def sources_of(services: Services, user: User) -> tuple[str, ...]:
    """Return who gives somebody a role besides an admin here."""
    is_named = user.id.rpartition(".")[2] in services.sign_in.policy.admins
    said = (
        "admin by the setting ADMIN_OBJECT_IDS" if is_named else "",
        f"{user.app_role} by an app role of Entra" if user.app_role else "",
    )
    return tuple(filter(None, said))


def _role(text: str) -> Role | None:
    if not text:
        return None
    for role in ROLES:
        if role == text:
            return role
    raise BadRequestError("There is no such role.", fields={"role": "choose one"})


def _page(visit: Visit, *, error: SenderError | None = None) -> Html:
    services, limit = visit.services, visit.limit()
    found = users.list_users(services, after=visit.cursor(), limit=limit + 1)
    known = [record.value for record in found[:limit]]
    status = HTTPStatus.OK
    if error is not None:
        is_conflict = isinstance(error, ConflictError)
        status = HTTPStatus.CONFLICT if is_conflict else HTTPStatus.BAD_REQUEST
    return show(
        visit,
        "users.html",
        title="Users",
        status=status,
        error=error,
        users=tuple(
            ShownUser(user, users.role_of(services, user), sources_of(services, user))
            for user in known
        ),
        next=write_cursor(found[limit - 1].key) if len(found) > limit else None,
        roles=MEANINGS,
        has_server=services.sign_in.server is not None,
    )


PAGES: Final = (
    Page("GET", "users", show_users, "admin"),
    Page("POST", "users", change_user, "admin"),
)
