from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization.model import ZERO

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


def names(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [ref["name"].removeprefix("refs/heads/") for ref in answer["value"]]


def update(name: str, old: str, new: str) -> dict[str, str]:
    return {"name": name, "oldObjectId": old, "newObjectId": new}


def test_all_refs_come_at_once_unless_a_page_is_asked_for(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    for number in range(5):
        sample.create_branch("web", f"topic/{number}")

    everything = api.call("GET", f"{web}/refs", filter="heads/")
    first = api.call("GET", f"{web}/refs", filter="heads/", top=4)
    token = first.headers["x-ms-continuationtoken"]
    second = api.call("GET", f"{web}/refs", filter="heads/", top=4, continuationToken=token)

    assert names(everything.json()) == names(first.json()) + names(second.json())
    assert "x-ms-continuationtoken" not in everything.headers
    assert "x-ms-continuationtoken" not in second.headers


def test_page_of_more_than_a_thousand_refs_is_refused(api: Api, web: str) -> None:
    assert api.refused("GET", f"{web}/refs", top=1001)[0] == 400


def test_filters_are_by_beginning_and_by_part(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    sample.create_branch("web", "feature/PAY-7-x")
    sample.create_branch("web", "bugfix/pay-7")

    assert names(api.get(f"{web}/refs", filter="heads/feature/")) == ["feature/PAY-7-x"]
    found = names(api.get(f"{web}/refs", filter="heads/", filterContains="PAY-7"))
    assert found == ["bugfix/pay-7", "feature/PAY-7-x"]


def test_merge_of_a_pull_request_is_among_the_refs_that_are_not_filtered(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    sample.push("web", "topic", "PAY-2")
    number = sample.open_pull_request("web", "topic", "PAY-2")

    assert f"refs/pull/{number}/merge" in names(api.get(f"{web}/refs"))
    assert names(api.get(f"{web}/refs", filter="heads/")) == ["main", "topic"]


def test_annotated_tag_is_peeled_on_request(sample: SampleOrganization, api: Api, web: str) -> None:
    sha = sample.push("web", "main", "PAY-1")
    tag = sample.tag("web", "v1", at=sha, message="PAY-2 Released")
    sample.tag("web", "v2", at=sha)

    plain = api.get(f"{web}/refs", filter="tags/")["value"]
    peeled = api.get(f"{web}/refs", filter="tags/", peelTags="true")["value"]

    assert [ref["objectId"] for ref in plain] == [tag, sha]
    assert "peeledObjectId" not in plain[0]
    assert peeled[0]["peeledObjectId"] == sha
    assert "peeledObjectId" not in peeled[1]
    assert api.get(f"{web}/annotatedtags/{tag}")["message"] == "PAY-2 Released\n"


def test_branch_is_made_moved_and_deleted(sample: SampleOrganization, api: Api, web: str) -> None:
    first = sample.push("web", "main", "PAY-1")
    second = sample.push("web", "main", "PAY-2")
    name = "refs/heads/topic"

    results = [
        api.post(f"{web}/refs", [update(name, old, new)])["value"][0]
        for old, new in ((ZERO, first), (first, second), (second, ZERO))
    ]

    assert [r["updateStatus"] for r in results] == ["succeeded"] * 3
    assert names(api.get(f"{web}/refs")) == ["main"]
    assert len(sample.organization.journal.of(sample.repository("web").id)) == 5


@pytest.mark.parametrize(
    ("name", "old", "new", "status"),
    [
        ("refs/heads/main", ZERO, "{sha}", "staleOldObjectId"),
        ("refs/heads/topic", "{sha}", "{sha}", "staleOldObjectId"),
        ("refs/heads/a..b", ZERO, "{sha}", "invalidRefName"),
        ("refs/heads/ends.lock", ZERO, "{sha}", "invalidRefName"),
        ("topic", ZERO, "{sha}", "invalidRefName"),
        ("refs/pull/1/merge", ZERO, "{sha}", "invalidRefName"),
        ("refs/heads/topic", ZERO, "1" * 40, "unresolvableToCommit"),
        ("refs/heads/topic", ZERO, "nonsense", "unresolvableToCommit"),
        ("refs/heads/main/sub", ZERO, "{sha}", "refNameConflict"),
    ],
)
def test_refused_update_is_answered_200_and_says_why(
    sample: SampleOrganization,
    api: Api,
    web: str,
    name: str,
    old: str,
    new: str,
    status: str,
) -> None:
    sha = sample.push("web", "main", "PAY-1")
    pushes = len(sample.organization.journal.of(sample.repository("web").id))

    body = [update(name, old.format(sha=sha), new.format(sha=sha))]
    result = api.post(f"{web}/refs", body)["value"][0]

    assert (result["success"], result["updateStatus"]) == (False, status)
    assert len(sample.organization.journal.of(sample.repository("web").id)) == pushes


def test_good_updates_are_made_beside_bad_ones(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sha = sample.push("web", "main", "PAY-1")
    body = [
        update("refs/heads/a", ZERO, sha),
        update("refs/heads/a/b", ZERO, sha),
        update("refs/heads/c", ZERO, sha),
    ]

    results = api.post(f"{web}/refs", body)["value"]

    assert [r["updateStatus"] for r in results] == ["succeeded", "refNameConflict", "succeeded"]
    assert names(api.get(f"{web}/refs")) == ["a", "c", "main"]


def test_permission_policy_and_lock_refuse_in_their_own_words(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sha = sample.push("web", "main", "PAY-1")
    new = sample.commit("web", [sha], "PAY-2")
    body = [update("refs/heads/main", sha, new)]
    repository = sample.repository("web")

    def status() -> str:
        return str(api.post(f"{web}/refs", body)["value"][0]["updateStatus"])

    sample.behaviour.ref_update_refusal = "createBranchPermissionRequired"
    forbidden = status()
    sample.behaviour.ref_update_refusal = None
    sample.behaviour.protected.add((repository.id, "refs/heads/main"))
    by_policy = status()
    sample.behaviour.protected.clear()
    api.patch(f"{web}/refs", {"isLocked": True}, filter="heads/main")
    locked = status()
    api.patch(f"{web}/refs", {"isLocked": False}, filter="heads/main")

    found = [forbidden, by_policy, locked, status()]
    assert found == ["createBranchPermissionRequired", "rejectedByPolicy", "locked", "succeeded"]


def test_what_is_not_there_is_refused(sample: SampleOrganization, api: Api, web: str) -> None:
    sha = sample.push("web", "main", "PAY-1")

    locked = api.refused("PATCH", f"{web}/refs", {"isLocked": True}, filter="heads/gone")

    assert locked == (404, "GitRefNotFoundException")
    assert api.refused("GET", f"{web}/annotatedtags/{sha}")[0] == 404
    assert api.refused("GET", f"{web}/refs", continuationToken="\u00fc")[0] == 400
