"""Makes bare git repositories of recorded histories: everything of a commit but its files.

Author and committer, dates with their offsets, messages, parents, branches and tags are as they
were. The trees are empty, so every commit has a new id; `commits.jsonl` beside the repositories
tells which it had.
"""

from __future__ import annotations

import hashlib
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from bench.recorded import ROOT
from devhost.sample_organization.git_command import run_git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bench.recorded import History, RecordedCommit, RecordedPerson

CACHE: Final = ROOT / ".tools" / "histories"
_FORM: Final = 1
"""Raised when repositories are made differently, so that cached ones are made anew."""
_MAP: Final = "commits.jsonl"
_MARKS: Final = "marks"


class RenamedCommit(Struct, frozen=True):
    """The id of a commit in the made repository, and the one that it was recorded by."""

    new: str
    old: str


class MadeHistory(Struct, frozen=True):
    """A history as git repositories."""

    repositories: tuple[Path, ...]
    """Bare. The first has the commits; the others have branch names that git cannot keep there."""
    recorded: dict[str, list[str]]
    """The recorded ids by new id: several where only their files told commits apart."""


def make_repositories(history: History, *, cache: Path = CACHE) -> MadeHistory:
    """Return the history's repositories, made below *cache* unless they are there already."""
    folder = cache / f"{history.name}-{_fingerprint(history)}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="making-") as temporary:
            unfinished = Path(temporary) / history.name
            _make(history, unfinished)
            unfinished.rename(folder)
    recorded: dict[str, list[str]] = {}
    for line in Decoder(RenamedCommit).decode_lines((folder / _MAP).read_bytes()):
        recorded.setdefault(line.new, []).append(line.old)
    whole = folder / f"{history.name}.git"
    more = sorted(folder.glob(f"{history.name}-*.git"))
    return MadeHistory((whole, *more), recorded)


def without_clashes(names: Iterable[str]) -> list[list[str]]:
    """Return branch names in groups that git can keep: never `a` and `a/b` in one repository.

    Each name is in the first group that has room for it when its turn comes.
    """
    groups: list[tuple[dict[str, None], set[str]]] = []
    for name in names:
        parts = name.split("/")
        above = {"/".join(parts[:end]) for end in range(1, len(parts))}
        for group, folders in groups:
            if name not in folders and above.isdisjoint(group):
                break
        else:
            group, folders = {}, set()
            groups.append((group, folders))
        group[name] = None
        folders |= above
    return [list(group) for group, _ in groups]


def fast_import(
    commits: Sequence[RecordedCommit], *, branches: Mapping[str, str], tags: Mapping[str, str]
) -> Iterator[bytes]:
    """Yield the input of `git fast-import` for commits, newest first, and refs by name.

    The n-th commit, counted from one, gets the mark n.
    """
    marks = {commit.sha: number for number, commit in enumerate(commits, 1)}
    ref = f"refs/heads/{next(iter(branches))}".encode()
    for commit in reversed(commits):
        message = commit.message.encode()
        if not commit.parents:
            yield b"reset %b\n" % ref
        yield b"commit %b\nmark :%d\n" % (ref, marks[commit.sha])
        yield b"author %b\ncommitter %b\n" % (_person(commit.author), _person(commit.committer))
        yield b"data %d\n%b\n" % (len(message), message)
        for number, parent in enumerate(commit.parents):
            yield b"%b :%d\n" % (b"merge" if number else b"from", marks[parent])
        yield b"\n"
    for prefix, refs in (("refs/heads/", branches), ("refs/tags/", tags)):
        for name, sha in refs.items():
            yield b"reset %b\nfrom :%d\n\n" % (f"{prefix}{name}".encode(), marks[sha])


def _make(history: History, folder: Path) -> None:
    commits, refs = history.commits(), history.refs()
    names = [line.branch for line in history.branch_names()]
    ordered = dict.fromkeys([refs.default, *refs.branches, *names])
    whole, *more = without_clashes(ordered)
    heads = {name: refs.branches.get(name, refs.head) for name in whole}
    made = folder / f"{history.name}.git"
    marks = import_commits(made, refs.default, fast_import(commits, branches=heads, tags=refs.tags))
    lines = [RenamedCommit(marks[number], commit.sha) for number, commit in enumerate(commits, 1)]
    (folder / _MAP).write_bytes(Encoder().encode_lines(lines))
    first = commits[-1]
    for number, group in enumerate(more, 2):
        stream = fast_import([first], branches=dict.fromkeys(group, first.sha), tags={})
        import_commits(folder / f"{history.name}-{number}.git", group[0], stream)


def import_commits(repository: Path, default: str, stream: Iterable[bytes]) -> dict[int, str]:
    """Make a bare repository of what `git fast-import` reads, and return its commits by mark."""
    repository.mkdir(parents=True)
    run_git("init", "--quiet", "--bare", f"--initial-branch={default}", folder=repository)
    options = ("--quiet", "--date-format=raw", f"--export-marks={_MARKS}")
    run_git("fast-import", *options, folder=repository, given=b"".join(stream))
    run_git("pack-refs", "--all", folder=repository)
    exported = repository / _MARKS
    lines = exported.read_text().splitlines()
    exported.unlink()
    return {int(mark[1:]): sha for mark, _, sha in (line.partition(" ") for line in lines)}


def _person(person: RecordedPerson) -> bytes:
    """Return who and when as git writes it: `Name <address> 1600000000 +0200`."""
    at = datetime.fromisoformat(person.date)
    return f"{person.name} <{person.email}> {int(at.timestamp())} {at:%z}".encode()


def _fingerprint(history: History) -> str:
    digest = hashlib.sha256(str(_FORM).encode())
    for path in history.files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
