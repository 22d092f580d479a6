"""The ledger over HTTP: look at deliveries, replay them, fetch what never came."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, get_args

from msgspec import Struct, field

from admin_console.audit import note
from shared.connections.opening import integration_of
from shared.hooks.refilling import refill
from shared.hooks.replaying import Replayed, replay, replay_one
from shared.messages import DeliveryState
from shared.web.answers import Answer
from shared.web.calls import Moment, in_utc, write_cursor
from shared.web.routes import PAGED, Parameter, Route

if TYPE_CHECKING:
    from shared.messages import Delivery, Job
    from shared.web.calls import Call

_ACCEPTED: Final = 202
_STATES: Final[tuple[DeliveryState, ...]] = get_args(DeliveryState)


class DeliveryAnswer(Struct, frozen=True):
    """A received webhook, without its body."""

    id: str
    event_type: str
    state: DeliveryState
    detail: str
    """Why it was ignored, unreadable or failed."""
    repeats: int
    """How often the same event came again."""
    size: int
    """Of the body, in bytes."""
    created_at: datetime
    """The event's own date; of an event without a usable one, the day that it was received."""
    received_at: datetime


class DeliveriesAnswer(Struct, frozen=True):
    """A page of deliveries, the newest first."""

    deliveries: tuple[DeliveryAnswer, ...]
    next: str | None


class ReplayBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which deliveries are to be processed again: those of a state, received in a time."""

    state: Replayed = "failed"
    since: Moment | None = field(name="from", default=None)
    until: Moment | None = field(name="to", default=None)


class ReplayAnswer(Struct, frozen=True):
    """What is being processed again."""

    state: DeliveryState | None
    since: datetime | None = field(name="from")
    until: datetime | None = field(name="to")


class RefillBody(Struct, frozen=True, forbid_unknown_fields=True):
    """From when on lost deliveries are fetched."""

    since: Moment | None = None
    """Left out: all that the git host's history tells, and everything is reindexed."""


class RefillAnswer(Struct, frozen=True):
    """What is being fetched."""

    since: datetime | None


def list_deliveries(call: Call) -> DeliveriesAnswer:
    """Return a page of an integration's deliveries, the newest first."""
    services = call.services
    integration = integration_of(services, call.path("integration_id"))
    limit = call.limit()
    states = call.choices("state", _STATES)
    found: list[Delivery] = []
    after = call.cursor()
    while len(found) <= limit:
        page = services.storage.deliveries.page(
            integration.webhook_id,
            now=services.clock(),
            after=after,
            limit=limit + 1,
            state=states[0] if len(states) == 1 else None,
            event_type=call.query("event_type"),
        )
        found += [delivery for delivery in page if delivery.state in states]
        if len(page) <= limit:
            break
        after = page[-1].id
    following = write_cursor(found[limit - 1].id) if len(found) > limit else None
    return DeliveriesAnswer(tuple(_shown(call, d) for d in found[:limit]), following)


def replay_delivery(call: Call) -> Answer:
    """Have one delivery processed again."""
    integration = integration_of(call.services, call.path("integration_id"))
    delivery_id = call.path("delivery_id")
    replay_one(call.services, integration, delivery_id)
    note(call, "delivery_replayed", integration.id, detail=delivery_id)
    return Answer(status=_ACCEPTED)


def replay_deliveries(call: Call) -> Answer:
    """Have deliveries of a state and a time processed again."""
    integration = integration_of(call.services, call.path("integration_id"))
    body = call.body(ReplayBody) if call.content() else ReplayBody()
    job = replay(
        call.services,
        integration,
        state=body.state,
        since=in_utc(body.since),
        until=in_utc(body.until),
    )
    note(call, "deliveries_replayed", integration.id, detail=told(job))
    return Answer(ReplayAnswer(job.state, job.since, job.until), _ACCEPTED)


def refill_deliveries(call: Call) -> Answer:
    """Have fetched what the git host could not deliver."""
    integration = integration_of(call.services, call.path("integration_id"))
    body = call.body(RefillBody) if call.content() else RefillBody()
    job = refill(call.services, integration, since=in_utc(body.since))
    note(call, "deliveries_refilled", integration.id, detail=told(job))
    return Answer(RefillAnswer(job.since), _ACCEPTED)


def told(job: Job) -> str:
    """Return what a replay or a refill is about, in words."""
    parts = [
        f"{job.state} deliveries" if job.state else "what was not delivered",
        f"since {job.since:%Y-%m-%d %H:%M:%S} UTC" if job.since else "",
        f"until {job.until:%Y-%m-%d %H:%M:%S} UTC" if job.until else "",
    ]
    return " ".join(filter(None, parts))


def _shown(call: Call, delivery: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=delivery.id,
        event_type=delivery.event_type,
        state=delivery.state,
        detail=delivery.detail,
        repeats=delivery.repeats,
        size=delivery.size,
        created_at=call.services.storage.deliveries.created_at(delivery.id),
        received_at=delivery.received_at,
    )


_STATE = Parameter("state", f"Some of {', '.join(_STATES)}, with commas between.")
_TYPE = Parameter("event_type", "Only events of this type, such as git.push.")
_ALL = "integrations/{integration_id}/deliveries"

ROUTES: Final = (
    Route("GET", _ALL, list_deliveries, "admin", "What its webhook received, the newest first.",
          answer=DeliveriesAnswer, query=(_STATE, _TYPE, *PAGED),
          is_for_operators=True),
    Route("POST", f"{_ALL}/{{delivery_id}}/replay", replay_delivery, "admin",
          "Process a delivery again.", status=_ACCEPTED,
          is_for_operators=True),
    Route("POST", f"{_ALL}/replay", replay_deliveries, "admin", "Process deliveries again.",
          body=ReplayBody, answer=ReplayAnswer, status=_ACCEPTED, is_body_optional=True,
          is_for_operators=True),
    Route("POST", f"{_ALL}/refill", refill_deliveries, "admin",
          "Fetch what the git host could not deliver.",
          body=RefillBody, answer=RefillAnswer, status=_ACCEPTED, is_body_optional=True,
          is_for_operators=True),
)  # fmt: skip
