"""Which service hooks there should be, one of each type for each project, and asking for them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from shared.configuration import HookState
from shared.errors import ForbiddenError, MissingError, RefusedError
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration, Subscription, Webhook
    from shared.interfaces import GitHost
    from shared.model import IntegrationId, ProjectId, WebhookId
    from shared.services import Services

WANTED: Final = (
    "git.push",
    "git.pullrequest.created",
    "git.pullrequest.updated",
    "git.pullrequest.merged",
    "git.repo.created",
    "git.repo.deleted",
    "git.repo.renamed",
    "git.repo.statuschanged",
)
_log = logging.getLogger(__name__)


def webhook_url(services: Services, webhook_id: WebhookId) -> str:
    """Return the address that service hooks deliver to; empty when we do not know ours."""
    return services.public_url and f"{services.public_url}/api/webhooks/{webhook_id}"


def password_purpose(integration: IntegrationId) -> str:
    """Return what a webhook's password is sealed for."""
    return f"{integration}|webhook|1"


def reconcile(
    services: Services,
    integration: Integration,
    host: GitHost,
    projects: Sequence[ProjectId],
) -> None:
    """Ask for the hooks that projects lack, and note how those that there are fare.

    They are looked up first, and a look-up that fails makes none: two equal hooks would both
    deliver. That the credential may not do so is recorded and is no failure: then an admin sets
    hooks up by hand, and the timer looks more often.
    """
    url = webhook_url(services, integration.webhook_id)
    webhook = services.webhooks.get(ONE_GROUP, integration.webhook_id)
    if not integration.webhooks or not url or webhook is None:
        return
    record = services.hook_states.get(ONE_GROUP, integration.id)
    state = record.value if record else HookState()
    found = [hook for hook in state.subscriptions if hook.project_id not in projects]
    refusal = ""
    for project in projects:
        try:
            found += _reconcile(services, webhook.value, host, project, url)
        except (ForbiddenError, MissingError, RefusedError) as error:
            refusal = str(error)
            _log.warning("hooks_refused integration=%s project=%s", integration.id, project)
    since = (state.refused_since or services.clock()) if refusal else None
    state = HookState(tuple(found), refused_since=since, refusal=refusal)
    services.hook_states.put(ONE_GROUP, integration.id, state)


def _reconcile(
    services: Services, webhook: Webhook, host: GitHost, project: ProjectId, url: str
) -> list[Subscription]:
    """Return all hooks of a project, after making those that are missing."""
    existing = {hook.event_type: hook for hook in host.subscriptions(project, url=url)}
    password = services.vault.open(
        webhook.sealed_passwords[0], purpose=password_purpose(webhook.integration)
    )
    for event_type in WANTED:
        if event_type not in existing:
            existing[event_type] = host.subscribe(
                event_type, project, url=url, user_name=webhook.user_name, password=password
            )
    return list(existing.values())
