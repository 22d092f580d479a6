"""How well, and how fast, issue keys are found in real histories with labelled truth.

    python bench/issue_keys.py [FOLDER]

FOLDER, or `DEVLINKS_DATA`, holds `history/` with the histories and the `score.py` that judges.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import zstandard

sys.path.insert(0, str(Path(__file__).parent.parent))

from shared.issue_keys import Rules, Source, count_prefixes, find, learn, pack

if TYPE_CHECKING:
    from collections.abc import Callable

Subject = TypeVar("Subject")

LISTS = {
    "kafka": ("KAFKA",),
    "wildfly": ("WFLY", "WFCORE", "AS7", "JBAS"),
    "BuildXL": (),
}
PAGE = 100
ROUNDS = 5


class History(NamedTuple):
    """One repository's texts, each with the name that the truth knows it by."""

    folder: Path
    name: str
    commits: list[dict[str, str]]
    branches: list[dict[str, str]]


def main(arguments: list[str]) -> int:
    """Print the scores, then what finding them costs; return the exit status."""
    folder = Path(arguments[0] if arguments else os.environ.get("DEVLINKS_DATA", "data"))
    folder = folder if (folder / "score.py").is_file() else folder / "history"
    if not (folder / "score.py").is_file():
        print("No histories: name their folder as an argument or in DEVLINKS_DATA.")
        return 0
    for name, projects in LISTS.items():
        history = _read(folder, name)
        if projects:
            listed = Rules(grammars=("jira",), projects=projects)
            _score("listed", history, listed, ("--projects", ",".join(projects)))
        else:
            _score("work items", history, Rules(), ())
        _score("learned", history, _learned(history), ())
        _measure(history, Rules(projects=projects))
    return 0


def _read(folder: Path, name: str) -> History:
    packed = (folder / f"{name}.commits.jsonl.zst").read_bytes()
    commits = zstandard.ZstdDecompressor().decompress(packed, max_output_size=1 << 30)
    branches = (folder / f"{name}.branches.jsonl").read_bytes()
    return History(folder, name, _json_lines(commits), _json_lines(branches))


def _json_lines(text: bytes) -> list[dict[str, str]]:
    return [json.loads(line) for line in text.split(b"\n") if line]


def _learned(history: History) -> Rules:
    """Return rules without a list, with what a first pass over the history teaches."""
    found = [find(commit["message"]) for commit in history.commits]
    found += [find(line["branch"], source=Source.BRANCH_NAME) for line in history.branches]
    learned = learn(count_prefixes(one.candidates for one in found))
    return Rules(grammars=("jira",)).with_learned({history.name: learned})


def _score(title: str, history: History, rules: Rules, options: tuple[str, ...]) -> None:
    """Let the data's own program compare what is found with the truth."""
    reading = rules.for_repository(history.name)

    def line(name: str, value: str, text: str, source: Source) -> str:
        keys = reading.read(text, source=source).keys
        of_boards = [key.number for key in keys if key.project == "AB"]
        of_jira = [str(key) for key in keys if key.project != "AB"]
        found = {"work_items": of_boards} if title == "work items" else {"keys": of_jira}
        return json.dumps({name: value, **found})

    commits = [line("sha", c["sha"], c["message"], Source.MESSAGE) for c in history.commits]
    branches = [
        line("branch", b["branch"], b["branch"], Source.BRANCH_NAME) for b in history.branches
    ]
    print(f"\n{history.name}, {title}")
    for name, lines, more in (("messages", commits, ()), ("branches", branches, ("--branches",))):
        with TemporaryDirectory() as temporary:
            predictions = Path(temporary, "predictions.jsonl")
            predictions.write_text("\n".join(lines))
            program = [sys.executable, str(history.folder / "score.py"), *more, *options]
            subject = [str(history.folder), history.name, str(predictions)]
            answer = subprocess.run([*program, *subject], stdout=subprocess.PIPE, check=True)
        print(f"  {name}: {answer.stdout.decode().strip() or 'nothing to score'}")


def _measure(history: History, rules: Rules) -> None:
    """Print what a commit costs, beside what reading its JSON costs on the same machine."""
    messages = [commit["message"] for commit in history.commits]
    reading = rules.for_repository(history.name)
    pages = [
        json.dumps(history.commits[start : start + PAGE]) for start in range(0, len(messages), PAGE)
    ]
    found = [find(message).candidates for message in messages]
    costs = {
        "find": _fastest(find, messages),
        "accept": _fastest(reading.accept, found),
        "json.loads": _fastest(json.loads, pages),
    }
    each = {name: seconds / len(messages) * 1e6 for name, seconds in costs.items()}
    both = each["find"] + each["accept"]
    size = sum(len(pack(candidates)) for candidates in found) / len(messages)
    count = sum(map(len, found)) / len(messages)
    print(f"  microseconds a commit: {', '.join(f'{n} {t:.2f}' for n, t in each.items())}")
    print(f"  find and accept: {both:.1f}, that is {both / each['json.loads']:.1f} of json.loads")
    print(f"  stored of a commit: {count:.2f} candidates in {size:.0f} characters")


def _fastest(work: Callable[[Subject], object], subjects: list[Subject]) -> float:
    """Return the seconds of the fastest of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for subject in subjects:
            work(subject)
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
