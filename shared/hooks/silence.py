"""Notice that service hooks are silent: branches moved, and nobody told.

A hook may be believed healthy and deliver nothing. A pass that finds branches moved notes it with
the repository, the next push that is heard of takes that away, and an admin is told of what stays.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.hooks.subscriptions import healthy_types
from shared.model import CommitId, Repository
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.configuration import HookState, Integration
    from shared.cursors import Cursor
    from shared.model import ProjectId
    from shared.services import Services

_PUSH: Final = "git.push"
_MOST_NAMED: Final = 3
_WAITED_FOR: Final = timedelta(minutes=15)
"""A push that the timer sees before its hook comes is told of soon after."""


class Listening(Struct, frozen=True):
    """What a pass over a repository has to do with its service hooks."""

    hears: bool = False
    """They are believed to tell of each push."""
    is_told: bool = False
    """One of them asked for the pass."""
    shown: tuple[tuple[str, CommitId], ...] = ()
    """Branch and head of pushes that were told, and whose commits are stored already."""


class Silence(Struct, frozen=True):
    """A repository whose pushes no hook tells of."""

    repository: Repository
    since: datetime
    subscriptions: tuple[str, ...]
    """Ids of the service hooks that should have told."""


def hears_pushes(services: Services, integration: Integration, project: ProjectId) -> bool:
    """Tell whether service hooks are believed to tell of each push in a project."""
    if not integration.webhooks or integration.hooks_only:
        return False
    record = services.hook_states.get(ONE_GROUP, integration.id)
    return record is not None and _PUSH in healthy_types(record.value.subscriptions, project)


def heard(cursor: Cursor, now: datetime) -> Cursor:
    """Return the cursor after a service hook was heard of its repository."""
    return replace(cursor, last_hook_at=now, unheard_since=None)


def listened(
    cursor: Cursor, heads: Mapping[str, CommitId], now: datetime, *, listening: Listening
) -> Cursor:
    """Return the cursor with what a complete pass that ended at *heads* tells about the hooks.

    What moved is a silence only if they were believed healthy when the pass before ended, too, and
    no delivery about the repository failed since.
    """
    hears = listening.hears
    if listening.is_told:
        return replace(heard(cursor, now), hears=hears)
    unheard = cursor.unheard_since if hears else None
    is_watched = hears and cursor.hears and cursor.failure is None
    if is_watched and {**cursor.verified, **cursor.heard} != heads:
        unheard = unheard or now
    return replace(cursor, hears=hears, unheard_since=unheard)


def silences(
    state: HookState, repositories: Sequence[tuple[Repository, Cursor]], now: datetime
) -> list[Silence]:
    """Return the repositories whose hooks are silent, the longest silence first."""
    found = []
    for repository, cursor in repositories:
        since = cursor.unheard_since
        if since is None or now - since < _WAITED_FOR:
            continue
        project = repository.project_id
        if _PUSH in healthy_types(state.subscriptions, project):
            hooks = [
                h.id
                for h in state.subscriptions
                if (h.project_id, h.event_type, h.status) == (project, _PUSH, "enabled")
            ]
            found.append(Silence(repository, since, tuple(hooks)))
    return sorted(found, key=lambda silence: (silence.since, silence.repository.id))


def silence_text(found: Sequence[Silence]) -> str:
    """Return for an admin which repositories' service hooks are silent, and which hooks those are.

    The first few are named.
    """
    named = "; ".join(
        f"{s.repository.project}/{s.repository.name} (service hook {', '.join(s.subscriptions)})"
        for s in found[:_MOST_NAMED]
    )
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return (
        f"Branches moved and no service hook told of it: {named}{more}. The timer finds what "
        "changes. Look at the history of the hook in the project's settings, and reconcile the "
        "webhook."
    )
