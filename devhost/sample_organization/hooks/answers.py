"""Answer for service hooks: subscriptions and the history of their deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from devhost.sample_organization import moments
from devhost.sample_organization.exchange import (
    NO_CONTENT,
    Answer,
    Json,
    Request,
    collection,
    json_answer,
)
from devhost.sample_organization.refusals import (
    RefusedError,
    bad_argument,
    hooks_forbidden,
    no_such_subscription,
)

from .notifications import shape as notification_shape
from .raising import notification_of
from .sample_event import sample_event
from .subscription_rules import WantedSubscription, check, made, replaced, shape

if TYPE_CHECKING:
    from devhost.sample_organization.organization import Organization

    from .notifications import Notification
    from .subscriptions import Subscription

_NO_ID = "00000000-0000-0000-0000-000000000000"


class _Condition(msgspec.Struct, rename="camel"):
    input_id: str
    input_value: str = ""
    operator: Literal["equals", "notEquals"] = "equals"
    case_sensitive: bool = False


class _Filter(msgspec.Struct):
    conditions: list[_Condition] = []


class _SubscriptionsQuery(msgspec.Struct, rename="camel"):
    publisher_id: str | None = None
    event_type: str | None = None
    consumer_id: str | None = None
    consumer_action_id: str | None = None
    publisher_input_filters: list[_Filter] = []
    consumer_input_filters: list[_Filter] = []


class _NotificationsQuery(msgspec.Struct, rename="camel", omit_defaults=True):
    subscription_ids: list[str] = []
    publisher_id: str | None = None
    status: str | None = None
    result_type: str | None = None
    min_created_date: str | None = None
    max_created_date: str | None = None
    max_results: int | None = None
    max_results_per_subscription: int | None = None
    include_details: bool = False


class _Details(msgspec.Struct, rename="camel"):
    event_type: str
    publisher_id: str = "tfs"
    consumer_id: str = "webHooks"
    consumer_action_id: str = "httpRequest"
    publisher_inputs: dict[str, str] = {}
    consumer_inputs: dict[str, str] = {}


class _Test(msgspec.Struct, rename="camel"):
    details: _Details
    subscription_id: str = _NO_ID


def list_subscriptions(organization: Organization, request: Request) -> Answer:
    """GET hooks/subscriptions: all of the organization, in one costly answer."""
    event_type = request.query.text("eventType")
    found = [s for s in organization.subscriptions.all() if event_type in {None, s.event_type}]
    return collection([shape(organization, one) for one in found])


def get_subscription(organization: Organization, request: Request) -> Answer:
    """GET hooks/subscriptions/{subscriptionId}."""
    return json_answer(shape(organization, _subscription(organization, request)))


def post_subscription(organization: Organization, request: Request) -> Answer:
    """POST hooks/subscriptions; nothing keeps one from being made twice."""
    wanted = request.read(WantedSubscription)
    _check_permission(organization, request, wanted.publisher_inputs)
    check(organization, wanted)
    subscription = made(organization, wanted, by=request.person)
    organization.subscriptions.put(subscription)
    return json_answer(shape(organization, subscription))


def put_subscription(organization: Organization, request: Request) -> Answer:
    """PUT hooks/subscriptions/{subscriptionId} replaces it whole."""
    before = _subscription(organization, request)
    wanted = request.read(WantedSubscription)
    _check_permission(organization, request, before.publisher_inputs)
    check(organization, wanted)
    after = replaced(organization, before, wanted, by=request.person)
    organization.subscriptions.put(after)
    return json_answer(shape(organization, after))


def delete_subscription(organization: Organization, request: Request) -> Answer:
    """DELETE hooks/subscriptions/{subscriptionId}."""
    found = _subscription(organization, request)
    _check_permission(organization, request, found.publisher_inputs)
    organization.subscriptions.remove(found.id)
    return NO_CONTENT


def query_subscriptions(organization: Organization, request: Request) -> Answer:
    """POST hooks/subscriptionsquery: by type, and by filters of which one must be met."""
    wanted = request.read(_SubscriptionsQuery)
    results = [
        shape(organization, one)
        for one in organization.subscriptions.all()
        if wanted.event_type in {None, one.event_type}
        and wanted.publisher_id in {None, "tfs"}
        and wanted.consumer_id in {None, "webHooks"}
        and _meets_any(one.publisher_inputs, wanted.publisher_input_filters)
        and _meets_any(one.consumer_inputs, wanted.consumer_input_filters)
    ]
    query: Json = {k: v for k, v in msgspec.to_builtins(wanted).items() if v is not None}
    return json_answer(query | {"results": results})


def list_notifications(organization: Organization, request: Request) -> Answer:
    """GET hooks/subscriptions/{subscriptionId}/notifications of the last seven days."""
    subscription = _subscription(organization, request)
    status, result = request.query.text("status"), request.query.text("result")
    found = [
        one
        for one in organization.notifications.of(subscription.id)
        if status in {None, one.status} and result in {None, one.result}
    ]
    most = request.query.number("maxResults", default=len(found))
    return collection([notification_shape(one, details=False) for one in found[:most]])


def get_notification(organization: Organization, request: Request) -> Answer:
    """GET one notification, with what was sent and said."""
    subscription_id = request.values["subscriptionId"].lower()
    number = request.values["notificationId"]
    found = None
    if number.isdecimal():
        found = organization.notifications.find(subscription_id, int(number))
    if found is None:
        message = f"The notification with ID {number} could not be found."
        raise RefusedError(404, "NotificationNotFoundException", message)
    return json_answer(notification_shape(found, details=True))


def query_notifications(organization: Organization, request: Request) -> Answer:
    """POST hooks/notificationsquery: with details, each event's body and answer."""
    wanted = request.read(_NotificationsQuery)
    found = _queried(organization, wanted)
    query: Json = msgspec.to_builtins(wanted)
    query["includeDetails"] = wanted.include_details
    query["results"] = [notification_shape(o, details=wanted.include_details) for o in found]
    query["associatedSubscriptions"] = [
        shape(organization, one)
        for one in organization.subscriptions.all()
        if any(one.id == each.subscription.id for each in found)
    ]
    query["summary"] = _summary(found)
    return json_answer(query)


def post_test_notification(organization: Organization, request: Request) -> Answer:
    """POST hooks/testnotifications sends an event about things that do not exist."""
    test = request.read(_Test)
    wanted = WantedSubscription(
        publisher_id=test.details.publisher_id,
        event_type=test.details.event_type,
        consumer_id=test.details.consumer_id,
        consumer_action_id=test.details.consumer_action_id,
        publisher_inputs=test.details.publisher_inputs,
        consumer_inputs=test.details.consumer_inputs,
    )
    _check_permission(organization, request, wanted.publisher_inputs)
    check(organization, wanted)
    subscription = made(organization, wanted, by=request.person)
    subscription = msgspec.structs.replace(subscription, id=test.subscription_id)
    event = sample_event(organization, wanted.event_type, wanted.publisher_inputs)
    notification = notification_of(organization, event, subscription)
    organization.deliveries.add(notification)
    return json_answer(notification_shape(notification, details=True))


def _subscription(organization: Organization, request: Request) -> Subscription:
    identifier = request.values["subscriptionId"]
    found = organization.subscriptions.find(identifier)
    if found is None:
        raise no_such_subscription(identifier)
    return found


def _check_permission(organization: Organization, request: Request, inputs: dict[str, str]) -> None:
    project_id = inputs.get("projectId", "")
    behaviour = organization.behaviour
    if behaviour.hooks_forbidden or project_id.lower() in behaviour.hooks_forbidden_in:
        raise hooks_forbidden(request.person.name, project_id)


def _meets_any(inputs: dict[str, str], filters: list[_Filter]) -> bool:
    if not filters:
        return True
    return any(all(_meets(inputs, c) for c in group.conditions) for group in filters)


def _meets(inputs: dict[str, str], condition: _Condition) -> bool:
    actual, wanted = inputs.get(condition.input_id, ""), condition.input_value
    if not condition.case_sensitive:
        actual, wanted = actual.lower(), wanted.lower()
    return (actual == wanted) == (condition.operator == "equals")


def _queried(organization: Organization, wanted: _NotificationsQuery) -> list[Notification]:
    ids = {identifier.lower() for identifier in wanted.subscription_ids}
    since, until = (_moment(t) for t in (wanted.min_created_date, wanted.max_created_date))
    counts: dict[str, int] = {}
    found: list[Notification] = []
    for one in organization.notifications.all():
        if (
            (ids and one.subscription.id not in ids)
            or wanted.status not in {None, one.status}
            or wanted.result_type not in {None, one.result}
            or (since is not None and one.created_at.timestamp() < since)
            or (until is not None and one.created_at.timestamp() > until)
        ):
            continue
        counts[one.subscription.id] = counts.get(one.subscription.id, 0) + 1
        most = wanted.max_results_per_subscription
        if most is None or counts[one.subscription.id] <= most:
            found.append(one)
    return found[: wanted.max_results]


def _summary(found: list[Notification]) -> list[Json]:
    counts: dict[str, dict[str, int]] = {}
    for one in found:
        results = counts.setdefault(one.subscription.id, {})
        results[one.result] = results.get(one.result, 0) + 1
    return [
        {
            "subscriptionId": identifier,
            "results": [{"result": r, "notificationCount": n} for r, n in results.items()],
        }
        for identifier, results in counts.items()
    ]


def _moment(text: str | None) -> float | None:
    try:
        return None if text is None else moments.read(text).timestamp()
    except ValueError:
        raise bad_argument(f"The value {text!r} is no date.") from None
