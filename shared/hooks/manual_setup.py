"""Tell how to set up by hand the service hooks that we could not make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.configuration import HookState
from shared.hooks.subscriptions import MISSING, wanted_types, webhook_url
from shared.interfaces.git_host_family import HookForm
from shared.model import ProjectId
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration, Webhook
    from shared.progress import DiscoveryRecord
    from shared.services import Services


ANY_PROJECT: Final = ProjectId("{project}")
"""Stands in an address for the project whose hooks are set up."""


class ManualHook(Struct, frozen=True):
    """One service hook to be set up by hand."""

    project_id: ProjectId
    event_type: str
    form: HookForm


def hooks_to_make(
    services: Services, integration: Integration, webhook: Webhook
) -> list[ManualHook]:
    """Return the hooks that there should be and are not, as far as is known.

    None before the first discovery, and none while service hooks are switched off or our address
    is not known. The password is never among the values: where it would be, it says how to get one.
    """
    url = webhook_url(services, integration.webhook_id)
    discovery = services.discoveries.get(ONE_GROUP, integration.id)
    if not integration.webhooks or not url or discovery is None:
        return []
    stored = services.hook_states.get(ONE_GROUP, integration.id)
    state = stored.value if stored else HookState()
    there = {(h.project_id, h.event_type) for h in state.subscriptions if h.status != MISSING}
    family = services.git_hosts[integration.git_host]
    rotate = f"{services.public_url}/api/integrations/{integration.id}/webhook/rotate"
    password = f"shown once, by POST {rotate}: the same for all of these"
    return [
        ManualHook(
            project,
            event_type,
            family.hook_form(
                event_type,
                project,
                organization=organization,
                address=integration.url,
                url=url,
                user_name=webhook.user_name,
                password=password,
            ),
        )
        for project, organization in _projects(integration, discovery.value)
        for event_type in wanted_types(integration)
        if (project, event_type) not in there
    ]


def _projects(integration: Integration, discovery: DiscoveryRecord) -> list[tuple[ProjectId, str]]:
    """Return projects with their organizations.

    Where nothing is called, nobody knows which there are: then the pages are those of any project.
    """
    if integration.hooks_only:
        return [(ANY_PROJECT, organization) for organization in integration.organizations]
    return sorted(discovery.projects.items())
