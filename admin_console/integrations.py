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
    from shared.web.calls import Call

_ACCEPTED: Final = 202
_CREATED: Final = 201


def create_integration(call: Call) -> Answer:
    """Connect an integration."""
    body = call.body(IntegrationBody)
    made = connections.connect(call.services, body.git_host, _wanted(body), _given(body.connection))
    note(call, "integration_added", made.id, detail=made.url)
    return Answer(_answer(call, made), _CREATED)


def list_integrations(call: Call) -> IntegrationsAnswer:
    """Return a page of integrations."""
    services, limit = call.services, call.limit()
    found = connections.list_integrations(services, after=call.cursor(), limit=limit + 1)
    following = write_cursor(found[limit - 1].key) if len(found) > limit else None
    listed = [record.value for record in found[:limit]]
    known = of_integrations(services.connections, listed)
    states = states_of(services, listed, known)
    shown = (
        _shown(integration, known.get(integration.id, Connection("pat")), state)
        for integration, state in zip(listed, states, strict=True)
    )
    return IntegrationsAnswer(tuple(shown), following)


def get_integration(call: Call) -> IntegrationAnswer:
    """Return an integration."""
    return _answer(call, integration_of(call.services, call.path("integration_id")))


def change_integration(call: Call) -> IntegrationAnswer:
    """Change an integration by a merge patch."""
    known = integration_of(call.services, call.path("integration_id"))
    current = to_builtins(_answer(call, known))
    for name in ("id", "state", "webhook_id", "created_at"):
        del current[name]
    current["connection"].pop("public_key", None)
    body = call.merged(current, ChangedIntegrationBody)
    if body.git_host != known.git_host:
        raise BadRequestError("The integration keeps its git host.", fields={"git_host": "fixed"})
    given = _given(body.connection)
    changed = connections.change(
        call.services,
        known.id,
        _wanted(body),
        connection=given,
        confirmed=body.confirm_disconnect,
    )
    note(call, "connection_replaced" if given.secret else "integration_changed", known.id)
    return _answer(call, changed)


def replace_connection(call: Call) -> IntegrationAnswer:
    """Replace an integration's connection, and keep everything else."""
    body = call.body(ConnectionBody)
    changed = connections.reconnect(call.services, call.path("integration_id"), _given(body))
    note(call, "connection_replaced", changed.id)
    return _answer(call, changed)


def remove_integration(call: Call) -> Answer:
    """Take an integration away; what it stored is deleted in the background."""
    connections.remove(call.services, call.path("integration_id"))
    note(call, "integration_removed", call.path("integration_id"))
    return Answer(status=_ACCEPTED)


def get_integration_status(call: Call) -> Status:
    """Return where an integration stands."""
    return status_of(call.services, integration_of(call.services, call.path("integration_id")))


def _given(body: ConnectionBody) -> connections.NewConnection:
    return connections.NewConnection(
        kind=body.kind,
        token=body.token,
        user_name=body.user_name,
        password=body.password,
        host_key=body.host_key,
        email=body.email,
        expires_at=in_utc(body.expires_at),
    )


def _wanted(body: IntegrationFields) -> connections.Changes:
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


def _answer(call: Call, integration: Integration) -> IntegrationAnswer:
    stored = call.services.connections.get(ONE_GROUP, integration.id)
    connection = stored.value if stored else Connection("pat")
    return _shown(integration, connection, status_of(call.services, integration).state)


def _shown(
    integration: Integration, connection: Connection, state: IntegrationState
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
        connection=_connection(connection),
        index=integration.index,
        repositories=integration.repositories,
        pull_request_window_days=integration.pull_request_window_days,
        webhooks=integration.webhooks,
        hooks_only=integration.hooks_only,
        writes=integration.writes,
    )


def _connection(connection: Connection) -> ConnectionAnswer:
    return ConnectionAnswer(
        kind=connection.kind,
        email=connection.email,
        expires_at=connection.expires_at,
        user_name=connection.user_name or UNSET,
        host_key=connection.host_key or UNSET,
        public_key=connection.public_key or UNSET,
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
          answer=Status),
)  # fmt: skip
