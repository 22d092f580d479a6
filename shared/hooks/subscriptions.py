"""Which service hooks there should be: one of each event type for each project that is indexed.

What there is is compared with that loosely, and by what the git host says of it now. The rules are
here, without a call; `reconciling` carries them out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from shared.configuration import Subscription

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.configuration import HookState, Integration, Webhook
    from shared.model import IntegrationId, ProjectId, WebhookId
    from shared.services import Services

WANTED: Final = (
    "git.push",
    "git.pullrequest.created",
    "git.pullrequest.updated",
    "git.pullrequest.merged",
    "git.repo.created",
    "git.repo.deleted",
    "git.repo.forked",
    "git.repo.renamed",
    "git.repo.statuschanged",
)

_OF_WORK_ITEMS: Final = (
    "workitem.created",
    "workitem.updated",
    "workitem.deleted",
    "workitem.restored",
)

ENABLED: Final = "enabled"
MISSING: Final = "missing"
"""Our own word: it was there, and is no more."""
DISABLED_BY_USER: Final = "disabledByUser"
"""Somebody's wish, which we leave alone and tell of."""
_INACTIVE: Final = "disabledByInactiveIdentity"
BROKEN: Final = frozenset({"onProbation", "disabledBySystem", _INACTIVE})
"""What we put right: hooks that failed too often, or whose maker has lost access.
https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot"""

STANDS_BY_FOR: Final = timedelta(minutes=5)
"""How long a hook outlives the one that takes its place. Azure DevOps tries to deliver an event
for about three minutes, and forgets it when the hook is removed meanwhile."""

Action = Literal["keep", "make", "switch_on", "make_anew", "leave"]


class Plan(Struct, frozen=True):
    """What is to be done about the hooks of one event type of one project."""

    action: Action
    hook: Subscription | None = None
    """The one that is kept, switched on, or made anew."""
    others: tuple[Subscription, ...] = ()
    """Others for the same events, which go once the one that stays has proved itself."""


def wanted_types(integration: Integration) -> tuple[str, ...]:
    """Return the event types that there should be a hook of; those that may be refused come last.

    Work items take a scope of their own.
    """
    return WANTED + _OF_WORK_ITEMS if integration.index.work_items else WANTED


def webhook_url(services: Services, webhook_id: WebhookId) -> str:
    """Return the address that service hooks deliver to; empty when we do not know ours."""
    return services.public_url and f"{services.public_url}/api/webhooks/{webhook_id}"


def password_purpose(integration: IntegrationId) -> str:
    """Return what a webhook's password is sealed for."""
    return f"{integration}|webhook|1"


def plan_hook(found: Sequence[Subscription], webhook: Webhook) -> Plan:
    """Return what to do when *found* are the hooks of one type and project that deliver to us.

    | the best one found | what is done |
    |---|---|
    | none | made |
    | `enabled` | kept |
    | `onProbation`, `disabledBySystem`, `disabledByInactiveIdentity` | switched on |
    | the last of these again, after it was switched on | made anew, and then removed |
    | narrowed down by hand, or sends a password that is no longer accepted | set right |
    | sends an older password during a rotation | made anew, and then removed |
    | `disabledByUser`, or a state that we do not know | left alone |
    """
    usable = [h for h in found if h.status == ENABLED or h.status in BROKEN]
    # A narrow hook that we did not make is there for another purpose.
    usable = [h for h in usable if h.is_whole or h.version is not None]
    if not usable:
        return Plan("leave" if any(h.is_whole for h in found) else "make")
    best, *others = sorted(usable, key=lambda hook: _rank(hook, webhook))
    return Plan(_action(best, webhook), best, tuple(others))


def is_removable(kept: Subscription, now: datetime) -> bool:
    """Tell whether others for the same events as *kept* may go."""
    if kept.status != ENABLED:
        return False
    return kept.made_at is None or kept.made_at + STANDS_BY_FOR <= now


def healthy_types(hooks: Iterable[Subscription], project: ProjectId) -> frozenset[str]:
    """Return the event types of which we hear everything that happens in a project."""
    return frozenset(
        hook.event_type
        for hook in hooks
        if hook.project_id == project and hook.status == ENABLED and hook.is_whole
    )


def hears_all(state: HookState, project: ProjectId) -> bool:
    """Tell whether every change in a project is told to us, as far as is known."""
    return healthy_types(state.subscriptions, project).issuperset(WANTED)


def is_everything_moved(state: HookState, webhook: Webhook) -> bool:
    """Tell whether no hook of our making is left that may send an older password."""
    return all(
        hook.version in {None, webhook.version}
        for hook in state.subscriptions
        if hook.status == ENABLED or hook.status in BROKEN
    )


def _rank(hook: Subscription, webhook: Webhook) -> tuple[bool, bool, bool, bool, str]:
    """Order hooks for the same events, the one to keep first."""
    is_current = hook.version == webhook.version
    return (
        not hook.is_whole,
        not webhook.is_moved and not is_current,
        hook.status != ENABLED,
        not is_current,
        hook.id,
    )


def _action(best: Subscription, webhook: Webhook) -> Action:
    if not webhook.is_moved and best.version != webhook.version:
        return "make_anew"
    if best.status == _INACTIVE and best.repaired_at is not None:
        return "make_anew"
    is_stale = best.version not in {None, webhook.version}
    if best.status in BROKEN or is_stale or not best.is_whole:
        return "switch_on"
    return "keep"
