"""Make the service hooks of one project as they should be.

They are looked up first, and a look-up that fails makes none: two equal hooks would both deliver.
What takes the place of another is made before that is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.configuration import Webhook
from shared.errors import ForbiddenError, MissingError, RefusedError
from shared.hooks.subscriptions import (
    ENABLED,
    MISSING,
    Plan,
    healthy_types,
    is_removable,
    password_purpose,
    plan_hook,
    webhook_url,
)
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.configuration import Subscription
    from shared.errors import DevlinksError
    from shared.interfaces.git_host import GitHost
    from shared.model import ProjectId, WebhookId
    from shared.services import Services

_NOT_EVERYWHERE: Final = "git.repo."
"""What an older server has no events of: discovery finds out by itself, only later."""
_log = log_of(__name__)


class Sender(Struct, frozen=True):
    """What our hooks are told to send, and where."""

    webhook: Webhook
    url: str
    password: str

    def __repr__(self) -> str:
        return f"Sender({self.url!r}, …)"

    @classmethod
    def of(cls, services: Services, webhook_id: WebhookId, webhook: Webhook) -> Sender:
        """Return what hooks made now are told: the newest password."""
        purpose = password_purpose(webhook.integration)
        password = services.vault.open(webhook.sealed_passwords[0], purpose=purpose)
        return cls(webhook, webhook_url(services, webhook_id), password)


class ProjectHooks:
    """The hooks of one project, as they were found and as they become."""

    def __init__(
        self,
        host: GitHost,
        sender: Sender,
        project: ProjectId,
        *,
        organization: str,
        known: Mapping[str, Subscription],
        wanted: Sequence[str],
        now: datetime,
    ) -> None:
        """Have a hook for each event type that is *wanted*.

        Of what there is, *known* is kept by id from the last look.
        """
        self._wanted = wanted
        self._host = host
        self._sender = sender
        self._project = project
        self._organization = organization
        self._known = known
        self._now = now
        self._observed: dict[str, Subscription] = dict(known)
        self.hooks: dict[str, Subscription] = dict(known)
        """All of them, by id, as they are now."""
        self._not_removed: list[DevlinksError] = []
        self.stand_by = False
        """Whether there are some that can only be removed later."""

    def look(self, *, last_looked_at: datetime | None) -> None:
        """Look the hooks up, and compare with what is known; errors of the git host are raised."""
        found = {
            hook.id: self._with_what_is_known(hook, last_looked_at)
            for hook in self._host.subscriptions(self._project, url=self._sender.url)
            if hook.id in self._known or (hook.event_type in self._wanted and hook.is_whole)
        }
        gone = {
            key: replace(hook, status=MISSING, well_at=hook.well_at or last_looked_at)
            for key, hook in self._known.items()
            if key not in found
        }
        self._observed = {**gone, **found}
        self.hooks = dict(self._observed)

    @property
    def has_worsened(self) -> bool:
        """Whether hooks were found that have stopped delivering since the last look."""
        return bool(self._types(self._known) - self._types(self._observed))

    def mend(self) -> None:
        """Do what is to be done; what was done when an error is raised is in `hooks`."""
        for event_type in self._wanted:
            found = [
                hook
                for hook in self._observed.values()
                if hook.event_type == event_type and hook.status != MISSING
            ]
            plan = plan_hook(found, self._sender.webhook)
            try:
                kept = self._kept(plan, event_type)
            except RefusedError as error:
                if not event_type.startswith(_NOT_EVERYWHERE):
                    raise
                _log.info("hook_not_offered type=%s code=%s", event_type, error.code)
                continue
            if kept is not None:
                others = plan.others if kept.id == _id(plan.hook) else found
                self._remove_others(kept, others)
        self._remove(h for h in self._observed.values() if h.event_type not in self._wanted)
        if self._not_removed:
            raise self._not_removed[0]

    def _kept(self, plan: Plan, event_type: str) -> Subscription | None:
        """Return the hook that stays, after it was made or put right; None: there is none."""
        hook = plan.hook
        if plan.action == "leave":
            return None
        if hook is None:
            return self._make(event_type)
        if plan.action == "switch_on":
            return self._switch_on(hook)
        if plan.action == "make_anew":
            return self._make_anew(hook)
        return hook

    @property
    def mended(self) -> frozenset[str]:
        """Event types that we hear of now, and did not all the time since the last look."""
        heard = self._types(self._known) & self._types(self._observed)
        return self._types(self.hooks) - heard

    @property
    def lost(self) -> frozenset[str]:
        """Event types that we heard of at the last look, and do not now."""
        return self._types(self._known) - self._types(self.hooks)

    @property
    def unheard_since(self) -> datetime | None:
        """From when on events may be lost of what is mended; None: there never was a hook."""
        moments = [
            hook.well_at
            for hook in (*self._observed.values(), *self._known.values())
            if hook.event_type in self.mended and hook.well_at is not None
        ]
        return min(moments, default=None)

    def _types(self, hooks: Mapping[str, Subscription]) -> frozenset[str]:
        return healthy_types(hooks.values(), self._project)

    def _with_what_is_known(
        self, found: Subscription, last_looked_at: datetime | None
    ) -> Subscription:
        known = self._known.get(found.id, found)
        was_well_at = known.well_at or (last_looked_at if found.id in self._known else None)
        return replace(
            found,
            organization=self._organization,
            version=known.version,
            made_at=known.made_at,
            repaired_at=known.repaired_at,
            well_at=None if found.status == ENABLED else was_well_at,
        )

    def _switch_on(self, hook: Subscription) -> Subscription:
        """Return the hook switched on, or another in its place where that does not help."""
        sender = self._sender
        try:
            told = self._host.replace_subscription(
                hook, url=sender.url, user_name=sender.webhook.user_name, password=sender.password
            )
        except (ForbiddenError, MissingError, RefusedError) as error:
            _log.info("hook_not_switched_on hook=%s code=%s", hook.id, error.code)
            return self._make(hook.event_type)
        if told.status != ENABLED:
            return self._make(hook.event_type)
        mended = replace(
            hook,
            status=ENABLED,
            is_whole=told.is_whole,
            version=sender.webhook.version,
            repaired_at=self._now,
            well_at=None,
        )
        self.hooks[hook.id] = mended
        return mended

    def _make_anew(self, hook: Subscription) -> Subscription:
        """Return a hook for the same events; where we may not make one, that of an admin stays."""
        try:
            return self._make(hook.event_type)
        except ForbiddenError:
            if hook.version is not None or hook.status != ENABLED:
                raise
            return hook

    def _make(self, event_type: str) -> Subscription:
        sender = self._sender
        told = self._host.subscribe(
            event_type,
            self._project,
            url=sender.url,
            user_name=sender.webhook.user_name,
            password=sender.password,
        )
        made = replace(
            told,
            organization=self._organization,
            version=sender.webhook.version,
            made_at=self._now,
        )
        self.hooks[made.id] = made
        return made

    def _remove_others(self, kept: Subscription, others: Sequence[Subscription]) -> None:
        """Remove *others* once *kept* has proved itself, and at once what is gone anyway."""
        if others and not is_removable(kept, self._now):
            self.stand_by = self.stand_by or kept.made_at == self._now
            others = ()
        gone = [
            hook
            for hook in self._observed.values()
            if hook.event_type == kept.event_type
            and hook.status == MISSING
            and kept.status == ENABLED
        ]
        # What is gone may still be there, for another address that was ours.
        self._remove((*others, *gone))

    def _remove(self, hooks: Iterable[Subscription]) -> None:
        """Remove hooks; that some may not be removed keeps no other from being made."""
        for hook in hooks:
            try:
                self._host.unsubscribe(hook.id)
            except (ForbiddenError, RefusedError) as error:
                self._not_removed.append(error)
            else:
                self.hooks.pop(hook.id, None)


def _id(hook: Subscription | None) -> str:
    return "" if hook is None else hook.id
