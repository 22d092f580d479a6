"""Compares predictions with the truth of a recorded history, by the program that came with it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct

from shared.issue_keys import AZURE_BOARDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.recorded import History
    from shared.issue_keys import IssueKey

Subject = Literal["messages", "branch names", "work items"]

_COUNTS: Final = re.compile(r"^(keys|work_items): .* tp (\d+) fp (\d+) fn (\d+)", re.MULTILINE)


class Score(Struct, frozen=True):
    """How many links were right, wrong and missing."""

    right: int = 0
    wrong: int = 0
    missing: int = 0

    @property
    def precision(self) -> float:
        """The share of what was found that is right; nothing found is nothing wrong."""
        found = self.right + self.wrong
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """The share of what is right that was found; nothing to find is nothing missed."""
        true = self.right + self.missing
        return self.right / true if true else 1.0

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.2%}, recall {self.recall:.2%}"
            f" ({self.right:,} right, {self.wrong:,} wrong, {self.missing:,} missing)"
        )


class Prediction(Struct, frozen=True, omit_defaults=True):
    """What a commit or a branch was found to name, as the judge reads it."""

    sha: str = ""
    branch: str = ""
    keys: tuple[str, ...] = ()
    work_items: tuple[int, ...] = ()


def predict(keys: Iterable[IssueKey], *, sha: str = "", branch: str = "") -> Prediction:
    """Return the prediction for a commit or a branch that names *keys*."""
    ordered = sorted(keys)
    return Prediction(
        sha,
        branch,
        keys=tuple(str(key) for key in ordered if key.project != AZURE_BOARDS),
        work_items=tuple(key.number for key in ordered if key.project == AZURE_BOARDS),
    )


def judge(
    history: History,
    subject: Subject,
    predictions: Iterable[Prediction],
    *,
    projects: Sequence[str] = (),
) -> Score:
    """Return the score of predictions; only keys of *projects* count, of all when there are none.

    Commits or branches without a prediction count as naming nothing.
    """
    options = ["--branches"] if subject == "branch names" else []
    if projects:
        options += ["--projects", ",".join(projects)]
    with TemporaryDirectory() as temporary:
        file = Path(temporary, "predictions.jsonl")
        file.write_bytes(msgspec.json.Encoder().encode_lines(list(predictions)))
        asked = [str(history.folder), history.name, str(file)]
        command = [sys.executable, str(history.judge), *options, *asked]
        printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    return read_score(printed, subject)


def read_score(printed: str, subject: Subject) -> Score:
    """Return what the judge printed about *subject*; it prints nothing where nothing counts."""
    field = "work_items" if subject == "work items" else "keys"
    for found in _COUNTS.finditer(printed):
        if found[1] == field:
            return Score(int(found[2]), int(found[3]), int(found[4]))
    return Score()
