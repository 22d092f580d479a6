"""What is wrong with an integration's service hooks, in words for an admin."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.configuration import HookState
from shared.hooks.subscriptions import BROKEN, DISABLED_BY_USER, MISSING
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shared.configuration import Integration, Subscription
    from shared.services import Services

_MOST_NAMED: Final = 3
_NO_ADDRESS: Final = (
    "The address of this installation is not known, so that nobody can be told what service hooks "
    "should deliver to. Set PUBLIC_URL."
)


class Trouble(Struct, frozen=True):
    """Something that an admin must see."""

    code: str
    text: str
    since: datetime | None


def troubles_of(services: Services, integration: Integration) -> list[Trouble]:
    """Return what is wrong, what an admin alone can put right first."""
    stored = services.hook_states.get(ONE_GROUP, integration.id)
    state = stored.value if stored else HookState()
    if not integration.webhooks:
        return _left(state)
    if integration.hooks_only:
        return [] if services.public_url else [Trouble("no_public_url", _NO_ADDRESS, None)]
    if not services.public_url:
        text = (
            "No service hook is set up, because the address of this installation is not known. "
            "Set PUBLIC_URL; until then changes are found by the timer."
        )
        return [Trouble("no_public_url", text, None)]
    return [*_refused(state), *_disabled(state), *_broken(state), *_not_looked_at(state)]


def _refused(state: HookState) -> list[Trouble]:
    if state.refused_since is None:
        return []
    text = (
        f"Service hooks could not be set up, the timer looks more often instead. {state.refusal} "
        "Allow it, or set them up by hand: the integration's webhook tells the values to type."
    )
    return [Trouble("hooks_refused", text, state.refused_since)]


def _disabled(state: HookState) -> list[Trouble]:
    found = _of_status(state, {DISABLED_BY_USER})
    if not found:
        return []
    text = (
        f"{_named(found)} switched off by hand, which is left as it is: the timer looks more "
        "often instead. Enable them on the project's page of service hooks, or delete them there "
        "to have new ones made."
    )
    return [Trouble("hooks_disabled", text, _since(found))]


def _broken(state: HookState) -> list[Trouble]:
    found = _of_status(state, {*BROKEN, MISSING})
    if not found or state.refused_since is not None:
        return []
    text = f"{_named(found)} out of service. They are put right within the hour."
    return [Trouble("hooks_broken", text, _since(found))]


def _not_looked_at(state: HookState) -> list[Trouble]:
    if state.failed_since is None:
        return []
    text = f"The service hooks could not be looked at, which is tried again. {state.failure}"
    return [Trouble("hooks_not_looked_at", text, state.failed_since)]


def _left(state: HookState) -> list[Trouble]:
    left = [hook for hook in state.subscriptions if hook.status != MISSING]
    if not left:
        return []
    text = (
        f"{_named(left)} not needed any more and not removed yet. If they stay, delete them on the "
        "project's page of service hooks."
    )
    return [Trouble("hooks_left", text, None)]


def _of_status(state: HookState, statuses: Collection[str]) -> list[Subscription]:
    return [hook for hook in state.subscriptions if hook.status in statuses]


def _since(hooks: Sequence[Subscription]) -> datetime | None:
    return min((hook.well_at for hook in hooks if hook.well_at is not None), default=None)


def _named(hooks: Sequence[Subscription]) -> str:
    """Return how many hooks there are, and which, as the beginning of a sentence."""
    named = [f"{hook.event_type} of project {hook.project_id}" for hook in hooks[:_MOST_NAMED]]
    more = ", …" if len(hooks) > _MOST_NAMED else ""
    count = "1 service hook is" if len(hooks) == 1 else f"{len(hooks)} service hooks are"
    return f"{count} ({', '.join(named)}{more})"
