from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from devhost.sample_organization.model import MergeStrategy


def history(sample: SampleOrganization) -> list[tuple[str, int]]:
    """Return (first line, number of parents) of what "main" reaches, newest first."""
    one = sample.repository("web")
    git = sample.organization.git.open(one)
    ids = sample.organization.histories.all(git, sample.head("web", "main"))
    commits = (sample.organization.git.commit(one, str(oid)) for oid in ids)
    return [(c.message.partition("\n")[0], len(c.parent_ids)) for c in commits]


@pytest.fixture
def number(sample: SampleOrganization) -> int:
    """A pull request of two commits, whose target has moved on."""
    sample.push("web", "main", "PAY-1")
    sample.push("web", "topic", "PAY-2 Two", "PAY-3 Three", by="Frontend developer")
    sample.push("web", "main", "PAY-4 Meanwhile")
    return sample.open_pull_request(
        "web", "topic", "Both", description="As agreed.", work_items=[12, 13]
    )


@pytest.mark.parametrize(
    ("strategy", "newest"),
    [
        ("noFastForward", [("Merged PR 1: Both", 2), ("PAY-4 Meanwhile", 1), ("PAY-3 Three", 1)]),
        ("squash", [("Merged PR 1: Both", 1), ("PAY-4 Meanwhile", 1), ("PAY-1", 0)]),
        ("rebase", [("PAY-3 Three", 1), ("PAY-2 Two", 1), ("PAY-4 Meanwhile", 1)]),
        ("rebaseMerge", [("Merged PR 1: Both", 2), ("PAY-3 Three", 1), ("PAY-2 Two", 1)]),
    ],
)
def test_each_strategy_leaves_its_own_history(
    sample: SampleOrganization,
    number: int,
    strategy: MergeStrategy,
    newest: list[tuple[str, int]],
) -> None:
    done = sample.complete(number, strategy=strategy)

    assert history(sample)[:3] == newest
    assert done.merge_commit == sample.head("web", "main")


def test_message_of_a_completion_names_pull_request_and_work_items(
    sample: SampleOrganization, number: int
) -> None:
    done = sample.complete(number, strategy="squash")

    merged = sample.organization.git.commit(sample.repository("web"), str(done.merge_commit))
    assert merged.message == ("Merged PR 1: Both\n\nAs agreed.\n\nRelated work items: #12, #13")


def test_rebased_commits_keep_their_author_and_get_new_ids(
    sample: SampleOrganization, number: int
) -> None:
    before = sample.head("web", "topic")

    done = sample.complete(number, strategy="rebase", by="Team lead")

    rebased = sample.organization.git.commit(sample.repository("web"), str(done.merge_commit))
    assert (rebased.author.name, rebased.committer.name) == ("Frontend developer", "Team lead")
    assert str(rebased.id) != before


def test_branches_that_conflict_stay_as_they_are(sample: SampleOrganization) -> None:
    sample.push("web", "main", "PAY-1", files={"a": b"1"})
    sample.push("web", "topic", "PAY-2", files={"a": b"2"})
    head = sample.push("web", "main", "PAY-3", files={"a": b"3"})
    number = sample.open_pull_request("web", "topic", "PAY-2")

    results = [sample.complete(number, strategy=s) for s in ("noFastForward", "squash", "rebase")]

    assert {(r.status, r.merge_status) for r in results} == {("active", "conflicts")}
    assert sample.head("web", "main") == head
    assert sample.pull_request(number).merge_commit is None


def test_source_branch_is_deleted_on_request(sample: SampleOrganization, number: int) -> None:
    sample.complete(number, delete_source_branch=True)

    with pytest.raises(LookupError):
        sample.head("web", "topic")


def test_merges_of_the_source_branch_are_left_out_of_a_rebase(
    sample: SampleOrganization, number: int
) -> None:
    sample.merge_branch("web", "main", into="topic", message="Merge main")

    sample.complete(number, strategy="rebase")

    assert [parents for _, parents in history(sample)][:3] == [1, 1, 1]
    assert "Merge main" not in {line for line, _ in history(sample)}


def test_unrelated_histories_are_merged(sample: SampleOrganization) -> None:
    sample.push("web", "main", "PAY-1")
    lone = sample.commit("web", [], "PAY-2 From nowhere")
    sample.move_branches("web", {"lone": lone})

    number = sample.open_pull_request("web", "lone", "PAY-2")

    assert sample.pull_request(number).base_commit == ""
    assert sample.complete(number).status == "completed"
