from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization.model import ZERO

if TYPE_CHECKING:
    from devhost.sample_organization import Clock, SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


def push_body(old: str, *changes: dict[str, Any], branch: str = "main") -> dict[str, Any]:
    return {
        "refUpdates": [{"name": f"refs/heads/{branch}", "oldObjectId": old}],
        "commits": [{"comment": "PAY-1 By REST", "changes": list(changes)}],
    }


def add(path: str, content: str, kind: str = "rawtext", change: str = "add") -> dict[str, Any]:
    return {
        "changeType": change,
        "item": {"path": path},
        "newContent": {"content": content, "contentType": kind},
    }


def test_first_commit_is_pushed_over_rest(api: Api, web: str) -> None:
    encoded = base64.b64encode(b"\x00\xff").decode()
    body = push_body(ZERO, add("/.gitignore", "*.pyc\n"), add("/a.bin", encoded, "base64encoded"))

    push = api.post(f"{web}/pushes", body)

    assert push["refUpdates"][0]["oldObjectId"] == ZERO
    assert push["commits"][0]["comment"] == "PAY-1 By REST"
    assert api.get(web)["defaultBranch"] == "refs/heads/main"
    text = api.call("GET", f"{web}/items", path="/.gitignore", **{"$format": "text"})
    raw = api.call("GET", f"{web}/items", path="/a.bin", **{"$format": "octetStream"})
    assert (text.content, raw.content) == (b"*.pyc\n", b"\x00\xff")


def test_files_are_edited_renamed_and_deleted(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    head = sample.push("web", "main", "PAY-1", files={"a": b"1", "b": b"2", "c": b"3"})
    rename = {"changeType": "rename", "sourceServerItem": "/b", "item": {"path": "/d"}}
    delete = {"changeType": "delete", "item": {"path": "/c"}}

    push = api.post(f"{web}/pushes", push_body(head, add("/a", "9", change="edit"), rename, delete))

    items = api.get(f"{web}/items", recursionLevel="full")["value"]
    assert [item["path"] for item in items] == ["/", "/a", "/d"]
    sha = push["commits"][0]["commitId"]
    changes = api.get(f"{web}/commits/{sha}/changes")["changes"]
    kinds = {(c["changeType"], c["item"]["path"]) for c in changes}
    assert kinds == {("edit", "/a"), ("rename", "/d"), ("delete", "/c")}


def test_new_branch_may_begin_at_any_commit(sample: SampleOrganization, api: Api, web: str) -> None:
    head = sample.push("web", "main", "PAY-1")

    push = api.post(f"{web}/pushes", push_body(head, add("/x", "1"), branch="topic"))

    assert push["refUpdates"][0]["oldObjectId"] == ZERO
    assert push["commits"][0]["parents"] == [head]


def test_push_from_an_old_head_is_refused(sample: SampleOrganization, api: Api, web: str) -> None:
    old = sample.push("web", "main", "PAY-1")
    sample.push("web", "main", "PAY-2")

    refused = api.refused("POST", f"{web}/pushes", push_body(old, add("/x", "1")))

    assert refused == (409, "GitReferenceStaleException")


def test_push_to_a_protected_branch_is_refused(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    head = sample.push("web", "main", "PAY-1")
    sample.behaviour.protected.add((sample.repository("web").id, "refs/heads/main"))

    answer = api.call("POST", f"{web}/pushes", push_body(head, add("/x", "1")))

    assert answer.status_code == 403
    assert answer.json()["message"].startswith("TF402455")


@pytest.mark.parametrize(
    "change",
    [
        {"changeType": "delete", "item": {"path": "/missing"}},
        {"changeType": "add", "item": {"path": "/x"}},
        {"changeType": "undelete", "item": {"path": "/x"}},
        add("/x", "not base64!", "base64encoded"),
        {"changeType": "add"},
    ],
)
def test_change_that_makes_no_sense_is_refused(
    sample: SampleOrganization, api: Api, web: str, change: dict[str, Any]
) -> None:
    head = sample.push("web", "main", "PAY-1")

    assert api.refused("POST", f"{web}/pushes", push_body(head, change))[0] == 400
    assert sample.head("web", "main") == head


def test_pushes_are_listed_newest_first_and_by_branch_person_and_time(
    sample: SampleOrganization, api: Api, web: str, clock: Clock
) -> None:
    sample.push("web", "main", "PAY-1")
    clock.advance(timedelta(days=1))
    sample.push("web", "topic", "PAY-2", by="Frontend developer")
    since = clock.now().isoformat()
    pusher = sample.person("Frontend developer").id

    def numbers(**query: str) -> list[int]:
        found = api.get(f"{web}/pushes", **{f"searchCriteria.{k}": v for k, v in query.items()})
        return [push["pushId"] for push in found["value"]]

    assert numbers() == [2, 1]
    assert numbers(refName="refs/heads/topic") == [2]
    assert numbers(pusherId=pusher) == [2]
    assert numbers(fromDate=since) == [2]
    assert numbers(toDate="2026-11-21T12:00:00Z") == [1]
    assert [p["pushId"] for p in api.get(f"{web}/pushes", top=1, skip=1)["value"]] == [1]


def test_deleted_branch_is_a_push_without_commits(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    head = sample.push("web", "main", "PAY-1")
    sample.create_branch("web", "topic")
    sample.delete_branch("web", "topic")

    push = api.get(f"{web}/pushes/3", includeCommits=10)

    assert push["commits"] == []
    assert push["refUpdates"][0] == {
        "repositoryId": sample.repository("web").id,
        "name": "refs/heads/topic",
        "oldObjectId": head,
        "newObjectId": ZERO,
    }


def test_missing_push_is_not_found(api: Api, web: str) -> None:
    assert api.refused("GET", f"{web}/pushes/99") == (404, "GitPushNotFoundException")


def test_commit_may_name_another_author(sample: SampleOrganization, api: Api, web: str) -> None:
    body = push_body(ZERO, add("/a", "1"))
    who = {"name": "Frontend developer", "email": "frontend.developer@example.com"}
    body["commits"][0]["author"] = who

    [commit] = api.post(f"{web}/pushes", body)["commits"]

    assert commit["author"]["name"] == "Frontend developer"
    assert commit["committer"]["name"] == "Integration account"


def test_push_of_several_refs_is_refused(api: Api, web: str) -> None:
    body = push_body(ZERO, add("/a", "1"))
    tag = {"name": "refs/tags/v1", "oldObjectId": ZERO}

    assert api.refused("POST", f"{web}/pushes", body | {"refUpdates": []})[0] == 400
    assert api.refused("POST", f"{web}/pushes", body | {"refUpdates": [tag]})[0] == 400
