from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from shared.errors import MalformedAnswerError
from shared.events import (
    PushEvent,
    RefUpdate,
)
from shared.git_hosts.azure_devops.events import read_event
from shared.model import CommitId
from tests.shared.git_hosts.azure_devops.payloads import (
    ORGANIZATION,
    PROJECT,
    RECORDED,
    REPOSITORY,
    changed,
    payload,
)


def pushed(body: bytes) -> PushEvent:
    event = read_event(body)
    assert isinstance(event, PushEvent)
    return event


def sha(letter: str) -> CommitId:
    return CommitId(letter * 40)


def test_push_tells_the_branch_and_its_commits_with_whole_messages() -> None:
    event = pushed(payload("git.push__branch_updated"))

    assert event.repository_id == REPOSITORY
    assert event.updates == (RefUpdate("refs/heads/main", sha("a"), sha("c")),)
    assert [commit.id for commit in event.commits] == [sha("c"), sha("b")]
    assert event.commits[0].message == "PAY-2 Second\n\nRefs PAY-3 in the body."
    assert event.commits[0].is_whole
    assert event.commits[1].author == "Team lead"
    assert event.commits[1].committed_at == datetime(2026, 11, 21, 8, 58, tzinfo=UTC)
    assert not event.is_forced


@pytest.mark.parametrize(
    ("name", "updates"),
    [
        (
            "branch_created_without_commits",
            [RefUpdate("refs/heads/feature/PAY-4-vouchers", None, sha("c"))],
        ),
        ("branch_deleted", [RefUpdate("refs/heads/feature/PAY-4-vouchers", sha("c"), None)]),
        ("tag_created", [RefUpdate("refs/tags/v1.0", None, sha("e"))]),
        (
            "several_refs",
            [
                RefUpdate("refs/heads/main", sha("a"), sha("b")),
                RefUpdate("refs/heads/old", sha("c"), None),
                RefUpdate("refs/tags/v1", None, sha("e")),
            ],
        ),
    ],
)
def test_push_tells_each_ref_that_was_made_moved_or_deleted(
    name: str, updates: list[RefUpdate]
) -> None:
    assert list(pushed(payload(f"git.push__{name}")).updates) == updates


@pytest.mark.parametrize(
    "name", ["branch_created_without_commits", "branch_deleted", "tag_created"]
)
def test_push_without_commits_has_none(name: str) -> None:
    assert pushed(payload(f"git.push__{name}")).commits == ()


def test_push_that_rewrote_a_branch_says_so() -> None:
    assert pushed(payload("git.push__branch_forced")).is_forced


def test_push_of_a_hundred_thousand_refs_is_read_whole() -> None:
    update = {"name": "refs/heads/x", "oldObjectId": "0" * 40, "newObjectId": "a" * 40}

    event = pushed(changed("git.push__branch_updated", resource__refUpdates=[update] * 100_000))

    assert len(event.updates) == 100_000


def test_project_of_a_push_is_the_repository_s_where_the_sender_names_none() -> None:
    event = read_event(payload("git.push__server_without_account"))

    assert event.project_id == PROJECT
    assert event.organization_ids == (ORGANIZATION,)


def test_test_event_of_the_sender_is_a_push_of_a_repository_like_any_other() -> None:
    event = pushed(payload("git.push__sender_s_test"))

    assert event.updates[0].name == "refs/heads/master"


@pytest.mark.parametrize("object_id", ["", "main", "a" * 39, "a" * 41, "g" * 40, "a" * 40 + " "])
def test_push_that_names_no_object_where_one_should_be_is_refused(object_id: str) -> None:
    update = {"name": "refs/heads/main", "oldObjectId": "a" * 40, "newObjectId": object_id}

    with pytest.raises(MalformedAnswerError, match="where an object's id should be"):
        read_event(changed("git.push__branch_updated", resource__refUpdates=[update]))


def test_push_to_a_repository_of_longer_ids_is_read() -> None:
    update = {"name": "refs/heads/main", "oldObjectId": "A" * 64, "newObjectId": "b" * 64}

    [found] = pushed(changed("git.push__branch_updated", resource__refUpdates=[update])).updates

    assert (found.old, found.new) == ("a" * 64, "b" * 64)


def test_message_that_was_cut_within_a_character_is_read() -> None:
    body = payload("git.push__branch_updated").replace(b"PAY-2 Second", rb"PAY-2 \ud83d")

    assert pushed(body).commits[0].message.startswith("PAY-2 ?")


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded deliveries are not at hand")
@pytest.mark.parametrize("number", [2, 3])
def test_recorded_push_says_what_its_sender_wrote(number: int) -> None:
    body = (RECORDED / "dependabot-azdo" / f"git.push-{number}.json").read_bytes()
    written = msgspec.json.decode(body)

    event = pushed(body)

    assert [commit.message for commit in event.commits] == [
        commit["comment"] for commit in written["resource"]["commits"]
    ]
    assert event.repository_id == written["resource"]["repository"]["id"]
    assert {written["resourceContainers"]["collection"]["id"]} <= set(event.organization_ids)
