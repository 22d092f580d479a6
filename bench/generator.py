"""Makes up a history that is shaped like a real one, for measuring where no recorded one is.

The shape is that of the newest 10,000 commits of kafka: 63 of 100 commits name an issue, three of
them more than one; most issues have one or two commits, one has 54; a message has 424 characters
on average, half of them less than 280. The same seed makes the same history.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.recorded import RecordedCommit, RecordedPerson

PROJECT: Final = "PAY"
_SEED: Final = 20261121
_LATEST: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
_BETWEEN: Final = timedelta(hours=4)
_NEWEST_ISSUE: Final = 17_000
_NAME_AN_ISSUE: Final = 0.63
_NAME_ANOTHER: Final = 0.05
_COMMITS_OF_LONGEST: Final = 54
_ISSUE_ADVANCES: Final = 0.65
"""How often a commit belongs to another issue than the one before it."""
_WORDS: Final = (
    "add", "avoid", "balance", "broker", "cache", "check", "clean", "client", "close", "config",
    "consumer", "correct", "default", "document", "extract", "fix", "flaky", "handle", "improve",
    "leader", "limit", "log", "make", "metric", "migrate", "mock", "move", "note", "offset",
    "page", "producer", "queue", "read", "rebalance", "refactor", "remove", "rename", "replica",
    "reset", "retry", "rewrite", "session", "skip", "sort", "speed", "state", "store", "stream",
    "test", "timeout", "topic", "update", "upgrade", "use", "validate", "version", "wait", "warn",
)  # fmt: skip
_ROLES: Final = ("Backend developer", "Frontend developer", "Reviewer", "Tester", "Architect")
_ODD: Final = ("café", "naïve", "→", "…", "✓")
_MEDIAN_BODY: Final = 150
_SPREAD: Final = 1.15
_LONGEST_BODY: Final = 20_000
_ODD_ONES: Final = 0.02


def generate(count: int, *, seed: int = _SEED) -> list[RecordedCommit]:
    """Return *count* commits of one project, newest first, each the parent of the one before."""
    chance = random.Random(seed)
    longest = set(chance.sample(range(count), min(_COMMITS_OF_LONGEST, count)))
    issue = _NEWEST_ISSUE
    commits = []
    for number in range(count):
        if chance.random() < _ISSUE_ADVANCES:
            issue = max(issue - 1, 1)
        named = _NEWEST_ISSUE // 2 if number in longest else issue
        at = _LATEST - number * _BETWEEN
        commits.append(
            RecordedCommit(
                sha=_sha(number),
                parents=(_sha(number + 1),) if number + 1 < count else (),
                author=_person(chance, at - timedelta(minutes=chance.randrange(600))),
                committer=_person(chance, at),
                message=_message(chance, named, must=number in longest),
            )
        )
    return commits


def _message(chance: random.Random, issue: int, *, must: bool) -> str:
    subject = _sentence(chance, chance.randint(30, 70))
    if must or chance.random() < _NAME_AN_ISSUE:
        subject = f"{PROJECT}-{issue}: {subject}"
    if chance.random() < _NAME_ANOTHER:
        subject += f", as {PROJECT}-{max(issue - chance.randint(1, 400), 1)}"
    subject += f" (#{chance.randint(1, 20_000)})"
    length = min(int(chance.lognormvariate(0, _SPREAD) * _MEDIAN_BODY), _LONGEST_BODY)
    lines = []
    while length > 0:
        line = _sentence(chance, min(length, 80))
        lines.append(line)
        length -= len(line)
    lines.append(f"\nReviewers: {chance.choice(_ROLES)} <{chance.randrange(999)}@example.com>")
    return "\n".join((subject, "", *lines))


def _sentence(chance: random.Random, length: int) -> str:
    words = []
    while length > 0:
        words.append(chance.choice(_WORDS))
        length -= len(words[-1]) + 1
    if chance.random() < _ODD_ONES:
        words.append(chance.choice(_ODD))
    return " ".join(words).capitalize()


def _person(chance: random.Random, at: datetime) -> RecordedPerson:
    role = f"{chance.choice(_ROLES)} {chance.randrange(150)}"
    return RecordedPerson(role, f"{role.replace(' ', '.').lower()}@example.com", at.isoformat())


def _sha(number: int) -> str:
    return f"{(number + 1) * 0x9E3779B97F4A7C15 % (1 << 160):040x}"
