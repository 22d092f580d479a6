"""What a team does while the soak runs, and what must be linked because of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization

REPOSITORIES: Final = 6
_STORY_EVERY: Final = 20
_FLEETING_EVERY: Final = 15


class Linked(NamedTuple):
    """Something that must be shown on an issue."""

    kind: str
    id: str


class Team:
    """Pushes to repositories in turn, each piece of work for an issue of its own."""

    def __init__(self, sample: SampleOrganization) -> None:
        self._sample = sample
        self._lock = threading.Lock()
        self._truth: dict[str, set[Linked]] = {}
        self._fleeting: list[tuple[str, str]] = []
        """Repository and branch of those that the next piece of their kind deletes."""

    @property
    def truth(self) -> dict[str, set[Linked]]:
        """Issue → what links to it once everything has been heard."""
        with self._lock:
            return dict(self._truth)

    def prepare(self) -> None:
        """Make the repositories, before anything is connected."""
        self._sample.add_project("Shop")
        for number in range(REPOSITORIES):
            self._sample.create_repository("Shop", f"part-{number}")
            self._sample.push(f"part-{number}", "main", "Start")

    def work(self) -> None:
        """Do one piece of work: mostly a push, at times a pull request or a branch that goes."""
        number = len(self._truth) + 1
        key, repository = f"PAY-{number}", f"part-{number % REPOSITORIES}"
        if number % _STORY_EVERY == 0:
            found = self._story(key, repository, gives_up=number % (2 * _STORY_EVERY) == 0)
        elif number % _FLEETING_EVERY == 0:
            found = self._fleet(key, repository)
        else:
            found = {Linked("commit", self._sample.push(repository, "main", f"{key} Work"))}
        with self._lock:
            self._truth[key] = found

    def finish(self) -> None:
        """Delete what is to go and still there."""
        for repository, branch in self._fleeting:
            self._sample.delete_branch(repository, branch)
        self._fleeting.clear()

    def _story(self, key: str, repository: str, *, gives_up: bool) -> set[Linked]:
        branch = f"topic/{key}"
        commit = self._sample.push(repository, branch, f"{key} Begin")
        opened = self._sample.open_pull_request(repository, branch, f"{key} Please look")
        if gives_up:
            self._sample.abandon(opened)
        return {
            Linked("commit", commit),
            Linked("branch", branch),
            Linked("pull_request", str(opened)),
        }

    def _fleet(self, key: str, repository: str) -> set[Linked]:
        """Make a branch that will be deleted, and delete the one before: no link may stay."""
        self.finish()
        branch = f"gone/{key}"
        self._sample.create_branch(repository, branch)
        self._fleeting.append((repository, branch))
        return set()
