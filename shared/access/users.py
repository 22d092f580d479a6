"""People who sign in to the console, and their roles.

A role may come from the settings (the first admins), from the identity server (app roles), and from
an admin here; the highest counts, so that a role is taken away where it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.access import sessions
from shared.access.auditing import audit
from shared.access.callers import actor_of_session
from shared.errors import BadRequestError, ConflictError, ScopeMissingError
from shared.people import ROLES, User
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.access.sessions import NewSession
    from shared.audit_entries import Actor
    from shared.interfaces.identity import SignedIn
    from shared.interfaces.storage import Record
    from shared.people import Role
    from shared.services import Services

_APP_ROLES: Final[dict[str, Role]] = {role: role for role in ROLES}
"""As they are called at the identity server, in lower case."""
_MOST_CHARACTERS: Final = 200


def sign_in(services: Services, person: SignedIn) -> NewSession:
    """Begin the session of a person; ScopeMissingError when nobody gave them a role.

    They are known from then on, so that an admin can.
    """
    user_id = f"{person.tenant_id}.{person.object_id}".lower()
    record = services.users.get(ONE_GROUP, user_id)
    known = record.value if record else User(user_id)
    user = replace(
        known,
        name=person.name[:_MOST_CHARACTERS],
        email=person.email[:_MOST_CHARACTERS],
        app_role=_highest([_APP_ROLES.get(role.lower()) for role in person.roles]),
        signed_in_at=services.clock(),
    )
    if record is None:
        services.users.insert(ONE_GROUP, user_id, user)
    else:
        services.users.replace(record, user)
    role = role_of(services, user)
    if role != role_of(services, known):
        sessions.change_role(services, user.id, role)
    if role is None:
        raise ScopeMissingError(
            "You are signed in, and have no role in Devlinks.",
            next_step="Ask an admin of Devlinks to give you one, on the page Users.",
        )
    made = sessions.begin(services, user=user.id, name=user.name or user.email, role=role)
    _check_unchanged(services, made, user)
    audit(services, "signed_in", by=actor_of_session(made.session))
    return made


def check_still(services: Services, user_id: str, role: Role) -> None:
    """Return while a user has the role; ScopeMissingError. Who is kept as no user is not judged.

    For what somebody began who may have lost the role before it is completed.
    """
    record = services.users.get(ONE_GROUP, user_id)
    may = "admin" if record is None else role_of(services, record.value)
    if may is None or ROLES.index(may) < ROLES.index(role):
        raise ScopeMissingError(
            f"This needs the role {role}, which was taken away meanwhile.",
            next_step="Ask an admin of Devlinks for it.",
        )


def role_of(services: Services, user: User) -> Role | None:
    """Return what a user may: the highest role that anybody gave them."""
    is_admin = user.id.rpartition(".")[2] in services.sign_in.policy.admins
    return _highest(["admin" if is_admin else None, user.app_role, user.role])


def list_users(services: Services, *, after: str, limit: int) -> list[Record[User]]:
    """Return users in order of id."""
    return services.users.list(ONE_GROUP, after=after, limit=limit)


def change_roles(
    services: Services, roles: Mapping[str, Role | None], *, by: Actor
) -> tuple[User, ...]:
    """Give users the roles that are ours to give, and note it; sessions follow.

    BadRequestError names who is not known; ConflictError when nobody would be an admin any more:
    then nothing is changed. ChangedError when somebody else changes one of them at the same time:
    what was changed before is noted, and stays.
    """
    records = {record.key: record for record in services.users.list(ONE_GROUP)}
    unknown = {name: "there is no such user" for name in roles if name not in records}
    if unknown:
        raise BadRequestError("The roles cannot be changed.", fields=unknown)
    changed = {name: replace(records[name].value, role=role) for name, role in roles.items()}
    everybody = {**{key: record.value for key, record in records.items()}, **changed}
    was_held = any(role_of(services, r.value) == "admin" for r in records.values())
    is_held = any(role_of(services, user) == "admin" for user in everybody.values())
    if was_held and not is_held and not services.sign_in.policy.admins:
        raise ConflictError("Nobody would be an admin any more.", next_step="Leave one.")
    for name, user in changed.items():
        services.users.replace(records[name], user)
        audit(services, "user_changed", by=by, detail=told(user))
        sessions.change_role(services, name, role_of(services, user))
    return tuple(changed.values())


def told(user: User) -> str:
    """Return for the audit who has which role now."""
    return f"{user.id} {user.role or 'no role of ours'}"


def _check_unchanged(services: Services, made: NewSession, user: User) -> None:
    """End a session just begun by somebody whose role was changed meanwhile: ConflictError.

    Whoever changed it gave the new role to the sessions that there were before this one.
    """
    record = services.users.get(ONE_GROUP, user.id)
    if record is None or role_of(services, record.value) != made.session.role:
        sessions.end(services, made.cookie)
        raise ConflictError("Your role was changed a moment ago.", next_step="Sign in once more.")


def _highest(roles: Sequence[Role | None]) -> Role | None:
    given = [role for role in roles if role is not None]
    return max(given, key=ROLES.index) if given else None
