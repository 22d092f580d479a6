from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization import Where
from shared.errors import (
    MalformedAnswerError,
    MissingError,
    SignedOutError,
    UnavailableError,
)
from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.egress import Answer, Sessions
from tests.shared.git_hosts.azure_devops.conftest import (
    NOW,
    PROJECTS,
    Named,
    Scripted,
    good,
    projects,
)

if TYPE_CHECKING:
    from devhost.sample_organization import Clock, SampleOrganization
    from tests.shared.conftest import Serve
    from tests.shared.git_hosts.azure_devops.conftest import Waits


def scripted(clock: Clock, waits: Waits, *given: Answer) -> tuple[Client, Scripted]:
    sessions = Scripted(*given)
    client = Client(
        "https://dev.azure.com/acme/",
        token="secret",
        sessions=sessions,
        clock=clock.now,
        wait=waits,
    )
    return client, sessions


def test_threads_that_share_a_client_get_the_answers_to_their_own_calls(
    client: Client, sample: SampleOrganization
) -> None:
    names = [f"Project {number}" for number in range(20)]
    ids = {name: sample.add_project(name).id for name in names}

    def name_of(project_id: str) -> str:
        return client.get(f"{PROJECTS}/{project_id}", Named, what="project").value.name

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(name_of, ids.values()))

    assert found == names


def test_outage_that_passes_at_once_is_not_noticed(
    client: Client, sample: SampleOrganization, waits: Waits
) -> None:
    sample.faults.outage(times=2)

    assert projects(client) == ["Shop"]
    assert waits.seconds == [1, 2]


def test_outage_that_lasts_is_left_to_whoever_repeats_the_job(
    client: Client, sample: SampleOrganization, waits: Waits
) -> None:
    sample.faults.outage(times=None)

    with pytest.raises(UnavailableError, match="503"):
        projects(client)

    assert len(sample.calls) == 3
    assert waits.seconds == [1, 2]


def test_page_for_browsers_under_200_is_no_empty_list(
    client: Client, sample: SampleOrganization
) -> None:
    sample.faults.html(times=None)

    with pytest.raises(UnavailableError, match="text/html"):
        projects(client)


def test_answer_without_a_body_is_no_empty_list(client: Client, sample: SampleOrganization) -> None:
    sample.faults.empty_body()

    with pytest.raises(MalformedAnswerError):
        projects(client)


def test_answer_that_was_cut_is_no_short_list(client: Client, sample: SampleOrganization) -> None:
    sample.faults.cut_json()

    with pytest.raises(MalformedAnswerError, match="project is no JSON"):
        projects(client)


@pytest.mark.parametrize("sign_in", ["redirect", "page"])
def test_token_that_is_not_accepted_is_signed_out_and_led_nowhere(
    client: Client, sample: SampleOrganization, sign_in: Any
) -> None:
    sample.behaviour.sign_in = sign_in
    sample.revoke_token()

    with pytest.raises(SignedOutError):
        projects(client)

    assert [call.status for call in sample.calls] == [401]


def test_expired_token_is_told_in_the_service_s_words(
    client: Client, sample: SampleOrganization
) -> None:
    sample.expire_token()

    with pytest.raises(SignedOutError, match="has expired"):
        projects(client)


def test_redirect_to_another_host_is_not_followed_and_no_token_leaks(
    serve: Serve, clock: Clock, waits: Waits
) -> None:
    other, heard_by_other = serve(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n"))
    found = f"HTTP/1.1 302 Found\r\nLocation: {other}/_signin\r\nContent-Length: 0\r\n\r\n".encode()
    url, _ = serve(lambda connection: connection.sendall(found))
    client = Client(url, token="secret", sessions=Sessions(), clock=clock.now, wait=waits)

    with pytest.raises(SignedOutError):
        projects(client)

    assert heard_by_other == []


def test_delete_of_what_is_not_there_is_missing(client: Client) -> None:
    with pytest.raises(MissingError, match="service hook"):
        client.delete("/_apis/hooks/subscriptions/none", what="service hook")


@pytest.mark.parametrize(("send", "calls"), [("query", 3), ("create", 1)])
def test_what_creates_something_is_sent_once_and_a_question_again(
    client: Client, sample: SampleOrganization, send: str, calls: int
) -> None:
    sample.faults.outage(times=None)

    with pytest.raises(UnavailableError):
        getattr(client, send)("/_apis/hooks/subscriptions", {}, dict[str, Any], what="hook")

    assert len(sample.calls) == calls


def test_delete_is_answered_without_a_body(client: Client, sample: SampleOrganization) -> None:
    project = sample.organization.project("Shop").id
    hook = {
        "publisherId": "tfs",
        "eventType": "git.push",
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "publisherInputs": {"projectId": project},
        "consumerInputs": {"url": "http://localhost:9/hook"},
    }
    made = client.create("/_apis/hooks/subscriptions", hook, dict[str, Any], what="service hook")

    client.delete(f"/_apis/hooks/subscriptions/{made['id']}", what="service hook")

    assert [call.status for call in sample.calls.to("{subscriptionId}")] == [204]


def test_answer_tells_the_service_s_clock(client: Client, sample: SampleOrganization) -> None:
    sample.clock.advance(timedelta(minutes=3))

    found = client.page(PROJECTS, Named, what="project", params={})

    assert found.at == NOW + timedelta(minutes=3)


def test_every_call_names_its_version_and_asks_not_to_be_redirected(
    clock: Clock, waits: Waits
) -> None:
    client, sessions = scripted(clock, waits, good(b"{}"), good(b"{}"))

    client.get("/_apis/x", dict[str, Any], what="thing", params={"$top": "5"})
    client.query("/_apis/x", {"a": 1}, dict[str, Any], what="thing")

    assert sessions.urls == [
        "GET https://dev.azure.com/acme/_apis/x {'api-version': '7.1', '$top': '5'}",
        "POST https://dev.azure.com/acme/_apis/x {'api-version': '7.1'}",
    ]
    for headers in sessions.headers:
        assert headers["Authorization"] == "Basic OnNlY3JldA=="
        assert headers["X-TFS-FedAuthRedirect"] == "Suppress"
    assert "Content-Type" not in sessions.headers[0]
    assert sessions.headers[1]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("headers", "following"),
    [
        ({}, None),
        ({"x_ms_continuationtoken": ""}, None),
        ({"x_ms_continuationtoken": "100"}, "100"),
    ],
)
def test_page_tells_where_the_next_one_begins(
    clock: Clock, waits: Waits, headers: dict[str, str], following: str | None
) -> None:
    client, _ = scripted(clock, waits, good(b'{"count": 1, "value": [{"name": "a"}]}', **headers))

    found = client.page("/x", Named, what="thing", params={})

    assert (found.value, found.continuation) == ([Named("a")], following)


def test_lone_surrogate_in_one_value_of_a_page_loses_no_other(clock: Clock, waits: Waits) -> None:
    body = rb'{"value": [{"name": "a"}, {"name": "\ud83d"}, {"name": "c"}]}'
    client, _ = scripted(clock, waits, good(body))

    found = client.page("/x", Named, what="thing", params={})

    assert [value.name for value in found.value] == ["a", "?", "c"]


def test_fault_of_one_route_leaves_the_others_as_they_are(
    client: Client, sample: SampleOrganization
) -> None:
    sample.faults.outage(where=Where(route="git/repositories"), times=None)

    assert projects(client) == ["Shop"]
