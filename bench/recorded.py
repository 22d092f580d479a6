"""Recorded histories with labelled truth: which there are, and what each of their files holds.

They belong to other projects and are kept beside this one, never inside it: in the folder that
`DEVLINKS_DATA` names, else in `../shared/data`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import zstandard
from msgspec import Struct
from msgspec.json import Decoder, decode

if TYPE_CHECKING:
    from collections.abc import Mapping

L = TypeVar("L")

ROOT: Final = Path(__file__).resolve().parents[1]
"""The folder of this project."""
PROJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "kafka": ("KAFKA",),
    "wildfly": ("WFLY", "WFCORE", "AS7", "JBAS"),
    "BuildXL": (),
}
"""The histories, and what an admin of each would list; BuildXL's issues are work items."""

_JUDGE: Final = "score.py"
_LONGEST: Final = 1 << 30


class HistoriesMissingError(Exception):
    """There are no recorded histories here."""


class RecordedPerson(Struct, frozen=True):
    """Who did something and when, in ISO 8601 with an offset."""

    name: str
    email: str
    date: str


class RecordedCommit(Struct, frozen=True):
    """A commit without its files; the message is whole."""

    sha: str
    parents: tuple[str, ...]
    author: RecordedPerson
    committer: RecordedPerson
    message: str


class RecordedRefs(Struct, frozen=True):
    """The refs at the moment of recording, by name without prefix."""

    default: str
    head: str
    branches: dict[str, str]
    tags: dict[str, str]


class BranchName(Struct, frozen=True):
    """A branch that there was at some time, and what its name names."""

    branch: str
    keys: tuple[str, ...] = ()


class CommitTruth(Struct, frozen=True):
    """What a commit's message names."""

    sha: str
    keys: tuple[str, ...] = ()
    work_items: tuple[int, ...] = ()


class History:
    """One recorded history."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name

    @property
    def judge(self) -> Path:
        """The program that compares predictions with the truth."""
        return self.folder / _JUDGE

    @property
    def files(self) -> tuple[Path, ...]:
        """What a git repository is made of."""
        names = ("commits.jsonl.zst", "refs.json", "branches.jsonl")
        return tuple(self.folder / f"{self.name}.{name}" for name in names)

    def commits(self) -> list[RecordedCommit]:
        """Return all commits, newest first and no parent before its child."""
        return self._lines("commits.jsonl.zst", RecordedCommit)

    def refs(self) -> RecordedRefs:
        """Return the refs; every one points at a commit that is recorded."""
        return decode((self.folder / f"{self.name}.refs.json").read_bytes(), type=RecordedRefs)

    def branch_names(self) -> list[BranchName]:
        """Return every branch name that was ever seen, with its truth."""
        return self._lines("branches.jsonl", BranchName)

    def truth(self) -> list[CommitTruth]:
        """Return the truth of those commits that name anything."""
        return self._lines("truth.jsonl.zst", CommitTruth)

    def _lines(self, name: str, kind: type[L]) -> list[L]:
        raw = (self.folder / f"{self.name}.{name}").read_bytes()
        if name.endswith(".zst"):
            raw = zstandard.ZstdDecompressor().decompress(raw, max_output_size=_LONGEST)
        return Decoder(kind).decode_lines(raw)


def find_history(name: str, folder: Path | None = None) -> History:
    """Return a history by its name; HistoriesMissingError says where it was looked for."""
    found = folder or data_folder("history")
    history = History(found, name)
    missing = [path.name for path in (history.judge, *history.files) if not path.is_file()]
    if missing:
        raise HistoriesMissingError(
            f"There is no history of {name} in {found} ({', '.join(missing)} missing);"
            " name its folder in DEVLINKS_DATA."
        )
    return history


def data_folder(name: str) -> Path:
    """Return where data of a name are kept, whether or not there are any."""
    named = os.environ.get("DEVLINKS_DATA")
    return Path(named or ROOT.parent / "shared" / "data") / name
