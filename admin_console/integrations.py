"""Integrations over HTTP: add, look at, change, take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET, structs, to_builtins

from admin_console.audit import note
from admin_console.integration_values import (
    ChangedIntegrationBody,
    ConnectionAnswer,
    ConnectionBody,
    IntegrationAnswer,
    IntegrationBody,
    IntegrationFields,
    IntegrationsAnswer,
)
from shared.configuration import (
    Connection,
    IndexSwitches,
    Integration,
    Selection,
)
from shared.connections.granting import finish_url
from shared.connections.opening import integration_of
from shared.errors import BadRequestError
from shared.integrations import connections
from shared.integrations.overview import of_integrations, states_of
from shared.integrations.status import (
    Status,
    status_of,
)
from shared.services import ONE_GROUP
from shared.web.answers import Answer
from shared.web.calls import in_utc, write_cursor
from shared.web.routes import PAGED, Route

if TYPE_CHECKING:
    from shared.integrations.status import IntegrationState
    from shared.model import IntegrationId
    from shared.services import Services
    from shared.web.calls import Call

_ACCEPTED: Final = 202
_CREATED: Final = 201


def create_integration(call: Call) -> Answer:
    """Connect an integration."""
    body = call.body(IntegrationBody)
    made = connections.connect(
        call.services, body.git_host, wanted_of(body), given_of(body.connection)
    )
    note(call, "integration_added", made.id, detail=made.url)
    return Answer(answer_of(call.services, made), _CREATED)


def list_integrations(call: Call) -> IntegrationsAnswer:
    """Return a page of integrations."""
    services, limit = call.services, call.limit()
    found = connections.list_integrations(services, after=call.cursor(), limit=limit + 1)
    following = write_cursor(found[limit - 1].key) if len(found) > limit else None
    listed = [record.value for record in found[:limit]]
    known = of_integrations(services.connections, listed)
    states = states_of(services, listed, known)
    shown = (
        _shown(services, integration, known.get(integration.id, Connection("pat")), state)
        for integration, state in zip(listed, states, strict=True)
    )
    return IntegrationsAnswer(tuple(shown), following)


def get_integration(call: Call) -> IntegrationAnswer:
    """Return an integration."""
    return answer_of(call.services, integration_of(call.services, call.path("integration_id")))


def change_integration(call: Call) -> IntegrationAnswer:
    """Change an integration by a merge patch."""
    known = integration_of(call.services, call.path("integration_id"))
    current = to_builtins(answer_of(call.services, known))
    for name in ("id", "state", "webhook_id", "created_at"):
        del current[name]
    for name in ("public_key", "finish_url"):
        current["connection"].pop(name, None)
    body = call.merged(current, ChangedIntegrationBody)
    if body.git_host != known.git_host:
        raise BadRequestError("The integration keeps its git host.", fields={"git_host": "fixed"})
    given = given_of(body.connection)
    changed = connections.change(
        call.services,
        known.id,
        wanted_of(body),
        connection=given,
        confirmed=body.confirm_disconnect,
    )
    note(call, "connection_replaced" if given.secret else "integration_changed", known.id)
    return answer_of(call.services, changed)


def replace_connection(call: Call) -> IntegrationAnswer:
    """Replace an integration's connection, and keep everything else."""
    body = call.body(ConnectionBody)
    changed = connections.reconnect(call.services, call.path("integration_id"), given_of(body))
    note(call, "connection_replaced", changed.id)
    return answer_of(call.services, changed)


def remove_integration(call: Call) -> Answer:
    """Take an integration away; what it stored is deleted in the background."""
    connections.remove(call.services, call.path("integration_id"))
    note(call, "integration_removed", call.path("integration_id"))
    return Answer(status=_ACCEPTED)


def get_integration_status(call: Call) -> Status:
    """Return where an integration stands."""
    return status_of(call.services, integration_of(call.services, call.path("integration_id")))


def given_of(body: ConnectionBody) -> connections.NewConnection:
    """Return a credential as the product takes it."""
    return connections.NewConnection(
        kind=body.kind,
        token=body.token,
        user_name=body.user_name,
        password=body.password,
        host_key=body.host_key,
        tenant_id=body.tenant_id.strip(),
        client_id=body.client_id.strip(),
        client_secret=body.client_secret.strip(),
        certificate=body.certificate.strip(),
        email=body.email,
        expires_at=in_utc(body.expires_at),
    )


def wanted_of(body: IntegrationFields) -> connections.Changes:
    """Return what is said of an integration as the product takes it."""
    return connections.Changes(
        name=body.name,
        url=body.url,
        organizations=body.organizations or ((body.collection,) if body.collection else ()),
        trackers=body.trackers,
        index=IndexSwitches(**structs.asdict(body.index)),
        repositories=Selection(
            body.repositories.mode, body.repositories.jmespath, body.repositories.selected
        ),
        pull_request_window_days=body.pull_request_window_days,
        webhooks=body.webhooks,
        hooks_only=body.hooks_only,
        writes=body.writes,
    )


def answer_of(services: Services, integration: Integration) -> IntegrationAnswer:
    """Return an integration as it is told."""
    stored = services.connections.get(ONE_GROUP, integration.id)
    connection = stored.value if stored else Connection("pat")
    state = status_of(services, integration).state
    return _shown(services, integration, connection, state)


def _shown(
    services: Services, integration: Integration, connection: Connection, state: IntegrationState
) -> IntegrationAnswer:
    return IntegrationAnswer(
        id=integration.id,
        state=state,
        webhook_id=integration.webhook_id,
        created_at=integration.created_at,
        name=integration.name,
        git_host=integration.git_host,
        url=integration.url,
        organizations=integration.organizations,
        trackers=integration.trackers,
        connection=_connection(services, integration.id, connection),
        index=integration.index,
        repositories=integration.repositories,
        pull_request_window_days=integration.pull_request_window_days,
        webhooks=integration.webhooks,
        hooks_only=integration.hooks_only,
        writes=integration.writes,
    )


def _connection(
    services: Services, integration: IntegrationId, connection: Connection
) -> ConnectionAnswer:
    is_oauth = connection.kind == "oauth"
    return ConnectionAnswer(
        kind=connection.kind,
        email=connection.email,
        expires_at=connection.expires_at,
        user_name=connection.user_name or UNSET,
        host_key=connection.host_key or UNSET,
        public_key=connection.public_key or UNSET,
        tenant_id=connection.tenant_id or UNSET,
        client_id=connection.client_id or UNSET,
        finish_url=finish_url(services, integration) if is_oauth else UNSET,
    )


_ONE = "integrations/{integration_id}"

ROUTES: Final = (
    Route("GET", "integrations", list_integrations, "admin", "The integrations.",
          answer=IntegrationsAnswer, query=PAGED),
    Route("POST", "integrations", create_integration, "admin", "Connect an integration.",
          body=IntegrationBody, answer=IntegrationAnswer, status=_CREATED),
    Route("GET", _ONE, get_integration, "admin", "An integration.", answer=IntegrationAnswer),
    Route("PATCH", _ONE, change_integration, "admin", "Change an integration (RFC 7396).",
          patch=ChangedIntegrationBody, answer=IntegrationAnswer),
    Route("PUT", f"{_ONE}/connection", replace_connection, "admin", "Replace its connection.",
          body=ConnectionBody, answer=IntegrationAnswer),
    Route("DELETE", _ONE, remove_integration, "admin", "Take an integration away.",
          status=_ACCEPTED),
    Route("GET", f"{_ONE}/status", get_integration_status, "admin", "Where it stands.",
          answer=Status,
          is_for_operators=True),
)  # fmt: skip
