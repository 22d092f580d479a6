"""Scores what the links endpoint answers for whole recorded histories.

Nothing is short-circuited: the sample organization serves a history as git repositories, an
installation on this machine connects it and indexes it by its own jobs, and what counts is what a
tracker's plugin is then told over HTTP.
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from bench.asking import ask
from bench.histories import CACHE, make_repositories
from bench.judging import Score, Subject, judge, predict
from bench.recorded import PROJECTS, ROOT, find_history
from devhost import logs
from devhost.connecting import call, connect_sample, new_token
from devhost.installation import start
from devhost.sample_organization.faults import Where
from shared.bootstrap import services
from shared.errors import BadIssueKeyError
from shared.issue_keys import IssueKey, parse_issue_key
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bench.asking import Named
    from bench.histories import MadeHistory
    from bench.judging import Prediction
    from bench.recorded import History

GOALS: Final[dict[Subject, tuple[float, float]]] = {
    "messages": (0.9995, 0.999),
    "branch names": (0.9995, 0.999),
    "work items": (0.99, 0.99),
}
"""The least precision and recall."""

Way = Literal["git", "lists"]
"""How a first index reads commits: by the git protocol, or from lists and one by one."""
_GIT: Final = Where("info/refs")


class Scored(Struct, frozen=True):
    """How well a history was linked, and how long everything took."""

    history: str
    scores: dict[Subject, Score]
    commits: int
    links: int
    answered: str
    """A digest of all links that were told, the same for the same links."""
    seconds: dict[str, float]
    """Wall time by step."""

    @property
    def is_good(self) -> bool:
        """Whether every goal is met."""
        return all(
            score.precision >= GOALS[subject][0] and score.recall >= GOALS[subject][1]
            for subject, score in self.scores.items()
        )


def score_each(names: Iterable[str], *, way: Way = "git", cache: Path = CACHE) -> Iterator[Scored]:
    """Yield the scores of histories, each from an installation and a process of its own.

    HistoriesMissingError tells that one is not at hand. The emulator reads whole tables for each
    query: two histories in one would take much longer.
    """
    for name in names:
        history = find_history(name)
        # A process can hold one installation only, as the functions of an app can.
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as alone:
            yield alone.submit(score, history.folder, name, way=way, cache=cache).result()


def score(folder: Path, name: str, *, way: Way = "git", cache: Path = CACHE) -> Scored:
    """Return the scores of one history; the process is of no use for another one then."""
    logs.configure(logging.WARNING)
    history = find_history(name, folder)
    watch = _Watch()
    made = make_repositories(history, cache=cache)
    watch.note("make repositories")
    with ExitStack() as running:
        installation = start(
            running, folder=ROOT, port=0, sample=True, repositories=made.repositories
        )
        if way == "lists" and installation.sample is not None:
            installation.sample.faults.refuse(
                403,
                "AccessDeniedException",
                "TF401027: You need the Git permission.",
                times=None,
                where=_GIT,
            )
        token = new_token("admin", "links:read", name="Scoring")
        api, projects = installation.host.api, PROJECTS[name]
        call("PATCH", f"{api}/trackers/default", token=token, body={"projects": projects})
        watch.note("start")
        integration = connect_sample(installation, token=token)
        watch.note("index")
        named = ask(api, _true_keys(history) | _stored_keys(integration), token=token)
        watch.note("ask")
    subjects: list[Subject] = ["messages", "branch names"] if projects else ["work items"]
    scores = {
        subject: judge(history, subject, _predictions(named, made, subject), projects=projects)
        for subject in subjects
    }
    watch.note("judge")
    return Scored(name, scores, len(made.recorded), named.links, _digest(named), watch.seconds)


def _predictions(named: Named, made: MadeHistory, subject: Subject) -> list[Prediction]:
    """Return what was found, by the ids that the truth knows."""
    if subject == "branch names":
        return [predict(keys, branch=name) for name, keys in named.branches.items()]
    return [
        predict(keys, sha=old) for new, keys in named.commits.items() for old in made.recorded[new]
    ]


def _digest(named: Named) -> str:
    told = [
        f"{kind} {item} {key}"
        for kind, items in (("commit", named.commits), ("branch", named.branches))
        for item, keys in items.items()
        for key in keys
    ]
    return hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()


def _true_keys(history: History) -> set[IssueKey]:
    """Return every issue that should be linked."""
    keys = {f"AB#{number}" for line in history.truth() for number in line.work_items}
    keys.update(key for line in history.truth() for key in line.keys)
    keys.update(key for line in history.branch_names() for key in line.keys)
    return {found for key in keys if (found := _parsed(key)) is not None}


def _stored_keys(integration: str) -> set[IssueKey]:
    """Return every issue that anything was linked to, rightly or not."""
    known = services()
    found: set[IssueKey] = set()
    for tracker in known.trackers.list(ONE_GROUP):
        links = known.storage.links(tracker.value)
        for record in known.repositories.list(integration):
            for stored in links.mentions(record.value.repository.id):
                found.update(stored.mention.keys)
    return found


def _parsed(text: str) -> IssueKey | None:
    try:
        return parse_issue_key(text)
    except BadIssueKeyError:
        return None  # no caller can ask for it: it counts as missing


class _Watch:
    """Takes the time of one step after the other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def note(self, step: str) -> None:
        """Note that a step has ended."""
        now = time.perf_counter()
        self.seconds[step] = round(now - self._since, 1)
        self._since = now
