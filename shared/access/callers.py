"""Who calls, whatever they showed for it, and what that allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.audit_entries import Actor
from shared.configuration import DEFAULT_TRACKER, Scope
from shared.errors import NotSignedInError, OutOfScopeError, ScopeMissingError
from shared.model import IntegrationId, TrackerId
from shared.people import ROLES, Role
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import ApiToken
    from shared.issue_keys import IssueKey
    from shared.people import Session
    from shared.services import Services

_SCOPES: Final[dict[Role, tuple[Scope, ...]]] = {
    "viewer": ("links:read", "code:read"),
    "operator": ("links:read", "code:read", "code:write"),
    "admin": ("links:read", "code:read", "code:write", "admin"),
}
"""What each role may; an operator also what routes say."""


class Caller(Struct, frozen=True):
    """Who calls, and what they may."""

    actor: Actor
    scopes: tuple[Scope, ...]
    tracker: TrackerId
    table_id: str
    """Of the tracker that is meant: another one of the same id is none of theirs."""
    role: Role | None = None
    """Of a person in the console; None: an API token."""
    issue_projects: tuple[str, ...] | None = None
    """None: all projects of the tracker."""
    integrations: tuple[IntegrationId, ...] | None = None


def caller_of_token(token: ApiToken) -> Caller:
    """Return who calls with an API token."""
    return Caller(
        Actor("token", token.id, token.name),
        token.scopes,
        token.tracker,
        token.table_id,
        issue_projects=token.issue_projects,
        integrations=token.integrations,
    )


def caller_of_session(services: Services, session: Session) -> Caller:
    """Return who calls with a session; what they read of links is the default tracker's."""
    tracker = services.known_trackers.get(ONE_GROUP, DEFAULT_TRACKER)
    return Caller(
        actor_of_session(session),
        _SCOPES[session.role],
        DEFAULT_TRACKER,
        tracker.table_id if tracker else "",
        role=session.role,
    )


def actor_of_session(session: Session) -> Actor:
    """Return as whom the audit names somebody in the console."""
    return Actor("user", session.user, session.name)


def require_scope(caller: Caller, scope: Scope, *, is_for_operators: bool = False) -> None:
    """Return when the caller has the scope; ScopeMissingError names it.

    *is_for_operators*: people with that role may too, whatever the scope.
    """
    if scope in caller.scopes or "admin" in caller.scopes:
        return
    if is_for_operators and caller.role == "operator":
        return
    if caller.role is not None:
        needed = "operator" if is_for_operators or scope == "code:write" else "admin"
        raise ScopeMissingError(
            f"This needs the role {needed}; yours is {caller.role}.",
            next_step="Ask an admin of Devlinks for it.",
        )
    raise ScopeMissingError(
        f"This needs the scope {scope}.", next_step=f"Use a token with the scope {scope}."
    )


def require_role(session: Session, role: Role) -> None:
    """Return when somebody has the role, or one that may more; ScopeMissingError names it."""
    if ROLES.index(session.role) < ROLES.index(role):
        raise ScopeMissingError(
            f"This needs the role {role}; yours is {session.role}.",
            next_step="Ask an admin of Devlinks for it.",
        )


def require_issue(caller: Caller, key: IssueKey) -> None:
    """Return when the caller may see the issue; OutOfScopeError names its project."""
    if caller.issue_projects is not None and key.project not in caller.issue_projects:
        raise OutOfScopeError(f"The token does not cover the project {key.project}.")


def check_tracker(caller: Caller, table_id: str | None) -> None:
    """Return when the tracker found is the one that the caller was let in for."""
    if table_id is None or table_id != caller.table_id:
        raise NotSignedInError("The token's tracker is gone.")
