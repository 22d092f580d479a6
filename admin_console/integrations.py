"""Integrations over HTTP: add, look at, change, take away, reindex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs, to_builtins

from admin_console.audit import note
from admin_console.integration_values import (
    ChangedIntegrationBody,
    ConnectionAnswer,
    FailureAnswer,
    IntegrationAnswer,
    IntegrationBody,
    IntegrationFields,
    IntegrationsAnswer,
    KindAnswer,
    ReindexBody,
    RepositoriesAnswer,
    RepositoryRow,
    RunAnswer,
)
from shared import connections
from shared.configuration import (
    IndexSwitches,
    Integration,
    Selection,
)
from shared.errors import BadRequestError
from shared.index.opening import integration_of
from shared.index.runs import start_run
from shared.model import RepositoryId
from shared.services import ONE_GROUP
from shared.status import (
    REPOSITORY_STATES,
    RepositoryStatus,
    Status,
    repository_status,
    status_of,
)
from shared.web.answers import Answer
from shared.web.calls import in_utc, write_cursor
from shared.web.routes import PAGED, Parameter, Route

if TYPE_CHECKING:
    from shared.progress import Failure
    from shared.web.calls import Call

_ACCEPTED: Final = 202
_CREATED: Final = 201


def create_integration(call: Call) -> Answer:
    """Connect an integration."""
    body = call.body(IntegrationBody)
    connection = connections.NewConnection(
        body.connection.token,
        body.connection.email,
        in_utc(body.connection.expires_at),
        body.connection.kind,
    )
    made = connections.connect(call.services, body.git_host, _wanted(body), connection)
    note(call, "integration_added", made.id, detail=made.url)
    return Answer(_shown(call, made), _CREATED)


def list_integrations(call: Call) -> IntegrationsAnswer:
    """Return a page of integrations."""
    limit = call.limit()
    found = connections.list_integrations(call.services, after=call.cursor(), limit=limit + 1)
    following = write_cursor(found[limit - 1].key) if len(found) > limit else None
    return IntegrationsAnswer(tuple(_shown(call, r.value) for r in found[:limit]), following)


def get_integration(call: Call) -> IntegrationAnswer:
    """Return an integration."""
    return _shown(call, integration_of(call.services, call.path("integration_id")))


def change_integration(call: Call) -> IntegrationAnswer:
    """Change an integration by a merge patch."""
    known = integration_of(call.services, call.path("integration_id"))
    current = to_builtins(_shown(call, known))
    for name in ("id", "state", "webhook_id", "created_at"):
        del current[name]
    body = call.merged(current, ChangedIntegrationBody)
    if body.git_host != known.git_host:
        raise BadRequestError("The integration keeps its git host.", fields={"git_host": "fixed"})
    given = body.connection
    new = connections.NewConnection(given.token, given.email, in_utc(given.expires_at), given.kind)
    changed = connections.change(
        call.services,
        known.id,
        _wanted(body),
        connection=new,
        confirmed=body.confirm_disconnect,
    )
    note(call, "connection_replaced" if given.token else "integration_changed", known.id)
    return _shown(call, changed)


def remove_integration(call: Call) -> Answer:
    """Take an integration away; what it stored is deleted in the background."""
    connections.remove(call.services, call.path("integration_id"))
    note(call, "integration_removed", call.path("integration_id"))
    return Answer(status=_ACCEPTED)


def get_integration_status(call: Call) -> Status:
    """Return where an integration stands."""
    return status_of(call.services, integration_of(call.services, call.path("integration_id")))


def list_integration_repositories(call: Call) -> RepositoriesAnswer:
    """Return a page of an integration's repositories, in order of id."""
    services = call.services
    integration = integration_of(services, call.path("integration_id"))
    limit, search, after = call.limit(), call.query("search").lower(), call.cursor()
    states = call.choices("state", REPOSITORY_STATES)
    rows: list[RepositoryRow] = []
    while len(rows) <= limit:
        page = services.repositories.list(integration.id, after=after, limit=limit + 1)
        for found in repository_status(services, integration, [r.value for r in page]):
            named = search in found.record.repository.name.lower()
            if named and found.state in states:
                rows.append(_row(found))
        if len(page) <= limit:
            break
        after = page[-1].key
    following = write_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return RepositoriesAnswer(tuple(rows[:limit]), following)


def reindex_integration(call: Call) -> Answer:
    """Reindex an integration's repositories."""
    integration = integration_of(call.services, call.path("integration_id"))
    body = call.body(ReindexBody) if call.content() else ReindexBody()
    chosen = body.repositories
    run = start_run(
        call.services,
        integration,
        repositories=None if chosen is None else {RepositoryId(r.lower()) for r in chosen},
        only_failed=body.only_failed,
        since=in_utc(body.since),
    )
    return Answer(RunAnswer(run.id, run.started_at, run.repositories), _ACCEPTED)


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


def _shown(call: Call, integration: Integration) -> IntegrationAnswer:
    stored = call.services.connections.get(ONE_GROUP, integration.id)
    connection = stored.value if stored else None
    return IntegrationAnswer(
        id=integration.id,
        state=status_of(call.services, integration).state,
        webhook_id=integration.webhook_id,
        created_at=integration.created_at,
        name=integration.name,
        git_host=integration.git_host,
        url=integration.url,
        organizations=integration.organizations,
        trackers=integration.trackers,
        connection=ConnectionAnswer(
            connection.kind if connection else "pat",
            connection.email if connection else "",
            connection.expires_at if connection else None,
        ),
        index=integration.index,
        repositories=integration.repositories,
        pull_request_window_days=integration.pull_request_window_days,
        webhooks=integration.webhooks,
        hooks_only=integration.hooks_only,
        writes=integration.writes,
    )


def _row(found: RepositoryStatus) -> RepositoryRow:
    repository = found.record.repository
    return RepositoryRow(
        id=repository.id,
        name=repository.name,
        project=repository.project,
        organization=repository.organization,
        url=repository.url,
        default_branch=repository.default_branch,
        state=found.state,
        left_out=found.record.left_out,
        kinds={
            name: KindAnswer(kind.state, kind.count, kind.last_indexed_at, _failure(kind.failure))
            for name, kind in found.kinds.items()
        },
    )


def _failure(failure: Failure | None) -> FailureAnswer | None:
    if failure is None:
        return None
    return FailureAnswer(failure.code, failure.text, failure.since, failure.attempts)


_STATE = Parameter("state", f"Some of {', '.join(REPOSITORY_STATES)}, with commas between.")
_SEARCH = Parameter("search", "Only repositories whose name holds this.")
_ONE = "integrations/{integration_id}"

ROUTES: Final = (
    Route("GET", "integrations", list_integrations, "admin", "The integrations.",
          answer=IntegrationsAnswer, query=PAGED),
    Route("POST", "integrations", create_integration, "admin", "Connect an integration.",
          body=IntegrationBody, answer=IntegrationAnswer, status=_CREATED),
    Route("GET", _ONE, get_integration, "admin", "An integration.", answer=IntegrationAnswer),
    Route("PATCH", _ONE, change_integration, "admin", "Change an integration (RFC 7396).",
          patch=ChangedIntegrationBody, answer=IntegrationAnswer),
    Route("DELETE", _ONE, remove_integration, "admin", "Take an integration away.",
          status=_ACCEPTED),
    Route("GET", f"{_ONE}/status", get_integration_status, "admin", "Where it stands.",
          answer=Status),
    Route("GET", f"{_ONE}/repositories", list_integration_repositories, "admin",
          "Its repositories.", answer=RepositoriesAnswer, query=(_STATE, _SEARCH, *PAGED)),
    Route("POST", f"{_ONE}/reindex", reindex_integration, "admin", "Reindex its repositories.",
          body=ReindexBody, answer=RunAnswer, status=_ACCEPTED, is_body_optional=True),
)  # fmt: skip
