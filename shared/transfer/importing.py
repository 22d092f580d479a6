"""Brings a configuration into an installation.

What is new is made with hooks and an address of its own. It comes without a secret: what needs one
waits until somebody replaces its connection, and is indexed from then on.
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from msgspec.structs import asdict

from shared.access.auditing import audit
from shared.configuration import Connection, Integration
from shared.errors import DevlinksError, OperatorError
from shared.integrations import connections
from shared.integrations.credentials import SIGN_IN_FIRST
from shared.messages import Due, Job
from shared.model import IntegrationId, WebhookId
from shared.scheduling.schedule import TRIED_AGAIN_AFTER
from shared.scheduling.schedule import plan as plan_look
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of
from shared.trackers import change_tracker, create_tracker

if TYPE_CHECKING:
    from shared.audit_entries import Actor
    from shared.configuration import ConnectionKind
    from shared.services import Services
    from shared.transfer.documents import ConnectionDocument
    from shared.transfer.planning import Plan, PlannedIntegration, PlannedTracker

Thing = Literal["tracker", "integration"]

_NEEDS_NOTHING: Final[frozenset[ConnectionKind]] = frozenset({"none", "managed_identity"})
"""These kinds of connections have no secret, and work at once."""
_WAITS: Final = "It was imported, and no secret comes with an import: replace its connection."
_log = log_of(__name__)


class Imported(Struct, frozen=True):
    """Something that an import was about."""

    kind: Thing
    id: str
    """As it is here; empty while it is not made."""
    name: str
    next_step: str = ""
    """What is still to be done by hand."""


class Refused(Struct, frozen=True):
    """Something that could not be changed, for a reason that only its git host could tell."""

    kind: Thing
    id: str
    name: str
    code: str
    text: str


class Outcome(Struct, frozen=True):
    """What an import did."""

    made: tuple[Imported, ...] = ()
    changed: tuple[Imported, ...] = ()
    unchanged: tuple[Imported, ...] = ()
    refused: tuple[Refused, ...] = ()


class _Sorted:
    """Collects what became of each thing."""

    def __init__(self) -> None:
        self.made: list[Imported] = []
        self.changed: list[Imported] = []
        self.unchanged: list[Imported] = []
        self.refused: list[Refused] = []

    def outcome(self) -> Outcome:
        """Return all of it."""
        return Outcome(
            tuple(self.made), tuple(self.changed), tuple(self.unchanged), tuple(self.refused)
        )


def preview(plan: Plan) -> Outcome:
    """Return what an import would do, as far as that is known without a git host."""
    found = _Sorted()
    for one in plan.trackers:
        _listed(found, one.known, is_changed=one.known != one.tracker).append(
            Imported("tracker", one.tracker.id, one.tracker.name)
        )
    for integration in plan.integrations:
        known = integration.known
        _listed(found, known, is_changed=integration.is_changed).append(_told(integration))
    return found.outcome()


def carry_out(services: Services, plan: Plan, *, by: Actor) -> Outcome:
    """Make and change what a plan says, and note it; the same plan twice changes nothing more.

    One integration that cannot be changed does not keep the others from it. An error of storage
    ends it half way: import the document again then.
    """
    found = _Sorted()
    for tracker in plan.trackers:
        _import_tracker(services, tracker, found, by)
    for integration in plan.integrations:
        try:
            _import_integration(services, integration, found, by)
        except OperatorError:
            raise
        except DevlinksError as error:
            known = _told(integration)
            text = f"{error} {error.next_step}".rstrip()
            found.refused.append(Refused("integration", known.id, known.name, error.code, text))
    outcome = found.outcome()
    audit(services, "configuration_imported", by=by, detail=counted(outcome))
    return outcome


def counted(outcome: Outcome) -> str:
    """Return an outcome in a line."""
    names = Outcome.__struct_fields__
    return ", ".join(f"{len(getattr(outcome, name))} {name}" for name in names)


def _import_tracker(services: Services, planned: PlannedTracker, found: _Sorted, by: Actor) -> None:
    tracker, known = planned.tracker, planned.known
    _listed(found, known, is_changed=known != tracker).append(
        Imported("tracker", tracker.id, tracker.name)
    )
    if known is None:
        create_tracker(services, tracker)
        audit(services, "tracker_added", by=by, detail=tracker.id)
    elif known != tracker:
        change_tracker(services, tracker)
        audit(services, "tracker_changed", by=by, detail=tracker.id)


def _import_integration(
    services: Services, planned: PlannedIntegration, found: _Sorted, by: Actor
) -> None:
    known = planned.known
    if known is None:
        made = _make(services, planned)
        audit(services, "integration_added", by=by, integration=made.id, detail=made.url)
        found.made.append(_told(planned, made.id))
        return
    if planned.is_changed:
        connections.change(services, known.id, planned.wanted)
        audit(services, "integration_changed", by=by, integration=known.id)
    _listed(found, known, is_changed=planned.is_changed).append(_told(planned))


def _make(services: Services, planned: PlannedIntegration) -> Integration:
    """Keep a new integration that waits for its connection, unless that needs no secret."""
    document = planned.document
    integration = Integration(
        **asdict(planned.wanted),
        id=IntegrationId(planned.free_id or uuid.uuid4().hex),
        git_host=document.git_host,
        webhook_id=WebhookId(secrets.token_hex(16)),
        created_at=services.clock(),
    )
    connection = waiting_connection(services, document.connection)
    services.connections.put(ONE_GROUP, integration.id, connection)
    connections.keep_webhook(services, integration)
    if connection.refused_since is None:
        at = services.clock() + TRIED_AGAIN_AFTER
        plan_look(services, Due(integration.id), at=at)
    # The integration comes last: until it is there, nothing refers to the others.
    services.integrations.insert(ONE_GROUP, integration.id, integration)
    if connection.refused_since is None:
        job = Job(integration.id, "discover", asked_at=services.clock())
        services.storage.jobs.put("reindex", job)
    _log.info("integration_imported integration=%s", integration.id)
    return integration


def waiting_connection(services: Services, document: ConnectionDocument) -> Connection:
    """Return a connection without its secret: what needs one is refused until it is replaced."""
    connection = Connection(**asdict(document))
    if document.kind in _NEEDS_NOTHING:
        return connection
    return Connection(
        **asdict(document), refused_since=services.clock(), refusal=_waits(document.kind)
    )


def _waits(kind: ConnectionKind) -> str:
    """Return what a new integration waits for; empty when its connection needs no secret."""
    if kind in _NEEDS_NOTHING:
        return ""
    return SIGN_IN_FIRST.refusal if kind == "oauth" else _WAITS


def _told(planned: PlannedIntegration, made_as: str = "") -> Imported:
    known = planned.known
    return Imported(
        kind="integration",
        id=known.id if known else made_as or planned.free_id,
        name=planned.wanted.name,
        next_step="" if known else _waits(planned.document.connection.kind),
    )


def _listed(found: _Sorted, known: object, *, is_changed: bool) -> list[Imported]:
    """Return the list that something belongs to."""
    if known is None:
        return found.made
    return found.changed if is_changed else found.unchanged
