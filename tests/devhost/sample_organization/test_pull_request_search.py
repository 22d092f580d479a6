from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import Clock, SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


@pytest.fixture(autouse=True)
def pushed(sample: SampleOrganization) -> None:
    sample.push("web", "main", "PAY-1", files={"a.txt": b"one\n"})


def opened(sample: SampleOrganization, branch: str = "topic", title: str = "PAY-2") -> int:
    sample.push("web", branch, f"{title} work")
    return sample.open_pull_request("web", branch, title)


def numbers(answer: dict[str, Any]) -> list[int]:
    return [one["pullRequestId"] for one in answer["value"]]


def test_description_is_cut_at_400_characters_in_lists_only(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "topic", "PAY-2")
    description = "x" * 400 + " PAY-99"
    sample.open_pull_request("web", "topic", "Topic", description=description)

    listed = api.get(f"{web}/pullrequests")["value"][0]
    by_project = api.get("git/pullrequests", project="Shop")["value"][0]
    single = api.get("git/pullrequests/1")

    assert listed["description"] == by_project["description"] == "x" * 400
    assert single["description"] == description


def test_active_ones_are_listed_unless_another_status_is_asked_for(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    active, done, dropped = (opened(sample, f"topic-{n}", f"PAY-{n}") for n in range(3))
    sample.complete(done)
    sample.abandon(dropped)

    def listed(status: str | None) -> list[int]:
        query = {"searchCriteria.status": status} if status else {}
        return numbers(api.get(f"{web}/pullrequests", **query))

    assert listed(None) == [active]
    assert listed("completed") == [done]
    assert listed("abandoned") == [dropped]
    assert listed("all") == [dropped, done, active]
    assert api.refused("GET", f"{web}/pullrequests", searchCriteria__status="open")[0] == 400


def test_page_is_101_by_default_and_1000_at_most(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.create_branch("web", "topic")
    first = sample.open_pull_request("web", "topic", "PAY-0")
    one = sample.pull_request(first)
    for number in range(2, 1103):
        # Opening so many for real would take a while; what is listed is the same.
        sample.organization.pull_requests[number] = msgspec.structs.replace(one, id=number)

    page = api.get(f"{web}/pullrequests")
    largest = api.get(f"{web}/pullrequests", top=2000)
    rest = api.get(f"{web}/pullrequests", top=1000, skip=1000)

    assert (page["count"], largest["count"], rest["count"]) == (101, 1000, 102)
    assert numbers(page)[0] == 1102


def test_lists_are_narrowed_by_branch_person_and_time(
    sample: SampleOrganization, api: Api, web: str, clock: Clock
) -> None:
    first = opened(sample, "topic-1", "PAY-1")
    clock.advance(timedelta(days=2))
    second = opened(sample, "topic-2", "PAY-2")
    sample.vote(second, 10, by="Team lead")
    since = clock.now().isoformat()
    clock.advance(timedelta(days=2))
    sample.complete(first)

    def listed(**query: str) -> list[int]:
        search = {f"searchCriteria.{name}": value for name, value in query.items()}
        return numbers(
            api.get(f"{web}/pullrequests", **({"searchCriteria.status": "all"} | search))
        )

    assert listed(sourceRefName="refs/heads/topic-1") == [first]
    assert listed(targetRefName="refs/heads/other") == []
    assert listed(reviewerId=sample.person("Team lead").id) == [second]
    assert listed(creatorId=sample.person("Backend developer").id) == [second, first]
    assert listed(minTime=since) == [second]
    assert listed(maxTime="2026-11-21T23:00:00Z") == [first]
    assert listed(minTime=since, queryTimeRangeType="closed") == [first]


def test_ones_of_a_disabled_repository_are_not_listed(sample: SampleOrganization, api: Api) -> None:
    opened(sample)

    sample.disable_repository("web")

    assert api.get("git/pullrequests", project="Shop")["value"] == []
