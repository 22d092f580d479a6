from __future__ import annotations

from typing import TYPE_CHECKING

from devhost.sample_organization import Clock, SampleOrganization, tell_stories
from tests.devhost.sample_organization.conftest import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.devhost.sample_organization.conftest import Api


def test_there_is_a_repository_of_every_kind(stories: Api) -> None:
    found = {one["name"]: one for one in stories.get("git/repositories")["value"]}

    assert set(found) == {"shop", "shop-mobile", "payment types", "empty", "retired"}
    assert "defaultBranch" not in found["empty"]
    assert found["retired"]["isDisabled"] is True
    assert found["shop-mobile"]["isFork"] is True
    assert found["payment types"]["defaultBranch"] == "refs/heads/master"
    assert stories.get("git/repositories", project="Legacy")["value"] == []


def test_there_is_a_pull_request_in_every_state(stories: Api) -> None:
    found = stories.get("git/pullrequests", searchCriteria__status="all")["value"]

    states = {(one["status"], one["isDraft"], one["mergeStatus"]) for one in found}
    assert states == {
        ("active", False, "succeeded"),
        ("active", True, "succeeded"),
        ("active", False, "conflicts"),
        ("completed", False, "succeeded"),
        ("abandoned", False, "succeeded"),
    }
    assert any("forkSource" in one for one in found)


def test_key_stands_in_every_place_where_teams_write_them(stories: Api) -> None:
    shop = f"git/repositories/{stories.sample.repository('shop').id}"
    listed = stories.get(f"{shop}/commits", top=1000)["value"]
    full = [stories.get(f"{shop}/commits/{c['commitId']}")["comment"] for c in listed]
    branches = [ref["name"] for ref in stories.get(f"{shop}/refs", filter="heads/")["value"]]
    pulls = stories.get(f"{shop}/pullrequests", searchCriteria__status="all")["value"]
    late = [stories.get(f"git/pullrequests/{p['pullRequestId']}") for p in pulls]

    body_only = zip(listed, full, strict=True)
    assert any("PAY-9" in c["comment"] for c in listed) is False
    assert any("PAY-9" in text and "PAY-9" not in c["comment"] for c, text in body_only)
    assert any("PAY-21" in name for name in branches)
    assert any("PAY-104" in one["title"] for one in pulls)
    assert any("PAY-110" in one["sourceRefName"] for one in pulls)
    assert not any("PAY-111" in one.get("description", "") for one in pulls)
    assert any("PAY-111" in one.get("description", "") for one in late)
    assert any(
        text.startswith("Merged PR 2: ") and "Related work items: #4" in text for text in full
    )
    assert any(len(text) > 18_000 for text in full)
    assert any("\u2028" in text for text in full)


def test_tag_names_an_issue_and_work_items_are_attached_to_each_kind_of_thing(
    stories: Api,
) -> None:
    shop = f"git/repositories/{stories.sample.repository('shop').id}"
    tags = [ref["name"] for ref in stories.get(f"{shop}/refs", filter="tags/")["value"]]
    found = [stories.get(f"wit/workitems/{n}", **{"$expand": "relations"}) for n in (2, 4)]
    attached = {
        relation["attributes"].get("name") for item in found for relation in item["relations"]
    }

    assert "refs/tags/PAY-28-end-of-sale" in tags
    assert attached >= {"Branch", "Fixed in Commit", "Pull Request"}


def test_same_story_has_the_same_ids_and_commits(told: SampleOrganization, tmp_path: Path) -> None:
    with SampleOrganization(tmp_path, clock=Clock(NOW, running=False)) as again:
        tell_stories(again)

    assert again.clock.now() == NOW
    assert set(again.organization.repositories) == set(told.organization.repositories)
    assert again.head("shop", "main") == told.head("shop", "main")


def test_nobody_in_the_stories_is_a_person(told: SampleOrganization) -> None:
    people = told.organization.people.values()

    assert all(person.email.endswith("@example.com") for person in people)
    assert all(
        person.name.rsplit(" ", 1)[-1]
        in {"developer", "engineer", "lead", "owner", "manager", "account", "administrator"}
        for person in people
    )
