"""Recorded histories become git repositories that differ in nothing but files."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
import zstandard

from bench.histories import make_repositories, without_clashes
from bench.recorded import HistoriesMissingError, History, find_history

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = "PAY-1 Line — one\u2028\r\n\n  indented 😀\n\n"


def person(name: str, date: str) -> dict[str, str]:
    return {"name": name, "email": f"{name.partition(' ')[0].lower()}@example.com", "date": date}


def commit(sha: str, *parents: str, message: str = "PAY-2") -> dict[str, object]:
    return {
        "sha": sha * 40,
        "parents": [parent * 40 for parent in parents],
        "author": person("Backend developer", "2026-03-01T23:30:00+05:45"),
        "committer": person("Réviewer", "2026-03-02T00:15:00-10:00"),
        "message": message,
    }


def record(folder: Path, name: str, content: list[dict[str, object]]) -> None:
    text = "".join(json.dumps(line) + "\n" for line in content).encode()
    packed = zstandard.ZstdCompressor().compress(text) if name.endswith(".zst") else text
    (folder / name).write_bytes(packed)


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Return a history: d merges c into b; both come from a, the first."""
    folder = tmp_path / "recorded"
    folder.mkdir()
    commits = [commit("d", "b", "c"), commit("c", "a"), commit("b", "a", message=MESSAGE)]
    record(folder, "shop.commits.jsonl.zst", [*commits, commit("a", message="First")])
    refs = {
        "default": "main",
        "head": "d" * 40,
        "branches": {"main": "d" * 40, "side": "c" * 40},
        "tags": {"v1": "b" * 40},
    }
    (folder / "shop.refs.json").write_text(json.dumps(refs))
    names = ("PAY-3-fix", "main", "side", "side/PAY-4", "side/PAY-4/deeper")
    record(folder, "shop.branches.jsonl", [{"branch": name} for name in names])
    (folder / "score.py").write_text("")
    return find_history("shop", folder)


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=repository, stdout=subprocess.PIPE, check=True, timeout=30
    )
    return done.stdout.decode()


def test_people_dates_and_messages_are_as_recorded(history: History, tmp_path: Path) -> None:
    made = make_repositories(history, cache=tmp_path)

    shown = git(made.repositories[0], "cat-file", "commit", "refs/tags/v1")

    head, _, message = shown.partition("\n\n")
    assert message == MESSAGE
    assert head.splitlines()[-2:] == [
        "author Backend developer <backend@example.com> 1772387100 +0545",
        "committer Réviewer <réviewer@example.com> 1772446500 -1000",
    ]


def test_the_map_leads_from_every_commit_back_to_the_recorded_one(
    history: History, tmp_path: Path
) -> None:
    made = make_repositories(history, cache=tmp_path)

    listed = git(made.repositories[0], "rev-list", "--parents", "--topo-order", "main").split("\n")
    back = [[made.recorded[sha][0][0] for sha in line.split()] for line in listed if line]

    assert sorted(back) == [["a"], ["b", "a"], ["c", "a"], ["d", "b", "c"]]


def test_every_branch_and_tag_is_in_one_of_the_repositories(
    history: History, tmp_path: Path
) -> None:
    made = make_repositories(history, cache=tmp_path)

    found = [git(path, "for-each-ref", "--format=%(refname)").split() for path in made.repositories]

    assert found == [
        ["refs/heads/PAY-3-fix", "refs/heads/main", "refs/heads/side", "refs/tags/v1"],
        ["refs/heads/side/PAY-4"],
        ["refs/heads/side/PAY-4/deeper"],
    ]
    assert git(made.repositories[0], "symbolic-ref", "HEAD") == "refs/heads/main\n"


def test_what_is_made_once_is_found_again(history: History, tmp_path: Path) -> None:
    made = make_repositories(history, cache=tmp_path)
    (made.repositories[0] / "marker").write_text("still here")

    again = make_repositories(history, cache=tmp_path)

    assert again == made
    assert (again.repositories[0] / "marker").exists()


def test_a_changed_history_is_made_anew(history: History, tmp_path: Path) -> None:
    before = make_repositories(history, cache=tmp_path)
    record(history.folder, "shop.branches.jsonl", [{"branch": "PAY-9"}])

    after = make_repositories(history, cache=tmp_path)

    assert before.repositories[0] != after.repositories[0]
    assert "refs/heads/PAY-9" in git(after.repositories[0], "for-each-ref")


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        ([], []),
        (["a", "b/c", "b/d"], [["a", "b/c", "b/d"]]),
        (["a", "a/b"], [["a"], ["a/b"]]),
        (["a/b", "a"], [["a/b"], ["a"]]),
        (["a", "a-b", "a/b", "ab"], [["a", "a-b", "ab"], ["a/b"]]),
        (["a/b/c", "a/b", "a", "x"], [["a/b/c", "x"], ["a/b"], ["a"]]),
    ],
)
def test_no_branch_is_a_folder_of_another(names: list[str], groups: list[list[str]]) -> None:
    assert without_clashes(names) == groups


def test_a_missing_history_says_what_is_missing_where(tmp_path: Path) -> None:
    with pytest.raises(HistoriesMissingError, match=r"no history of shop in .*score\.py"):
        find_history("shop", tmp_path)
