"""Lists a repository's commits with the issues that each links to, or why it links to none.

It is all told from what is stored; no git host is called. Commits come in order of their ids, which
never change, so that a page goes on where the one before ended whatever is indexed meanwhile.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.errors import UnknownThingError
from shared.index.targets import reading_of, rules_of
from shared.issue_keys import Candidate, Evidence, IssueKey
from shared.model import CommitId, Item
from shared.origins import hides
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration, Tracker
    from shared.model import Mention, Repository
    from shared.services import Services

MOST_TOLD: Final = 10_000
"""What is read at most of all that is told of commits from elsewhere, a thousand at a time."""
MOST_READS: Final = 10
"""How many thousand commits are looked through for one page."""
_AT_ONCE: Final = 1000
_TAKE_AN_ID: Final = "Take its id from the list of the integration's repositories."


class SeenCommit(Struct, frozen=True):
    """A commit, and what it links to in one tracker."""

    item: Item
    issue_keys: tuple[IssueKey, ...]
    """What shows it: named by itself, or told by a tag, a pull request, a work item or a person."""
    detached: tuple[IssueKey, ...]
    """What would show it, had nobody detached it by hand."""
    waiting: tuple[Evidence, ...]
    """What is a key by the rules of now, which have still to be applied."""
    not_accepted: tuple[Candidate, ...]
    """What is written in it like a key, and is none."""

    @property
    def is_linked(self) -> bool:
        """Whether any issue shows it."""
        return bool(self.issue_keys)


class CommitPage(Struct, frozen=True):
    """Some commits of a repository in order of id."""

    commits: tuple[SeenCommit, ...] = ()
    next: CommitId | None = None
    """What to go on behind; None at the end. A page before the last may be short, even empty."""
    is_uncertain: bool = False
    """More is told of commits from elsewhere than was read: what seems unlinked may be linked."""


class _Told(Struct):
    """What is told of commits from elsewhere: id and keys."""

    shown: dict[str, set[IssueKey]]
    hidden: dict[str, set[IssueKey]]
    is_cut: bool


class SeenCommits:
    """The commits of a repository, as one tracker sees them.

    What somebody detached in a fork of the repository is hidden everywhere, and told there alone.
    """

    def __init__(
        self, services: Services, integration: Integration, repository: str, *, tracker: str = ""
    ) -> None:
        """Look at a repository by id; without a *tracker*, at what the integration's first sees.

        UnknownThingError when the integration does not index it, or not for such a tracker.
        """
        self.repository = _indexed(services, integration, repository)
        self.tracker = _fed(services, integration, self.repository, tracker)
        rules = rules_of(services, self.tracker, self.repository)
        self.reading = reading_of(rules, self.repository)
        self._is_shown = integration.index.commits
        self._links = services.storage.links(self.tracker)

    def page(self, *, linked: bool | None = None, after: str = "", limit: int) -> CommitPage:
        """Return up to *limit* commits behind the id *after*, of those that are *linked* or not.

        It takes two requests to storage for what is told from elsewhere, one more for each thousand
        of it, and one for the commits, or for each thousand that is looked through: 21 at most.
        """
        if not self._is_shown:
            return CommitPage()
        size = limit + 1 if linked is None else _AT_ONCE
        found: list[Mention] = []
        for _ in range(MOST_READS):
            page = self._links.commits(self.repository.id, after=after, limit=size)
            found += [m for m in page if linked is None or bool(self._keys(m)) is linked]
            if len(found) > limit or len(page) < size:
                break
            after = page[-1].item.id
        else:
            return self._page(found, CommitId(after))
        following = CommitId(found[limit - 1].item.id) if len(found) > limit else None
        return self._page(found[:limit], following)

    def _page(self, found: list[Mention], following: CommitId | None) -> CommitPage:
        commits = tuple(map(self._seen, found))
        return CommitPage(commits, following, self._told.is_cut)

    def _seen(self, mention: Mention) -> SeenCommit:
        item = mention.item
        outcome = self.reading.accept(mention.candidates, at=item.at)
        hidden = self._told.hidden.get(item.id, set())
        counting = [e for key, found in outcome.keys.items() if key in mention.keys for e in found]
        written = {evidence.text for evidence in counting}
        return SeenCommit(
            item=item,
            issue_keys=tuple(self._keys(mention)),
            detached=tuple(sorted(hidden)),
            waiting=tuple(
                found[0]
                for key, found in outcome.keys.items()
                if key not in mention.keys and key not in hidden
            ),
            not_accepted=tuple(c for c in outcome.not_accepted if c.text not in written),
        )

    def _keys(self, mention: Mention) -> list[IssueKey]:
        """Return what shows a commit, what it names itself first."""
        commit, told = mention.item.id, self._told
        keys = dict.fromkeys(mention.keys) | dict.fromkeys(sorted(told.shown.get(commit, ())))
        return [key for key in keys if key not in told.hidden.get(commit, ())]

    @cached_property
    def _told(self) -> _Told:
        found = self._links.told(self.repository.id, "commit", limit=MOST_TOLD)
        told = _Told({}, {}, is_cut=len(found) == MOST_TOLD)
        for mention in found:
            keys = told.hidden if hides(mention.origin) else told.shown
            keys.setdefault(mention.item.id, set()).update(mention.keys)
        return told


def _indexed(services: Services, integration: Integration, repository: str) -> Repository:
    record = services.repositories.get(integration.id, repository.lower())
    if record is None or not record.value.is_live:
        text = "There is no such repository, or it is not indexed."
        raise UnknownThingError(text, next_step=_TAKE_AN_ID)
    return record.value.repository


def _fed(
    services: Services, integration: Integration, repository: Repository, tracker: str
) -> Tracker:
    """Return the tracker that is asked for, if the integration indexes the repository for it."""
    asked = [known for known in integration.trackers if tracker in {"", known}]
    record = services.trackers.get(ONE_GROUP, asked[0]) if asked else None
    if record is None:
        raise UnknownThingError("The integration is indexed for no such tracker.")
    owner = services.owners.get(record.key, repository.id)
    if owner is None or owner.value != integration.id:
        raise UnknownThingError(
            "Another integration indexes the repository for this tracker.",
            next_step="Look at its commits there.",
        )
    return record.value
