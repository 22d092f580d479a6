"""What a subscription must be to be accepted, and how it is read back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from devhost.sample_organization import moments
from devhost.sample_organization.refusals import bad_subscription
from devhost.sample_organization.shapes import identity

from .events import FILTERS, RESOURCE_VERSIONS
from .notifications import MASK, masked
from .subscriptions import Subscription, SubscriptionStatus

if TYPE_CHECKING:
    from devhost.sample_organization.exchange import Json
    from devhost.sample_organization.model import Person
    from devhost.sample_organization.organization import Organization

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_FORMS = frozenset({"", "all", "text", "html", "markdown", "none"})
_CHOICES = {
    "resourceDetailsToSend": frozenset({"", "all", "minimal", "none"}),
    "messagesToSend": _FORMS,
    "detailedMessagesToSend": _FORMS,
}
_LONGEST_CREDENTIAL = 256


class WantedSubscription(msgspec.Struct, rename="camel"):
    """A subscription as callers write one."""

    publisher_id: str = ""
    event_type: str = ""
    consumer_id: str = ""
    consumer_action_id: str = ""
    resource_version: str | None = None
    publisher_inputs: dict[str, str] = {}
    consumer_inputs: dict[str, str] = {}
    status: SubscriptionStatus | None = None


def check(organization: Organization, wanted: WantedSubscription) -> None:
    """Refuse a subscription that the service would not take."""
    if wanted.publisher_id != "tfs":
        raise bad_subscription(f"The publisher {wanted.publisher_id!r} is not known.")
    if wanted.event_type not in FILTERS.keys() - organization.behaviour.lacks_events:
        raise bad_subscription(f"The event type {wanted.event_type!r} is not known.")
    if (wanted.consumer_id, wanted.consumer_action_id) != ("webHooks", "httpRequest"):
        raise bad_subscription(f"The consumer {wanted.consumer_id!r} is not known.")
    project_id = wanted.publisher_inputs.get("projectId", "")
    if project_id:
        organization.project(project_id)
    elif wanted.event_type.startswith("git.repo."):
        raise bad_subscription("The input projectId is required for this event type.")
    _check_consumer(organization, wanted.consumer_inputs)


def _check_consumer(organization: Organization, inputs: dict[str, str]) -> None:
    address = urlsplit(inputs.get("url", ""))
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise bad_subscription("The input url is required, and must be an http or https address.")
    local = address.hostname in _LOCAL
    if local and organization.behaviour.refuses_local_hooks:
        raise bad_subscription("The input url must not be a loopback or special address.")
    credentials = [inputs.get(f"basicAuth{part}", "") for part in ("Username", "Password")]
    if any(credentials) and address.scheme == "http" and not local:
        raise bad_subscription("Basic authentication needs an https address.")
    if any(len(c) > _LONGEST_CREDENTIAL or len(c.split()) > 1 for c in credentials):
        raise bad_subscription("A basic authentication input is not valid.")
    for name, allowed in _CHOICES.items():
        if inputs.get(name, "") not in allowed:
            raise bad_subscription(f"The input {name} is not valid.")


def made(organization: Organization, wanted: WantedSubscription, *, by: Person) -> Subscription:
    """Return a new subscription, with the inputs that the service adds of its own."""
    now = organization.clock.now()
    number = organization.new_event_id()
    return Subscription(
        id=organization.new_id("subscription", number),
        event_type=wanted.event_type,
        resource_version=wanted.resource_version or RESOURCE_VERSIONS[wanted.event_type],
        publisher_inputs=_completed(organization, wanted, identifier=number),
        consumer_inputs=dict(wanted.consumer_inputs),
        created_by=by,
        created_at=now,
        modified_by=by,
        modified_at=now,
        status=wanted.status or "enabled",
    )


def replaced(
    organization: Organization, before: Subscription, wanted: WantedSubscription, *, by: Person
) -> Subscription:
    """Return what a PUT makes of *before*: a status that is enabled ends a probation.

    A password that comes back masked is the one that is kept. Whose maker has lost access stays
    disabled: whether the service goes by the maker or by who changed it last is not documented.
    """
    consumer_inputs = dict(wanted.consumer_inputs)
    if consumer_inputs.get("basicAuthPassword") == MASK:
        consumer_inputs["basicAuthPassword"] = before.consumer_inputs.get("basicAuthPassword", "")
    status = wanted.status or "enabled"
    if before.created_by.id in organization.behaviour.inactive:
        status = "disabledByInactiveIdentity"
    enabled = status == "enabled"
    identifier = before.publisher_inputs["tfsSubscriptionId"]
    return msgspec.structs.replace(
        before,
        event_type=wanted.event_type,
        resource_version=wanted.resource_version or before.resource_version,
        publisher_inputs=_completed(organization, wanted, identifier=identifier),
        consumer_inputs=consumer_inputs,
        modified_by=by,
        modified_at=organization.clock.now(),
        status=status,
        probation_retries=0 if enabled else before.probation_retries,
        next_try_at=None if enabled else before.next_try_at,
    )


def _completed(
    organization: Organization, wanted: WantedSubscription, *, identifier: str
) -> dict[str, str]:
    """Return the publisher inputs with every filter named, and the service's own added."""
    empty = dict.fromkeys(("projectId", *FILTERS[wanted.event_type]), "")
    own = {"tfsSubscriptionId": identifier, "hostId": organization.new_id("collection")}
    return empty | wanted.publisher_inputs | own


def shape(organization: Organization, one: Subscription) -> Json:
    """Return a subscription as it is read back: without its password."""
    url = organization.addresses.subscription(one.id)
    written: Json = {
        "id": one.id,
        "url": url,
        "status": one.status,
        "publisherId": "tfs",
        "eventType": one.event_type,
        "subscriber": None,
        "resourceVersion": one.resource_version,
        "eventDescription": _described(organization, one),
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "actionDescription": f"To host {urlsplit(one.consumer_inputs['url']).hostname}",
        "createdBy": identity(organization, one.created_by),
        "createdDate": moments.written(one.created_at),
        "modifiedBy": identity(organization, one.modified_by),
        "modifiedDate": moments.written(one.modified_at),
        "publisherInputs": one.publisher_inputs,
        "consumerInputs": masked(one.consumer_inputs),
        "_links": _links(organization, url),
    }
    if one.probation_retries:
        written["probationRetries"] = one.probation_retries
    if one.last_probation_retry_at is not None:
        written["lastProbationRetryDate"] = moments.written(one.last_probation_retry_at)
    return written


def _described(organization: Organization, one: Subscription) -> str:
    repository = organization.repositories.get(one.publisher_inputs.get("repository", "").lower())
    branch = one.publisher_inputs.get("branch", "")
    parts = [f"Repository {repository.name}"] if repository is not None else []
    parts += [f"branch {branch}"] if branch else []
    return ", ".join(parts) or "Any"


def _links(organization: Organization, url: str) -> Json:
    hooks = f"{organization.addresses.root}/_apis/hooks"
    hrefs = {
        "self": url,
        "consumer": f"{hooks}/consumers/webHooks",
        "actions": f"{hooks}/consumers/webHooks/actions",
        "notifications": f"{url}/notifications",
        "publisher": f"{hooks}/publishers/tfs",
    }
    return {name: {"href": href} for name, href in hrefs.items()}
