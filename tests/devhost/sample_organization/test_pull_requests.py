from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


@pytest.fixture(autouse=True)
def pushed(sample: SampleOrganization) -> None:
    sample.push("web", "main", "PAY-1", files={"a.txt": b"one\n"})


def opened(sample: SampleOrganization, branch: str = "topic", title: str = "PAY-2") -> int:
    sample.push("web", branch, f"{title} work")
    return sample.open_pull_request("web", branch, title)


def numbers(answer: dict[str, Any]) -> list[int]:
    return [one["pullRequestId"] for one in answer["value"]]


def wanted(source: str = "topic", target: str = "main", **more: object) -> dict[str, object]:
    return {
        "sourceRefName": f"refs/heads/{source}",
        "targetRefName": f"refs/heads/{target}",
        "title": "PAY-2",
        **more,
    }


def test_new_one_is_201_with_a_queued_merge_that_is_done_when_read_again(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "topic", "PAY-2")

    answer = api.call("POST", f"{web}/pullrequests", wanted())
    read = api.get("git/pullrequests/1")

    assert (answer.status_code, answer.json()["mergeStatus"]) == (201, "queued")
    assert "lastMergeCommit" not in answer.json()
    assert read["mergeStatus"] == "succeeded"
    assert read["lastMergeCommit"]["comment"] == "Merge pull request 1 from topic into main"


def test_second_active_one_of_the_same_branches_is_refused(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    first = opened(sample)

    answer = api.call("POST", f"{web}/pullrequests", wanted())
    sample.abandon(first)
    again = api.call("POST", f"{web}/pullrequests", wanted())

    assert (answer.status_code, answer.json()["typeKey"]) == (409, "GitPullRequestExistsException")
    assert answer.json()["message"].startswith("TF401179")
    assert again.status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (wanted(source="gone"), "TF401398"),
        (wanted(target="gone"), "TF401398"),
        (wanted(description="x" * 4001), "TF401173"),
        (wanted(title=""), ""),
        (wanted(workItemRefs=[{"id": "one"}]), ""),
        (wanted(reviewers=[{"id": "nobody"}]), "TF401185"),
        ({"title": "PAY-2"}, ""),
    ],
)
def test_one_that_cannot_be_is_refused(
    sample: SampleOrganization, api: Api, web: str, body: dict[str, object], code: str
) -> None:
    sample.push("web", "topic", "PAY-2")

    answer = api.call("POST", f"{web}/pullrequests", body)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(code)
    assert sample.organization.pull_requests == {}


def test_texts_are_edited_and_raise_nothing_unless_so_chosen(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    number = opened(sample)

    edited = api.patch(f"{web}/pullrequests/{number}", {"title": "PAY-3", "description": "New"})

    assert (edited["title"], edited["description"]) == ("PAY-3", "New")


def test_closed_one_is_not_edited(sample: SampleOrganization, api: Api, web: str) -> None:
    number = opened(sample)
    sample.complete(number)

    refused = api.refused("PATCH", f"{web}/pullrequests/{number}", {"title": "PAY-3"})

    assert refused == (400, "GitPullRequestNotEditableException")


def test_draft_is_published_before_it_is_completed(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "topic", "PAY-2")
    api.post(f"{web}/pullrequests", wanted(isDraft=True))
    route = f"{web}/pullrequests/1"

    refused = api.refused("PATCH", route, {"status": "completed"})
    published = api.patch(route, {"isDraft": False})
    completed = api.patch(route, {"status": "completed"})

    assert refused[0] == 400
    assert (published["isDraft"], completed["status"]) == (False, "completed")


def test_completion_from_an_old_head_is_refused(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    number = opened(sample)
    old = sample.pull_request(number).source_commit
    sample.push("web", "topic", "PAY-2 more")
    body = {"status": "completed", "lastMergeSourceCommit": {"commitId": old}}

    refused = api.refused("PATCH", f"{web}/pullrequests/{number}", body)

    assert refused == (409, "GitPullRequestStaleException")


def test_abandoned_one_is_opened_again(sample: SampleOrganization, api: Api, web: str) -> None:
    number = opened(sample)
    route = f"{web}/pullrequests/{number}"

    abandoned = api.patch(route, {"status": "abandoned"})
    active = api.patch(route, {"status": "active"})

    assert abandoned["closedDate"] == "2026-11-21T09:00:00Z"
    assert active["status"] == "active"
    assert "closedDate" not in active


def test_commits_stay_after_the_branch_is_gone(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "topic", "PAY-2\n\nbody", "PAY-3")
    number = sample.open_pull_request("web", "topic", "Topic")
    sample.complete(number, strategy="squash", delete_source_branch=True)
    route = f"{web}/pullrequests/{number}/commits"

    first = api.call("GET", route, top=1)
    token = first.headers["x-ms-continuationtoken"]
    second = api.call("GET", route, top=1, continuationToken=token)

    pages = [answer.json()["value"] for answer in (first, second)]
    assert [[c["comment"] for c in page] for page in pages] == [["PAY-3"], ["PAY-2"]]
    assert pages[1][0]["commentTruncated"] is True
    assert "x-ms-continuationtoken" not in second.headers


def test_pull_request_follows_its_branches(sample: SampleOrganization, api: Api, web: str) -> None:
    number = opened(sample)

    source = sample.push("web", "topic", "PAY-2 more")
    target = sample.push("web", "main", "PAY-9")

    one = api.get(f"{web}/pullrequests/{number}")
    assert one["lastMergeSourceCommit"]["commitId"] == source
    assert one["lastMergeTargetCommit"]["commitId"] == target


def test_one_from_a_fork_names_it_and_is_merged(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    fork = sample.fork_repository("web", "Shop", "fork")
    sample.push("fork", "topic", "PAY-2 from outside")
    body = wanted(forkSource={"repository": {"id": fork.id}})

    api.post(f"{web}/pullrequests", body)
    later = sample.push("fork", "topic", "PAY-3 more from outside")
    read = api.get(f"{web}/pullrequests/1")
    completed = api.patch(f"{web}/pullrequests/1", {"status": "completed"})

    assert read["forkSource"]["repository"]["id"] == fork.id
    assert read["lastMergeSourceCommit"]["commitId"] == later
    assert completed["status"] == "completed"
    found = api.get(f"{web}/commits")["value"]
    assert {"PAY-2 from outside", "PAY-3 more from outside"} <= {c["comment"] for c in found}


def test_pull_requests_of_a_commit_are_found(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    number = opened(sample)
    source = sample.head("web", "topic")
    merged = sample.complete(number).merge_commit
    queries = [
        {"type": "commit", "items": [source, "0" * 40]},
        {"type": "lastMergeCommit", "items": [source, merged]},
    ]

    found = api.post(f"{web}/pullrequestquery", {"queries": queries})

    by_commit, by_merge = found["results"]
    assert {sha: numbers({"value": ones}) for sha, ones in by_commit.items()} == {source: [number]}
    assert set(by_merge) == {merged}


def test_work_items_are_linked_and_found_by_their_artifact(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "topic", "PAY-2")
    made = api.post(f"{web}/pullrequests", wanted(workItemRefs=[{"id": "12"}]))
    uri = made["artifactId"]

    linked = api.get(f"{web}/pullrequests/1/workitems")["value"]
    found = api.post("wit/artifacturiquery", {"artifactUris": [uri]})

    assert [ref["id"] for ref in linked] == ["12"]
    assert [ref["id"] for ref in found["artifactUrisQueryResult"][uri]] == [12]


def test_missing_one_is_told_by_its_code(sample: SampleOrganization, api: Api, web: str) -> None:
    number = opened(sample)
    sample.create_repository("Shop", "other")
    other = f"git/repositories/{sample.repository('other').id}"

    for route in ("git/pullrequests/99", "git/pullrequests/x", f"{other}/pullrequests/{number}"):
        assert api.refused("GET", route) == (404, "GitPullRequestNotFoundException")


def test_target_may_be_changed_to_a_branch_that_is_there(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    number = opened(sample)
    head = sample.create_branch("web", "release")
    route = f"{web}/pullrequests/{number}"

    changed = api.patch(route, {"targetRefName": "refs/heads/release"})

    assert changed["targetRefName"] == "refs/heads/release"
    assert changed["lastMergeTargetCommit"]["commitId"] == head
    assert api.refused("PATCH", route, {"targetRefName": "refs/heads/gone"})[0] == 400


def test_only_an_open_one_is_abandoned_and_only_an_abandoned_one_reopened(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    number = opened(sample)
    route = f"{web}/pullrequests/{number}"
    sample.complete(number)

    assert api.refused("PATCH", route, {"status": "abandoned"})[0] == 400
    assert api.refused("PATCH", route, {"status": "active"})[0] == 400


def test_branch_that_is_gone_leaves_its_pull_request_open(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    number = opened(sample)
    head = sample.head("web", "topic")
    sample.delete_branch("web", "topic")
    sample.push("web", "main", "PAY-9")

    one = api.get(f"{web}/pullrequests/{number}")

    assert (one["status"], one["lastMergeSourceCommit"]["commitId"]) == ("active", head)


def test_draft_is_published_and_abandoned_one_reopened_by_people(
    sample: SampleOrganization,
) -> None:
    sample.push("web", "topic", "PAY-2")
    number = sample.open_pull_request("web", "topic", "PAY-2", draft=True)

    published = sample.publish(number)
    sample.abandon(number)
    reopened = sample.reactivate(number)

    assert (published.is_draft, reopened.status) == (False, "active")
