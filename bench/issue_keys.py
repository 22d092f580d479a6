"""How well, and how fast, issue keys are found in texts alone, without an installation."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, TypeVar

from bench.judging import Prediction, Score, Subject, judge, predict
from bench.recorded import PROJECTS
from shared.issue_keys import Rules, Source, count_prefixes, find, learn, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.recorded import History
    from shared.issue_keys import Reading

T = TypeVar("T")

_PAGE: Final = 100
_ROUNDS: Final = 5


def print_scores(history: History) -> None:
    """Print the scores with and without a project list, then what finding them costs."""
    projects = PROJECTS[history.name]
    messages = [(commit.sha, commit.message) for commit in history.commits()]
    names = [line.branch for line in history.branch_names()]
    listed = Rules(projects=projects)
    found = [find(message) for _, message in messages]
    found += [find(name, source=Source.BRANCH_NAME) for name in names]
    learned = learn(count_prefixes(one.candidates for one in found))
    unlisted = Rules(grammars=("jira",)).with_learned({history.name: learned})
    for title, rules in (("as an admin sets it up", listed), ("without a list", unlisted)):
        reading = rules.for_repository(history.name)
        of_messages = _of_messages(reading, messages)
        print(f"\n{history.name}, {title}")
        for subject in _subjects(rules):
            predictions = of_messages if subject != "branch names" else _of_names(reading, names)
            score: Score = judge(history, subject, predictions, projects=rules.projects)
            print(f"  {subject}: {score}")
    _print_costs(listed.for_repository(history.name), [text for _, text in messages])


def _subjects(rules: Rules) -> tuple[Subject, ...]:
    if rules.projects or "azure_boards" not in rules.grammars:
        return ("messages", "branch names")
    return ("work items",)


def _of_messages(reading: Reading, messages: Sequence[tuple[str, str]]) -> list[Prediction]:
    return [predict(reading.read(text).keys, sha=sha) for sha, text in messages]


def _of_names(reading: Reading, names: Sequence[str]) -> list[Prediction]:
    source = Source.BRANCH_NAME
    return [predict(reading.read(name, source=source).keys, branch=name) for name in names]


def _print_costs(reading: Reading, messages: Sequence[str]) -> None:
    """Print what a commit costs, beside what reading its message as JSON costs here."""
    pages = [
        json.dumps(messages[start : start + _PAGE]) for start in range(0, len(messages), _PAGE)
    ]
    found = [find(message).candidates for message in messages]
    costs = {
        "find": _fastest(find, messages),
        "accept": _fastest(reading.accept, found),
        "json.loads": _fastest(json.loads, pages),
    }
    each = {name: seconds / len(messages) * 1e6 for name, seconds in costs.items()}
    size = sum(len(pack(candidates)) for candidates in found) / len(messages)
    count = sum(map(len, found)) / len(messages)
    print(f"  microseconds a commit: {', '.join(f'{name} {us:.2f}' for name, us in each.items())}")
    print(f"  stored of a commit: {count:.2f} candidates in {size:.0f} characters")


def _fastest(work: Callable[[T], object], subjects: Sequence[T]) -> float:
    """Return the seconds of the fastest of some rounds."""
    best = float("inf")
    for _ in range(_ROUNDS):
        since = time.perf_counter()
        for subject in subjects:
            work(subject)
        best = min(best, time.perf_counter() - since)
    return best
