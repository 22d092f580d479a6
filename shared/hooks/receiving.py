"""Take what service hooks deliver: know the sender, keep the delivery, enqueue it.

Azure DevOps takes hooks out of service that are answered badly, so everything from a known
sender is answered well; only what could not be kept is worth sending again.
https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct

from shared.errors import MalformedAnswerError, NotSignedInError, SecretUnreadableError
from shared.hooks.subscriptions import password_purpose
from shared.messages import Delivery, DeliveryState, Job
from shared.model import WebhookId
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.configuration import Webhook
    from shared.model import IntegrationId
    from shared.services import Services

Receipt = Literal["accepted", "repeated", "unreadable"]

_MOST_BYTES: Final = 400_000
"""Of a larger body only what it is about is kept: the rest is read from the git host."""
_MOST_UNREADABLE: Final = 10_000
_TEST_SUBSCRIPTION: Final = "00000000-0000-0000-0000-000000000000"
_LONGEST_HEADER: Final = 2048
_LOOKED_AGAIN_AFTER: Final = timedelta(seconds=1)
"""So that wrong passwords, however many, cost a read each second."""
_log = log_of(__name__)


class _Head(Struct, rename="camel"):
    """What is read of a body before it is kept."""

    id: str = ""
    event_type: str = ""
    created_date: datetime | None = None
    subscription_id: str = ""


def receive(
    services: Services,
    webhook_id: str,
    *,
    authorization: str,
    body: bytes,
) -> Receipt:
    """Keep a delivery and enqueue it; NotSignedInError unless it brings the webhook's password.

    An unknown webhook and a wrong password look the same. Storage errors are raised: the sender
    should try again.
    """
    known = services.known_webhooks
    webhook = known.get(ONE_GROUP, webhook_id)
    if webhook is not None and not _is_known_sender(services, webhook, authorization):
        # A password made a moment ago may be typed in already, and one that is refused takes its
        # service hook out of service for minutes.
        webhook = known.get(ONE_GROUP, webhook_id, at_most=_LOOKED_AGAIN_AFTER)
    if webhook is None or not _is_known_sender(services, webhook, authorization):
        raise NotSignedInError("Unknown webhook, or wrong user name or password.")
    return keep(services, WebhookId(webhook_id), webhook.integration, body)


def keep(
    services: Services, webhook_id: WebhookId, integration: IntegrationId, body: bytes
) -> Receipt:
    """Keep a delivery of a known sender, and enqueue it unless it came to its end before."""
    head = _head(body)
    delivery = _delivery(services, webhook_id, integration, body, head)
    receipt = _store(services, delivery)
    _log.info(
        "delivery_kept integration=%s delivery=%s type=%s receipt=%s bytes=%d",
        integration, delivery.id, delivery.event_type, receipt, delivery.size,
    )  # fmt: skip
    return receipt


def _delivery(
    services: Services,
    webhook_id: WebhookId,
    integration: IntegrationId,
    body: bytes,
    head: _Head | None,
) -> Delivery:
    now = services.clock()
    known = head or _Head()
    state, detail = _first_state(head)
    return Delivery(
        webhook=webhook_id,
        id=services.storage.deliveries.id_of(known.id, _in_utc(known.created_date), body, now=now),
        integration=integration,
        received_at=now,
        event_type=known.event_type[:100],
        body=_kept(services, integration, body) if head else body[:_MOST_UNREADABLE],
        size=len(body),
        state=state,
        detail=detail,
    )


def _store(services: Services, delivery: Delivery) -> Receipt:
    if not services.storage.deliveries.insert(delivery):
        return _repeated(services, delivery)
    if delivery.state != "accepted":
        return "repeated" if delivery.state == "ignored" else "unreadable"
    _enqueue(services, delivery)
    return "accepted"


def _first_state(head: _Head | None) -> tuple[DeliveryState, str]:
    """Return what a delivery is kept as, and why if it is to have no effect."""
    if head is None:
        return "unreadable", "The body is no JSON object of an event."
    if head.subscription_id == _TEST_SUBSCRIPTION:
        return "ignored", "A test of the service hook: it arrived."
    return "accepted", ""


def _kept(services: Services, integration_id: IntegrationId, body: bytes) -> bytes:
    """Return the body, or of a large one what tells which repository it is about."""
    if len(body) <= _MOST_BYTES:
        return body
    integration = services.known_integrations.get(ONE_GROUP, integration_id)
    if integration is None:
        return b""
    family = services.git_hosts[integration.git_host]
    try:
        if integration.hooks_only:
            return family.trimmed_event(body, most=_MOST_BYTES)
        return family.shortened_event(body)
    except MalformedAnswerError:
        return body[:_MOST_UNREADABLE]


def _repeated(services: Services, delivery: Delivery) -> Receipt:
    """Enqueue a repeated delivery unless it came to its end: before, that may have failed."""
    ledger = services.storage.deliveries
    ledger.count_repeat(delivery.webhook, delivery.id)
    known = ledger.get(delivery.webhook, delivery.id)
    if known is not None and known.state in {"accepted", "failed"}:
        ledger.mark(delivery.webhook, delivery.id, "accepted")
        _enqueue(services, delivery)
    return "repeated"


def _enqueue(services: Services, delivery: Delivery) -> None:
    job = Job(delivery.integration, "hook", delivery=delivery.id)
    services.storage.jobs.put("hooks", job)


def _is_known_sender(services: Services, webhook: Webhook, authorization: str) -> bool:
    given = _basic_credentials(authorization)
    if given is None:
        return False
    known, unreadable = False, None
    purpose = password_purpose(webhook.integration)
    for sealed in webhook.live_passwords(services.clock()):
        try:
            password = services.known_secrets.open(sealed, purpose=purpose)
        except SecretUnreadableError as error:
            # Not a wrong password, which would take the service hook out of service.
            unreadable = error
            continue
        expected = f"{webhook.user_name}:{password}".encode()
        known |= hmac.compare_digest(given, expected)
    if unreadable is not None and not known:
        raise unreadable
    return known


def _basic_credentials(authorization: str) -> bytes | None:
    """Return `user:password` of a header, or None when it is not of that form."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST_HEADER:
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)


def _head(body: bytes) -> _Head | None:
    """Return the head of an event; None when the body is not one."""
    try:
        return msgspec.json.decode(body, type=_Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
