from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import Clock, SampleOrganization
    from tests.devhost.sample_organization.conftest import Api, Receiver

    Subscribe = Callable[..., dict[str, Any]]


def status(api: Api, subscription: dict[str, Any]) -> str:
    return str(api.get(f"hooks/subscriptions/{subscription['id']}")["status"])


def test_push_is_delivered_with_credentials_and_headers(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscribe(basicAuthUsername="me", basicAuthPassword="secret", httpHeaders="X-One:1\nX-Two: 2")

    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()

    [headers] = receiver.headers
    assert headers["Authorization"] == "Basic bWU6c2VjcmV0"
    assert (headers["X-One"], headers["X-Two"]) == ("1", "2")
    assert headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("code", [408, 502, 503, 504])
def test_transient_failure_is_tried_again_within_minutes(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe, code: int
) -> None:
    subscription = subscribe()
    receiver.answers = [code, code, 200]

    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()
    at_once = len(receiver.bodies)
    sample.let_time_pass(timedelta(seconds=3))

    assert (at_once, len(receiver.bodies)) == (1, 3)
    assert receiver.bodies[0] == receiver.bodies[2]
    assert status(api, subscription) == "enabled"


def test_receiver_that_stays_away_puts_the_subscription_on_probation(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe, clock: Clock
) -> None:
    subscription = subscribe()
    receiver.always = 503

    sample.push("web", "main", "PAY-1")
    sample.let_time_pass(timedelta(seconds=182))
    before = status(api, subscription)
    sample.let_time_pass(timedelta(seconds=1))

    assert len(receiver.bodies) == 9
    assert (before, status(api, subscription)) == ("enabled", "onProbation")


def test_nobody_listening_is_a_transient_failure(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    receiver.close()

    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()

    [notification] = api.get(f"hooks/subscriptions/{subscription['id']}/notifications")["value"]
    assert (notification["status"], notification["result"]) == ("queued", "pending")
    assert status(api, subscription) == "enabled"


def test_enduring_failure_loses_events_until_a_later_one_is_taken(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    receiver.answers = [401]

    sample.push("web", "main", "PAY-1 refused")
    sample.wait_for_deliveries()
    on_probation = status(api, subscription)
    sample.push("web", "main", "PAY-2 lost")
    sample.let_time_pass(timedelta(minutes=20))
    sample.push("web", "main", "PAY-3 taken")
    sample.wait_for_deliveries()
    sample.push("web", "main", "PAY-4 as ever")
    sample.wait_for_deliveries()

    told = [body["resource"]["commits"][0]["comment"] for body in receiver.bodies]
    assert told == ["PAY-1 refused", "PAY-3 taken", "PAY-4 as ever"]
    assert (on_probation, status(api, subscription)) == ("onProbation", "enabled")


def test_a_day_and_a_half_of_failures_disables_and_a_put_repairs(
    sample: SampleOrganization,
    api: Api,
    receiver: Receiver,
    wanted: Subscribe,
    subscribe: Subscribe,
) -> None:
    subscription = subscribe()
    receiver.always = 500

    statuses = []
    for hours in (0, 1, 1, 2, 3, 6, 11, 16):
        sample.let_time_pass(timedelta(hours=hours))
        sample.push("web", "main", f"PAY-{hours}")
        sample.wait_for_deliveries()
        statuses.append(status(api, subscription))
    read = api.get(f"hooks/subscriptions/{subscription['id']}")
    receiver.always = 200
    body = wanted() | {"status": "enabled"}
    repaired = api.call("PUT", f"hooks/subscriptions/{subscription['id']}", body).json()
    sample.push("web", "main", "PAY-9")
    sample.wait_for_deliveries()

    assert statuses == ["onProbation"] * 7 + ["disabledBySystem"]
    assert read["probationRetries"] == 7
    assert "lastProbationRetryDate" in read
    assert (repaired["status"], len(receiver.bodies)) == ("enabled", 9)


def test_gone_disables_at_once(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    receiver.answers = [410]

    sample.push("web", "main", "PAY-1")
    sample.push("web", "main", "PAY-2")
    sample.wait_for_deliveries()

    assert status(api, subscription) == "disabledBySystem"


def test_history_keeps_what_was_sent_and_said_for_seven_days(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscribe(basicAuthPassword="secret")
    receiver.answers = [500]
    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()
    query = {"resultType": "failed", "includeDetails": True}

    [found] = api.post("hooks/notificationsquery", query)["results"]
    sample.let_time_pass(timedelta(days=8))
    later = api.post("hooks/notificationsquery", query)["results"]

    details = found["details"]
    assert details["event"]["resource"]["commits"][0]["comment"] == "PAY-1"
    assert details["event"]["id"] == receiver.bodies[0]["id"] == found["eventId"]
    assert "Status Code: 500" in details["response"]
    assert details["errorMessage"].endswith("(500)")
    assert "secret" not in str(found)
    assert "c2VjcmV0" not in str(found)
    assert later == []


def test_query_is_narrowed_by_subscription_time_and_number(
    sample: SampleOrganization, api: Api, subscribe: Subscribe, clock: Clock
) -> None:
    first, second = subscribe(), subscribe()
    for number in range(3):
        sample.push("web", "main", f"PAY-{number}")
        clock.advance(timedelta(hours=1))
    sample.wait_for_deliveries()
    since = (clock.now() - timedelta(hours=1)).isoformat()

    def count(**query: object) -> int:
        return len(api.post("hooks/notificationsquery", query)["results"])

    assert count() == 6
    assert count(subscriptionIds=[first["id"]]) == 3
    assert count(minCreatedDate=since) == 2
    assert count(maxResultsPerSubscription=2) == 4
    assert count(maxResults=5) == 5
    assert count(resultType="failed") == 0
    summary = api.post("hooks/notificationsquery", {"subscriptionIds": [second["id"]]})["summary"]
    assert summary[0]["results"] == [{"result": "succeeded", "notificationCount": 3}]


def test_deleted_subscription_is_not_tried_again(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    receiver.always = 503
    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()

    sample.delete_subscription(subscription["id"])
    sample.let_time_pass(timedelta(hours=1))

    assert len(receiver.bodies) == 1
    refused = api.refused("GET", f"hooks/subscriptions/{subscription['id']}")
    assert refused == (404, "SubscriptionNotFoundException")


def test_silent_hooks_lose_everything(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    sample.behaviour.hooks_silent = True

    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()

    assert receiver.bodies == []
    route = f"hooks/subscriptions/{subscription['id']}/notifications"
    assert api.get(route)["value"] == []


def test_identical_subscriptions_each_deliver_the_same_event(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    made = [subscribe(), subscribe()]

    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()

    assert {body["subscriptionId"] for body in receiver.bodies} == {one["id"] for one in made}
    assert len({body["id"] for body in receiver.bodies}) == 1


def test_waiting_for_ever_is_an_error(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscribe()
    sample.organization.deliveries.stop()

    sample.push("web", "main", "PAY-1")

    with pytest.raises(TimeoutError):
        sample.wait_for_deliveries(seconds=0.01)
    assert receiver.bodies == []
