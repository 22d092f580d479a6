from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import MalformedAnswerError
from shared.events import (
    BareEvent,
    OtherEvent,
    PullRequestEvent,
    PushEvent,
    RefUpdate,
    RepositoryEvent,
    WorkItemEvent,
)
from shared.git_hosts.azure_devops.events import read_event, shortened_event
from tests.shared.git_hosts.azure_devops.payloads import (
    PAYLOADS,
    PROJECT,
    REPOSITORY,
    changed,
    payload,
)

if TYPE_CHECKING:
    from pathlib import Path

A, B = "a" * 40, "b" * 40
BODIES = [path for path in sorted(PAYLOADS.iterdir()) if "several_refs" not in path.name]


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_shortened_event_is_still_the_same_one(path: Path) -> None:
    body = path.read_bytes()

    whole, short = read_event(body), read_event(shortened_event(body))

    assert type(short) is type(whole)
    assert (short.id, short.event_type) == (whole.id, whole.event_type)
    assert (short.created_at, short.project_id) == (whole.created_at, whole.project_id)


def test_shortened_push_tells_its_repository_and_a_branch_and_no_commits() -> None:
    updates = [
        {"name": f"refs/tags/v{number}", "oldObjectId": "0" * 40, "newObjectId": A}
        for number in range(5000)
    ]
    branch = {"name": "refs/heads/main", "oldObjectId": A, "newObjectId": B}
    body = changed("git.push__branch_updated", resource__refUpdates=[*updates, branch])

    short = shortened_event(body)

    event = read_event(short)
    assert isinstance(event, PushEvent)
    assert (event.repository_id, event.project_id) == (REPOSITORY, PROJECT)
    assert [update.name for update in event.updates] == ["refs/heads/main"]
    assert event.commits == ()
    assert len(short) < 2000


def test_shortened_push_of_several_branches_has_all_of_the_repository_looked_at() -> None:
    moved = {"oldObjectId": A, "newObjectId": B}
    updates = [{"name": f"refs/heads/{name}", **moved} for name in ("main", "other")]

    event = read_event(
        shortened_event(changed("git.push__several_refs", resource__refUpdates=updates))
    )

    assert isinstance(event, BareEvent)
    assert (event.about, event.repository_id) == ("branches", REPOSITORY)


def test_shortened_push_of_tags_alone_moves_no_branch() -> None:
    event = read_event(shortened_event(payload("git.push__tag_created")))

    assert isinstance(event, PushEvent)
    [update] = event.updates
    assert (update.name, update.old) == ("refs/tags/v1.0", None)


def test_shortened_deletion_is_still_one() -> None:
    event = read_event(shortened_event(payload("git.push__branch_deleted")))

    assert isinstance(event, PushEvent)
    assert event.updates == (RefUpdate("refs/heads/feature/PAY-4-vouchers", "c" * 40, None),)  # type: ignore[arg-type]


def test_shortened_event_of_a_pull_request_tells_which_one_to_read_again() -> None:
    body = changed("git.pullrequest.updated__vote", resource__description="x" * 100_000)

    short = shortened_event(body)

    event = read_event(short)
    assert isinstance(event, PullRequestEvent)
    assert (event.repository_id, event.number) == (REPOSITORY, 7)
    assert len(short) < 2000


def test_shortened_event_of_a_repository_has_the_repositories_listed_again() -> None:
    event = read_event(shortened_event(payload("git.repo.renamed__plain")))

    assert isinstance(event, RepositoryEvent)
    assert event.project_id == PROJECT


def test_shortened_event_of_another_type_keeps_nothing_of_it() -> None:
    plain = changed("workitem.updated__plain", resource__x="y" * 100_000)
    short = shortened_event(plain.replace(b"workitem.updated", b"build.complete"))

    assert isinstance(read_event(short), OtherEvent)
    assert len(short) < 2000


def test_shortened_event_of_a_work_item_keeps_its_number() -> None:
    short = shortened_event(changed("workitem.updated__plain", resource__x="y" * 100_000))

    event = read_event(short)

    assert isinstance(event, WorkItemEvent)
    assert event.number == 17
    assert len(short) < 2000


@pytest.mark.parametrize("body", [b"", b"[]", b"x" * 500_000], ids=lambda b: b[:9])
def test_body_that_is_no_event_cannot_be_shortened(body: bytes) -> None:
    with pytest.raises(MalformedAnswerError):
        shortened_event(body)
