"""A made-up history is always the same, and shaped like a real one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

import pytest

from bench.generator import PROJECT, generate
from shared.issue_keys import IssueKey, Rules

if TYPE_CHECKING:
    from bench.recorded import RecordedCommit

COUNT = 10_000


@pytest.fixture(scope="module")
def commits() -> list[RecordedCommit]:
    return generate(COUNT)


@pytest.fixture(scope="module")
def named(commits: list[RecordedCommit]) -> list[set[IssueKey]]:
    reading = Rules(projects=(PROJECT,)).for_repository("shop")
    return [set(reading.read(commit.message).keys) for commit in commits]


def test_the_same_seed_makes_the_same_history() -> None:
    assert generate(50) == generate(50)
    assert generate(50) != generate(50, seed=1)


def test_commits_are_a_line_from_the_newest_to_the_first(commits: list[RecordedCommit]) -> None:
    dates = [datetime.fromisoformat(commit.committer.date) for commit in commits]

    assert len({commit.sha for commit in commits}) == COUNT
    assert all(child.parents == (parent.sha,) for child, parent in pairwise(commits))
    assert commits[-1].parents == ()
    assert dates == sorted(dates, reverse=True)


def test_messages_are_as_long_as_real_ones(commits: list[RecordedCommit]) -> None:
    lengths = [len(commit.message) for commit in commits]

    assert 380 < fmean(lengths) < 470
    assert 230 < median(lengths) < 330


def test_as_many_commits_name_issues_as_real_ones(named: list[set[IssueKey]]) -> None:
    assert 0.60 < sum(bool(keys) for keys in named) / COUNT < 0.66
    assert 6_200 < sum(map(len, named)) < 7_200


def test_one_issue_fills_a_page_and_most_have_one_or_two_commits(
    named: list[set[IssueKey]],
) -> None:
    counts = Counter(key for keys in named for key in keys)

    assert counts.most_common(1)[0][1] >= 52
    assert median(counts.values()) <= 2
    assert 3_000 < len(counts) < 6_500
