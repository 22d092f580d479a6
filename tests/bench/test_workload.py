"""The workload is read by the product as what it was made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.generator import PROJECT, generate
from bench.workload import Workload, workload
from bench.writing import read

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_pages_hold_the_commits_with_whole_messages() -> None:
    commits = generate(1_500)
    made = Workload("made up", PROJECT, tuple(commits))

    pages = list(read(made.pages()))

    assert [len(page) for page in pages] == [1_000, 500]
    for found, recorded in zip((c for page in pages for c in page), commits, strict=True):
        at = datetime.fromisoformat(recorded.committer.date).astimezone(UTC)
        assert (found.id, found.message) == (recorded.sha, recorded.message)
        assert (found.author, found.committed_at) == (recorded.author.name, at)
        assert found.is_whole


def test_without_histories_the_workload_is_made_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEVLINKS_DATA", str(tmp_path))

    found = workload(20)

    assert found == Workload("generated", PROJECT, tuple(generate(20)))
