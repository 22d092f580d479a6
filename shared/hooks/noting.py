"""What a look at service hooks leaves to be known of them: each function returns a new state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from shared.configuration import HookState, Subscription
    from shared.errors import DevlinksError
    from shared.model import ProjectId


def with_hooks(state: HookState, project: ProjectId, hooks: Iterable[Subscription]) -> HookState:
    """Return the state with *hooks* for those of a project."""
    others = [hook for hook in state.subscriptions if hook.project_id != project]
    return replace(state, subscriptions=(*others, *hooks))


def looked_at(state: HookState, project: ProjectId, now: datetime) -> HookState:
    """Return the state after all of a project's hooks were seen."""
    return replace(state, looked_at={**state.looked_at, project: now})


def refused(state: HookState, project: ProjectId, error: DevlinksError, now: datetime) -> HookState:
    """Return the state after the git host did not let us make a project's hooks."""
    others = [p for p in state.refused_projects if p != project]
    return replace(
        state,
        refused_projects=(*others, project),
        refused_since=state.refused_since or now,
        refusal=str(error),
    )


def not_refused(state: HookState, projects: Collection[ProjectId]) -> HookState:
    """Return the state when nothing about *projects* is refused."""
    left = tuple(p for p in state.refused_projects if p not in projects)
    if left:
        return replace(state, refused_projects=left)
    return replace(state, refused_projects=(), refused_since=None, refusal="")


def failed(state: HookState, error: DevlinksError, now: datetime) -> HookState:
    """Return the state after the git host did not tell how hooks are."""
    return replace(state, failure=str(error), failed_since=state.failed_since or now)


def not_failed(state: HookState) -> HookState:
    """Return the state after every look-up was answered."""
    return replace(state, failure="", failed_since=None)


def without_projects(
    state: HookState, projects: Collection[ProjectId], *, left: Iterable[Subscription]
) -> HookState:
    """Return the state when nothing is wanted of *projects*, and hooks of theirs are *left*."""
    stay = [hook for hook in state.subscriptions if hook.project_id not in projects]
    seen = {p: at for p, at in state.looked_at.items() if p not in projects}
    state = replace(state, subscriptions=(*stay, *left), looked_at=seen)
    return not_refused(state, projects)
