"""What is handed on: from a service hook to the ledger, from there to the queues, to the timer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from shared.model import (
    IntegrationId,
    ProjectId,
    RepositoryId,
    RunId,
    WebhookId,
)
from shared.telemetry.operations import current_id

Reason = Literal[
    "discover",
    "first",
    "due",
    "asked",
    "hook",
    "wanted",
    "rules",
    "remove",
    "reconcile",
    "replay",
    "refill",
]
DeliveryState = Literal["accepted", "done", "ignored", "unreadable", "failed"]
QueueName = Literal["hooks", "reindex", "history"]


class Due(Struct, frozen=True):
    """Something that the timer should look at once its time has come."""

    integration: IntegrationId
    repository: RepositoryId | None = None
    project: ProjectId | None = None
    organization: str | None = None
    """Whose work items; none of the three: the integration's repositories are to be discovered."""


class Delivery(Struct, frozen=True):
    """One received webhook, as the ledger keeps it."""

    webhook: WebhookId
    id: str
    """Where the ledger keeps it: made of the event's own date and id."""
    integration: IntegrationId
    received_at: datetime
    event_type: str = ""
    body: bytes = b""
    """As received; empty when it was too large to keep."""
    size: int = 0
    """Of what was received, in bytes."""
    state: DeliveryState = "accepted"
    detail: str = ""
    """Why it was ignored or failed."""
    repeats: int = 0


class Job(Struct, frozen=True, omit_defaults=True):
    """A queue message: ids, never bodies."""

    integration: IntegrationId
    reason: Reason
    repository: RepositoryId | None = None
    project: ProjectId | None = None
    run: RunId | None = None
    delivery: str | None = None
    asked_at: datetime | None = None
    """Of a discovery: one that began later has done it."""
    state: DeliveryState | None = None
    """Of a replay: which deliveries."""
    since: datetime | None = None
    until: datetime | None = None
    """Of a replay or a refill: of which time, the end excluded; None: all that is kept."""
    cursor: str | None = None
    """Of a replay or a refill: where it carries on."""
    silences: int = 0
    """How often the git host left it without any answer, one time after the other."""
    cancels: int | None = None
    """How often indexing had been cancelled when it was enqueued; None: it is not cancelled."""
    organization: str | None = None
    """Of work items: whose."""
    operation: str = field(default_factory=current_id)
    """What it is enqueued because of; see `shared.telemetry.operations`."""
    v: int = 1
