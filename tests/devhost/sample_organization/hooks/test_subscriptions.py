from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api, Receiver

    Subscribe = Callable[..., dict[str, Any]]


def test_service_adds_inputs_of_its_own_and_hides_the_password(
    api: Api, subscribe: Subscribe
) -> None:
    made = subscribe(branch="main", basicAuthUsername="me", basicAuthPassword="secret")

    read = api.get(f"hooks/subscriptions/{made['id']}")

    assert read == made
    inputs = read["publisherInputs"]
    assert set(inputs) == {
        "projectId",
        "repository",
        "branch",
        "pushedBy",
        "tfsSubscriptionId",
        "hostId",
    }
    assert (inputs["repository"], inputs["branch"]) == ("", "main")
    assert read["consumerInputs"]["basicAuthPassword"] == "********"
    assert read["consumerInputs"]["basicAuthUsername"] == "me"
    assert read["actionDescription"] == "To host localhost"


def test_password_that_comes_back_masked_is_kept(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe
) -> None:
    made = subscribe(basicAuthUsername="me", basicAuthPassword="secret")

    api.call("PUT", f"hooks/subscriptions/{made['id']}", made)
    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()

    assert receiver.headers[0]["Authorization"] == "Basic bWU6c2VjcmV0"


@pytest.mark.parametrize(
    "change",
    [
        {"publisherId": "rm"},
        {"eventType": "git.pushed"},
        {"consumerId": "slack"},
        {"consumerInputs": {}},
        {"consumerInputs": {"url": "ftp://example.com"}},
        {"consumerInputs": {"url": "http://example.com", "basicAuthPassword": "x"}},
        {"consumerInputs": {"url": "https://example.com", "basicAuthPassword": "a b"}},
        {"consumerInputs": {"url": "https://example.com", "basicAuthPassword": "x" * 257}},
        {"consumerInputs": {"url": "https://example.com", "messagesToSend": "some"}},
        {"eventType": "git.repo.created", "publisherInputs": {}},
    ],
)
def test_subscription_that_cannot_work_is_refused(
    api: Api, wanted: Subscribe, change: dict[str, object]
) -> None:
    refused = api.refused("POST", "hooks/subscriptions", wanted() | change)

    assert refused == (400, "SubscriptionInputException")
    assert api.get("hooks/subscriptions")["value"] == []


def test_local_receiver_is_refused_where_the_real_service_would(
    sample: SampleOrganization, api: Api, wanted: Subscribe
) -> None:
    sample.behaviour.refuses_local_hooks = True

    assert api.refused("POST", "hooks/subscriptions", wanted())[0] == 400


def test_right_to_edit_subscriptions_may_be_missing(
    sample: SampleOrganization, api: Api, wanted: Subscribe, subscribe: Subscribe
) -> None:
    made = subscribe()
    sample.behaviour.hooks_forbidden = True
    route = f"hooks/subscriptions/{made['id']}"

    answers = [
        api.call("POST", "hooks/subscriptions", wanted()),
        api.call("PUT", route, wanted()),
        api.call("DELETE", route),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert "Edit subscriptions" in answers[0].json()["message"]
    assert api.get(route)["status"] == "enabled"


def test_subscription_of_a_missing_project_is_refused(api: Api, wanted: Subscribe) -> None:
    body = wanted(projectId="11111111-2222-3333-4444-555555555555")

    assert api.refused("POST", "hooks/subscriptions", body)[0] == 404


def test_subscriptions_are_found_by_type_and_inputs(
    api: Api, receiver: Receiver, subscribe: Subscribe
) -> None:
    push = subscribe(branch="main")["id"]
    created = subscribe("git.pullrequest.created")["id"]

    def found(**query: object) -> list[str]:
        return [one["id"] for one in api.post("hooks/subscriptionsquery", query)["results"]]

    def condition(name: str, value: str, operator: str = "equals") -> list[dict[str, object]]:
        one = {"inputId": name, "inputValue": value, "operator": operator}
        return [{"conditions": [one]}]

    assert found() == [push, created]
    assert found(eventType="git.push") == [push]
    assert found(publisherInputFilters=condition("branch", "MAIN")) == [push]
    assert found(publisherInputFilters=condition("branch", "main", "notEquals")) == [created]
    assert found(consumerInputFilters=condition("url", receiver.url)) == [push, created]
    assert found(consumerInputFilters=condition("url", "http://other")) == []
    assert [one["id"] for one in api.get("hooks/subscriptions", eventType="git.push")["value"]] == [
        push
    ]


def test_deleted_subscription_is_gone(api: Api, subscribe: Subscribe) -> None:
    made = subscribe()

    answer = api.call("DELETE", f"hooks/subscriptions/{made['id']}")

    assert answer.status_code == 204
    assert api.refused("GET", f"hooks/subscriptions/{made['id']}")[0] == 404


def test_test_notification_is_about_things_that_do_not_exist(
    sample: SampleOrganization, api: Api, receiver: Receiver, wanted: Subscribe
) -> None:
    known = sample.repository("web").id
    for event_type in ("git.push", "git.pullrequest.created", "git.repo.created"):
        api.post("hooks/testnotifications", {"details": wanted(event_type)})
    sample.wait_for_deliveries()

    assert len(receiver.bodies) == 3
    for body in receiver.bodies:
        assert body["resource"]["repository"]["id"] != known
        assert body["subscriptionId"] == "00000000-0000-0000-0000-000000000000"
        containers = body["resourceContainers"]
        assert containers["collection"]["id"] == sample.organization.new_id("collection")


def test_missing_notification_is_not_found(api: Api, subscribe: Subscribe) -> None:
    made = subscribe()

    for number in ("1", "x"):
        route = f"hooks/subscriptions/{made['id']}/notifications/{number}"
        assert api.refused("GET", route)[0] == 404


def test_status_may_come_from_elsewhere(
    sample: SampleOrganization, api: Api, receiver: Receiver, subscribe: Subscribe
) -> None:
    made = subscribe()

    sample.set_subscription_status(made["id"], "disabledByInactiveIdentity")
    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()

    assert api.get(f"hooks/subscriptions/{made['id']}")["status"] == "disabledByInactiveIdentity"
    assert receiver.bodies == []


def test_right_to_edit_subscriptions_may_be_missing_in_one_project(
    sample: SampleOrganization, api: Api, wanted: Subscribe
) -> None:
    other = sample.add_project("Other").id
    sample.forbid_hooks("Shop")

    assert api.refused("POST", "hooks/subscriptions", wanted())[0] == 403
    assert api.post("hooks/subscriptions", wanted(projectId=other))["status"] == "enabled"


def test_subscription_that_is_replaced_is_enabled_and_has_no_filter_left(
    sample: SampleOrganization, api: Api, wanted: Subscribe, subscribe: Subscribe
) -> None:
    made = subscribe(branch="main")
    sample.set_subscription_status(made["id"], "disabledBySystem")

    answer = api.call("PUT", f"hooks/subscriptions/{made['id']}", wanted()).json()

    assert (answer["id"], answer["status"]) == (made["id"], "enabled")
    assert answer["publisherInputs"]["branch"] == ""


def test_subscription_of_somebody_who_lost_access_stays_disabled(
    sample: SampleOrganization, api: Api, wanted: Subscribe, subscribe: Subscribe
) -> None:
    made = subscribe()
    sample.retire()

    answer = api.call("PUT", f"hooks/subscriptions/{made['id']}", wanted()).json()

    assert answer["status"] == "disabledByInactiveIdentity"
