from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

import msgspec
import pytest

from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.decode import (
    in_utc,
    read_branch,
    read_commit,
    read_pull_request,
    read_repository,
)
from shared.model import EPOCH, Branch, CommitId, PullRequest, Repository, Reviewer

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SHA = CommitId("abcdef01" * 5)
GUID = "33333333-cccc-4000-8000-000000000001"
K = TypeVar("K")

REPOSITORY: dict[str, Any] = {
    "id": GUID.upper(),
    "name": "payment types",
    "project": {"id": GUID.upper(), "name": "Zahlungen"},
    "remoteUrl": "https://contoso@dev.azure.com/contoso/Zahlungen/_git/payment%20types",
    "webUrl": "https://dev.azure.com/contoso/Zahlungen/_git/payment%20types",
    "sshUrl": "git@ssh.dev.azure.com:v3/contoso/Zahlungen/payment%20types",
    "defaultBranch": "refs/heads/release/main",
}
PULL_REQUEST: dict[str, Any] = {
    "pullRequestId": 7,
    "repository": {"id": GUID.upper()},
    "title": "Keep the cart",
    "status": "active",
    "sourceRefName": "refs/heads/feature/cart",
    "targetRefName": "refs/heads/main",
    "creationDate": "2026-11-20T10:00:00.5Z",
}
COMMIT: dict[str, Any] = {"commitId": SHA.upper(), "comment": "PAY-1"}


def on_the_wire(kind: type[K], found: dict[str, Any], **changes: Any) -> K:
    """Return *found* as the service would send it; a change to `...` leaves a field out."""
    sent = {name: value for name, value in {**found, **changes}.items() if value is not ...}
    return msgspec.json.decode(msgspec.json.encode(sent), type=kind)


def repository(**changes: Any) -> Repository:
    return read_repository(on_the_wire(wire.Repository, REPOSITORY, **changes), "contoso")


def pull_request(**changes: Any) -> PullRequest:
    found = on_the_wire(wire.PullRequest, PULL_REQUEST, **changes)
    return read_pull_request(found, observed_at=NOW, is_listed=False)


def test_ids_are_kept_in_lower_case_since_the_service_mixes_them() -> None:
    assert (repository().id, repository().project_id) == (GUID, GUID)
    assert pull_request().repository == GUID
    assert read_commit(on_the_wire(wire.Commit, COMMIT)).id == SHA


def test_repository_of_an_older_server_is_shown_at_its_clone_address_without_the_user() -> None:
    found = repository(webUrl=...)

    assert found.url == "https://dev.azure.com/contoso/Zahlungen/_git/payment%20types"
    assert found.clone_url == found.url
    assert found.pages.commit.startswith(found.url)


@pytest.mark.parametrize("default", [..., None])
def test_repository_without_a_branch_has_no_default_one(default: object) -> None:
    assert repository(defaultBranch=default).default_branch is None


def test_default_branch_is_told_without_the_prefix_of_its_ref() -> None:
    assert repository().default_branch == "release/main"


def test_branch_is_told_without_the_prefix_of_its_ref() -> None:
    ref = on_the_wire(wire.Ref, {"name": "refs/heads/a/refs/heads/b", "objectId": SHA.upper()})

    assert read_branch(ref) == Branch("a/refs/heads/b", SHA)


@pytest.mark.parametrize(
    ("author", "committer", "committed_at"),
    [
        ({"date": "2026-01-01T00:00:00Z"}, {"date": "2026-02-02T00:00:00Z"}, (2026, 2, 2)),
        ({"date": "2026-01-01T00:00:00Z"}, {}, (2026, 1, 1)),
        ({}, {}, (1970, 1, 1)),
        ({}, {"date": "0001-01-01T00:00:00+14:00"}, (1970, 1, 1)),
        ({}, {"date": "9999-12-31T23:59:59-14:00"}, (1970, 1, 1)),
    ],
)
def test_commit_counts_as_of_the_committer_s_date(
    author: dict[str, str], committer: dict[str, str], committed_at: tuple[int, int, int]
) -> None:
    found = read_commit(on_the_wire(wire.Commit, COMMIT, author=author, committer=committer))

    assert found.committed_at == datetime(*committed_at, tzinfo=UTC)


def test_commit_without_author_or_message_is_a_commit() -> None:
    found = read_commit(on_the_wire(wire.Commit, COMMIT, comment=None, author={"name": None}))

    assert (found.message, found.author) == ("", "")


@pytest.mark.parametrize(
    ("work_items", "numbers"), [(..., None), (None, None), ([], ()), ([{"id": "17"}], (17,))]
)
def test_work_items_that_a_pull_request_does_not_tell_are_not_none_at_all(
    work_items: object, numbers: tuple[int, ...] | None
) -> None:
    assert pull_request(workItemRefs=work_items).work_items == numbers


@pytest.mark.parametrize(
    ("status", "is_draft", "ours"),
    [
        ("active", False, "open"),
        ("active", True, "draft"),
        ("completed", False, "merged"),
        ("completed", True, "merged"),
        ("abandoned", False, "declined"),
        ("abandoned", True, "declined"),
        ("notSet", False, "open"),
    ],
)
def test_status_of_a_pull_request_is_one_of_four(status: str, is_draft: bool, ours: str) -> None:
    assert pull_request(status=status, isDraft=is_draft).status == ours


@pytest.mark.parametrize(
    ("status", "last", "expected"),
    [
        ("completed", {"commitId": SHA.upper()}, SHA),
        ("completed", {}, None),
        ("completed", None, None),
        ("active", {"commitId": SHA}, None),
        ("abandoned", {"commitId": SHA}, None),
    ],
)
def test_merge_commit_is_told_only_of_what_was_merged(
    status: str, last: object, expected: CommitId | None
) -> None:
    assert pull_request(status=status, lastMergeCommit=last).merge_commit == expected


@pytest.mark.parametrize(
    ("vote", "ours"),
    [
        (10, "approved"),
        (5, "approved_with_suggestions"),
        (0, "none"),
        (-5, "waiting"),
        (-10, "rejected"),
        (3, "none"),
    ],
)
def test_vote_is_one_of_five(vote: int, ours: Any) -> None:
    reviewer = {"displayName": "Team lead", "vote": vote, "isRequired": True}

    assert pull_request(reviewers=[reviewer]).reviewers == (Reviewer("Team lead", ours, True),)


def test_pull_request_that_tells_the_least_is_read() -> None:
    found = pull_request(description=None, createdBy={"displayName": None}, reviewers=[{}])

    assert (found.description, found.author) == ("", "")
    assert found.reviewers == (Reviewer(""),)
    assert found.closed_at is None
    assert found.observed_at == NOW


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (None, EPOCH),
        (NOW, NOW),
        (NOW.replace(tzinfo=None), NOW),
        (NOW.astimezone(timezone(timedelta(hours=5, minutes=30))), NOW),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), EPOCH),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))), EPOCH),
    ],
)
def test_moment_is_told_in_utc(moment: datetime | None, expected: datetime) -> None:
    assert in_utc(moment) == expected
    assert in_utc(moment).utcoffset() == timedelta()
