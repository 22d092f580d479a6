"""Integrations over HTTP: add, look at, change, take away, reindex."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct, structs, to_builtins

from admin_console.audit import note
from shared import connections
from shared.configuration import (
    DEFAULT_TRACKER,
    ConnectionKind,
    IndexSwitches,
    Integration,
    Selection,
    WritesBy,
)
from shared.errors import BadRequestError
from shared.index.opening import integration_of
from shared.index.runs import start_run
from shared.model import GitHostKind, LeftOut, RepositoryId, TrackerId
from shared.progress import Failure, WorkState
from shared.services import ONE_GROUP
from shared.status import (
    REPOSITORY_STATES,
    IntegrationState,
    RepositoryState,
    RepositoryStatus,
    Status,
    repository_status,
    status_of,
)
from shared.web.answers import Answer
from shared.web.calls import Moment, in_utc, write_cursor
from shared.web.routes import PAGED, Parameter, Route

if TYPE_CHECKING:
    from shared.web.calls import Call

_ACCEPTED: Final = 202
_CREATED: Final = 201
_NO_CONTENT: Final = 204


class ConnectionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A credential."""

    kind: ConnectionKind
    token: str = ""
    email: str = ""
    expires_at: Moment | None = None


class SelectionBody(Selection, frozen=True, forbid_unknown_fields=True):
    """Which repositories are indexed."""


class IndexBody(IndexSwitches, frozen=True, forbid_unknown_fields=True):
    """Which kinds of things are indexed."""


class KnownConnectionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The connection of a changed integration: a new one if it has a token."""

    kind: ConnectionKind
    token: str = ""
    email: str = ""
    expires_at: Moment | None = None


class IntegrationFields(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an admin says of an integration, its credential apart."""

    git_host: GitHostKind
    url: str
    name: str = ""
    """Left out: the organization's."""
    collection: str = ""
    """Of an `azure_devops_server` whose url does not name it."""
    organizations: tuple[str, ...] = ()
    trackers: tuple[TrackerId, ...] = (DEFAULT_TRACKER,)
    index: IndexBody = IndexBody()
    repositories: SelectionBody = SelectionBody()
    pull_request_window_days: int = 183
    webhooks: bool = True
    hooks_only: bool = False
    writes: WritesBy = "own_token"


class IntegrationBody(IntegrationFields, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new integration."""

    connection: ConnectionBody


class ChangedIntegrationBody(
    IntegrationFields, frozen=True, forbid_unknown_fields=True, kw_only=True
):
    """An integration after a merge patch."""

    connection: KnownConnectionBody
    confirm_disconnect: int | None = None
    """How many repositories the change may disconnect."""


class ConnectionAnswer(Struct, frozen=True):
    """How an integration is authorised; the secret is never told."""

    kind: ConnectionKind
    email: str
    expires_at: datetime | None


class IntegrationAnswer(Struct, frozen=True):
    """An integration."""

    id: str
    state: IntegrationState
    webhook_id: str
    created_at: datetime
    name: str
    git_host: GitHostKind
    url: str
    organizations: tuple[str, ...]
    trackers: tuple[str, ...]
    connection: ConnectionAnswer
    index: IndexSwitches
    repositories: Selection
    pull_request_window_days: int
    webhooks: bool
    hooks_only: bool
    writes: WritesBy


class IntegrationsAnswer(Struct, frozen=True):
    """A page of integrations."""

    integrations: tuple[IntegrationAnswer, ...]
    next: str | None


class FailureAnswer(Struct, frozen=True):
    """Why something is not indexed."""

    code: str
    text: str
    since: datetime
    attempts: int


class KindAnswer(Struct, frozen=True):
    """Where one kind of a repository's things stands."""

    state: WorkState
    count: int
    last_indexed_at: datetime | None
    failure: FailureAnswer | None


class RepositoryRow(Struct, frozen=True):
    """A repository of an integration."""

    id: str
    name: str
    project: str
    organization: str
    url: str
    default_branch: str | None
    state: RepositoryState
    left_out: LeftOut | None
    kinds: dict[str, KindAnswer]


class RepositoriesAnswer(Struct, frozen=True):
    """A page of repositories."""

    repositories: tuple[RepositoryRow, ...]
    next: str | None


class ReindexBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be reindexed."""

    repositories: tuple[str, ...] | None = None
    only_failed: bool = False
    since: Moment | None = None
    """Pull requests that were closed from then on are read again, beyond the window too."""


class RunAnswer(Struct, frozen=True):
    """A reindex that was started, or that is going on."""

    run: str
    started_at: datetime
    repositories: int


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
