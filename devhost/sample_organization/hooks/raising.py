"""Turn one event into a notification for each subscription that wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from devhost.sample_organization import moments

from .events import RESOURCE_VERSIONS, Event, Words, wants
from .notifications import Notification
from .retries import takes_events

if TYPE_CHECKING:
    from devhost.sample_organization.exchange import Json
    from devhost.sample_organization.organization import Organization

    from .subscriptions import Subscription

_NO_ID = "00000000-0000-0000-0000-000000000000"


def raise_event(organization: Organization, event: Event) -> None:
    """Hand *event* to every subscription that wants it and is in a state to take it."""
    if organization.behaviour.hooks_silent:
        return
    now = organization.clock.now()
    for subscription in organization.subscriptions.all():
        if subscription.event_type != event.type:
            continue
        if not wants(subscription.publisher_inputs, event) or not takes_events(subscription, now):
            continue
        if subscription.status == "onProbation":
            # This is the one try; what is raised before it has ended is lost as well.
            organization.subscriptions.change(subscription.id, _without_next_try)
        organization.deliveries.add(notification_of(organization, event, subscription))


def notification_of(
    organization: Organization, event: Event, subscription: Subscription
) -> Notification:
    """Return the notification that brings *event* to *subscription*."""
    number = organization.notifications.next_id(subscription.id)
    now = organization.clock.now()
    body = event_body(organization, event, subscription, number=number)
    return Notification(number, subscription, event.id, body, created_at=now, modified_at=now)


def event_body(
    organization: Organization, event: Event, subscription: Subscription, *, number: int
) -> Json:
    """Return what is posted: the envelope, with as much in it as the consumer inputs ask for."""
    inputs = subscription.consumer_inputs
    body: Json = {
        "subscriptionId": subscription.id or _NO_ID,
        "notificationId": number,
        "id": event.id,
        "eventType": event.type,
        "publisherId": "tfs",
        "message": _chosen(event.message, inputs.get("messagesToSend", "")),
        "detailedMessage": _chosen(
            event.detailed_message, inputs.get("detailedMessagesToSend", "")
        ),
    }
    details = inputs.get("resourceDetailsToSend", "")
    if details == "minimal":
        body["resource"] = {k: event.resource[k] for k in event.minimal if k in event.resource}
    elif details != "none":
        body["resource"] = event.resource
    base = f"{organization.addresses.root}/"
    body["resourceVersion"] = subscription.resource_version or RESOURCE_VERSIONS[event.type]
    account = {"account": {"id": organization.id, "baseUrl": base}}
    body["resourceContainers"] = {
        "collection": {"id": organization.new_id("collection"), "baseUrl": base},
        **({} if organization.addresses.is_server else account),
        "project": {"id": event.project_id, "baseUrl": base},
    }
    body["createdDate"] = moments.written(event.at)
    return body


def _chosen(words: Words, form: str) -> Json | None:
    if form == "none":
        return None
    everything: Json = {"text": words.text, "html": words.html, "markdown": words.markdown}
    return {form: everything[form]} if form in everything else everything


def _without_next_try(subscription: Subscription) -> Subscription:
    return msgspec.structs.replace(subscription, next_try_at=None)
