"""The people who use the console, over HTTP: who they are, and what they may."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.access import users
from shared.errors import BadRequestError
from shared.people import Role
from shared.web.calls import write_cursor
from shared.web.routes import PAGED, Route

if TYPE_CHECKING:
    from shared.people import User
    from shared.services import Services
    from shared.web.calls import Call


class RoleBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The role that somebody is given here."""

    id: str
    role: Role | None
    """None: what the identity server and the settings say counts alone."""


class UsersBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose roles are to be others; nobody else's change."""

    users: tuple[RoleBody, ...]


class UserAnswer(Struct, frozen=True):
    """Somebody who has signed in."""

    id: str
    name: str
    email: str
    role: Role | None
    """As it was given here."""
    effective_role: Role | None
    """What they may: the highest of that, of the identity server's, and of the settings'."""
    signed_in_at: datetime | None


class UsersAnswer(Struct, frozen=True):
    """A page of users."""

    users: tuple[UserAnswer, ...]
    next: str | None


def list_users(call: Call) -> UsersAnswer:
    """Return a page of users, in order of id."""
    services, limit = call.services, call.limit()
    found = users.list_users(services, after=call.cursor(), limit=limit + 1)
    following = write_cursor(found[limit - 1].key) if len(found) > limit else None
    return UsersAnswer(tuple(_shown(services, r.value) for r in found[:limit]), following)


def change_users(call: Call) -> UsersAnswer:
    """Give users their roles: all of them, or none where one is wrong."""
    body = call.body(UsersBody)
    ids = [one.id for one in body.users]
    twice = {f"users[{n}].id": "it stands twice" for n, one in enumerate(ids) if one in ids[:n]}
    if twice:
        raise BadRequestError("The roles cannot be changed.", fields=twice)
    roles = {one.id: one.role for one in body.users}
    changed = users.change_roles(call.services, roles, by=call.caller.actor)
    return UsersAnswer(tuple(_shown(call.services, user) for user in changed), None)


def _shown(services: Services, user: User) -> UserAnswer:
    return UserAnswer(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        effective_role=users.role_of(services, user),
        signed_in_at=user.signed_in_at,
    )


ROUTES: Final = (
    Route("GET", "users", list_users, "admin", "Who has signed in, and what they may.",
          answer=UsersAnswer, query=PAGED),
    Route("PUT", "users", change_users, "admin", "Give users their roles.",
          body=UsersBody, answer=UsersAnswer),
)  # fmt: skip
