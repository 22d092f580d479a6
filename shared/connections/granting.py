"""Keeps what somebody allowed an integration in the browser, as its connection from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.configuration import Connection
from shared.connections.opening import integration_of
from shared.connections.sealed_grants import sealed_grant
from shared.errors import BadRequestError
from shared.messages import Due, Job
from shared.scheduling.runs import start_run
from shared.scheduling.schedule import TRIED_AGAIN_AFTER, plan
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.interfaces.identity import Granted
    from shared.model import IntegrationId
    from shared.services import Services

_log = log_of(__name__)


def accept(services: Services, integration_id: str, granted: Granted) -> Integration:
    """Keep what was just allowed; what is indexed stays, and is brought up to date.

    The organizations are looked at soon, and at once when that was ever done or the integration
    names them: else an admin is about to choose. UnknownThingError when it was removed meanwhile.
    """
    integration = integration_of(services, integration_id)
    check_offered(services, integration)
    # Should this end before all is done, the timer finds the hint.
    plan(services, Due(integration.id), at=services.clock() + TRIED_AGAIN_AFTER)
    grant = sealed_grant(services, integration.id, granted)
    # The grant first: a connection that says oauth without one is refused.
    services.grants.put(ONE_GROUP, integration.id, grant)
    connection = Connection("oauth", email=granted.account)
    services.connections.put(ONE_GROUP, integration.id, connection)
    services.known_connections.forget(ONE_GROUP, integration.id)
    known = services.discoveries.get(ONE_GROUP, integration.id)
    was_discovered = known is not None and known.value.discovered_at is not None
    if was_discovered or integration.organizations:
        job = Job(integration.id, "discover", asked_at=services.clock())
        services.storage.jobs.put("reindex", job)
    if was_discovered and not integration.hooks_only:
        # What failed while nobody was signed in need not wait until it is tried again.
        start_run(services, integration)
    _log.info("connection_authorised integration=%s", integration.id)
    return integration


def check_offered(services: Services, integration: Integration) -> None:
    """Return when the integration's git host takes OAuth; BadRequestError when it does not."""
    kinds = services.git_hosts[integration.git_host].connection_kinds
    if "oauth" not in kinds:
        raise BadRequestError(
            "This git host is not signed in to in the browser.",
            fields={"integration": f"its git host takes one of: {', '.join(kinds)}"},
        )


def finish_url(services: Services, integration: IntegrationId) -> str:
    """Return the page where an admin allows access; a path while our address is not known."""
    return f"{services.sign_in.console_url}/api/console/integrations/{integration}/connection"
