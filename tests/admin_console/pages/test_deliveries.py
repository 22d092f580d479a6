"""The ledger in the console."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from shared.hooks.receiving import receive
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def integration_id(installation: Installation, sample: SampleOrganization) -> str:
    found = installation.connect(sample)
    installation.work()
    return found


@pytest.fixture
def path(integration_id: str) -> str:
    return f"/integrations/{integration_id}/deliveries"


@pytest.fixture
def visitor(installation: Installation) -> Visitor:
    return Visitor(installation.services, role="operator")


def take_in(
    installation: Installation, integration_id: str, event_type: str, body: str = ""
) -> None:
    """Take in an event of now, or any body."""
    event = {
        "id": f"event-{installation.clock.now():%H%M%S%f}",
        "eventType": event_type,
        "createdDate": f"{installation.clock.now():%Y-%m-%dT%H:%M:%SZ}",
    }
    receive(
        installation.services,
        installation.integration(integration_id).webhook_id,
        authorization=installation.hook_credentials(integration_id),
        body=body.encode() or msgspec.json.encode(event),
    )
    installation.clock.advance(timedelta(seconds=1))


def test_an_empty_ledger_says_what_should_arrive(visitor: Visitor, path: str) -> None:
    assert "Nothing arrived yet" in visitor.get(path).text


def test_deliveries_say_what_became_of_them(
    installation: Installation, visitor: Visitor, integration_id: str, path: str
) -> None:
    take_in(installation, integration_id, "build.complete")
    take_in(installation, integration_id, "<script>alert(1)</script>")
    take_in(installation, integration_id, "", body="no JSON at all")
    waiting = visitor.get(path)

    installation.work()
    seen = visitor.get(path)

    assert "waits to be processed" in waiting.text
    assert "had no effect" in seen.text
    assert "could not be read" in seen.text
    assert "<script>alert" not in seen.html


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 3), ("?state=unreadable&event_type=", 1), ("?state=&event_type=build.complete", 2),
     ("?state=failed", 0)],
)  # fmt: skip
def test_the_ledger_is_filtered(
    installation: Installation,
    visitor: Visitor,
    integration_id: str,
    path: str,
    query: str,
    count: int,
) -> None:
    take_in(installation, integration_id, "build.complete")
    take_in(installation, integration_id, "build.complete")
    take_in(installation, integration_id, "", body="no JSON at all")
    installation.work()

    seen = visitor.get(path + query)

    assert seen.html.count('<th scope="row">') == count
    assert ("Nothing like that arrived" in seen.text) is (count == 0)


def test_pages_keep_the_filter(
    installation: Installation, visitor: Visitor, integration_id: str, path: str
) -> None:
    for _ in range(3):
        take_in(installation, integration_id, "build.complete")
    installation.work()

    first = visitor.get(f"{path}?event_type=build.complete&limit=2")
    link = first.html.split('class="pager"')[1].split('href="')[1].split('"')[0]
    second = visitor.get(link.replace("&amp;", "&").removeprefix("/api/console"))

    assert "event_type=build.complete" in link
    assert (first.html.count('<th scope="row">'), second.html.count('<th scope="row">')) == (2, 1)


def test_a_delivery_is_processed_again(
    installation: Installation, visitor: Visitor, integration_id: str, path: str
) -> None:
    take_in(installation, integration_id, "build.complete")
    installation.work()
    action = visitor.get(path).html.split(f'action="/api/console{path}/')[3].split('"')[0]

    seen = visitor.post(f"{path}/{action}")

    assert seen.location == f"/api/console{path}?done=replayed"
    assert [job.reason for job in installation.waiting()] == ["hook"]
    assert "waits to be processed" in visitor.follow(seen).text


def test_an_unknown_delivery_is_not_found(visitor: Visitor, path: str) -> None:
    assert visitor.post(f"{path}/0001.nothing/replay").status in {400, 404}


@pytest.mark.parametrize(
    ("action", "done", "audited"),
    [("replay", "replayed", "deliveries_replayed"), ("refill", "refilled", "deliveries_refilled")],
)
def test_all_that_failed_or_was_lost_is_asked_for(
    installation: Installation,
    visitor: Visitor,
    path: str,
    action: str,
    done: str,
    audited: str,
) -> None:
    seen = visitor.post(f"{path}/{action}")

    assert seen.location == f"/api/console{path}?done={done}"
    assert [job.reason for job in installation.waiting()] == [action]
    assert audited in {e["action"] for e in installation.call("GET", "audit").json["entries"]}


@pytest.mark.parametrize(("days", "asked"), [("1", 1), ("3", 3), ("", None), ("x", None)])
def test_lost_deliveries_of_some_days_are_fetched(
    installation: Installation, visitor: Visitor, path: str, days: str, asked: int | None
) -> None:
    visitor.post(f"{path}/refill", {"days": days})

    since = installation.waiting()[0].since
    assert since == (asked and installation.clock.now() - timedelta(days=asked))


def test_nothing_is_fetched_where_the_git_host_is_never_called(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    made = installation.connect(sample, hooks_only=True, connection={"kind": "none"})

    page = visitor.get(f"/integrations/{made}/deliveries")
    refused = visitor.post(f"/integrations/{made}/deliveries/refill")

    assert "Fetch what was not delivered" not in page.text
    assert refused.status == 409
