"""Tells what a change of a tracker's rules would do, from what is stored, and does none of it.

No git host is called: the candidates that were kept are judged by both rules. It works for some
seconds, one page of mentions at a time, and says when there was more than it could look at.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from shared.index.indexing import restated
from shared.index.targets import reading_of, rules_of
from shared.issue_keys import (
    Form,
    IssueKey,
    PrefixStatistics,
    Source,
    count_prefixes,
    find,
    learn,
)
from shared.model import Item, Repository
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.configuration import Tracker
    from shared.issue_keys import Candidate, Reading
    from shared.model import Kind, Mention
    from shared.services import Services

WORKS_FOR: Final = timedelta(seconds=10)
"""An admin waits for the answer."""
_MOST_EXAMPLES: Final = 50
_MOST_ALIKE: Final = 5
"""Of one project, and in one direction."""
_LOOKS_AT_THE_CLOCK_EVERY: Final = 500

Change = Literal["added", "removed"]


class Example(Struct, frozen=True):
    """One link that would come or go."""

    issue_key: IssueKey
    change: Change
    item: Item
    repository: Repository


class Preview(Struct):
    """What a change of rules would do to links."""

    mentions_read: int = 0
    is_truncated: bool = False
    """Time was up before everything was looked at."""
    added: Counter[str] = field(default_factory=Counter)
    """Project → links that would come."""
    removed: Counter[str] = field(default_factory=Counter)
    """Project → links that would go."""
    examples: list[Example] = field(default_factory=list)
    reads_again: int = 0
    """Repositories that are to be read again for a new pattern: whole texts are not kept, so that
    what it would add is told from titles and names alone, and is more."""


class Prefixes(Struct, frozen=True):
    """Everything that is written like a project's key, over all repositories of a tracker."""

    statistics: PrefixStatistics
    repositories: Counter[str]
    """Prefix → how many repositories use it."""
    is_truncated: bool


class _Stopwatch:
    """Tells when time is up, looking at the clock now and then."""

    def __init__(self, services: Services) -> None:
        self._clock = services.clock
        self._until: datetime = services.clock() + WORKS_FOR
        self._count = 0
        self.is_up = False

    def limited(self, mentions: Iterator[Mention]) -> Iterator[Mention]:
        """Yield *mentions* until time is up."""
        for mention in mentions:
            self._count += 1
            if self._count % _LOOKS_AT_THE_CLOCK_EVERY == 0 and self._clock() >= self._until:
                self.is_up = True
                return
            yield mention


def preview(services: Services, tracker: Tracker, changed: Tracker) -> Preview:
    """Return what would become of links if *tracker* were *changed*; nothing is written.

    Where its list of projects is another, what is learned with it counts. A new pattern is looked
    for in what is kept of texts: titles, names of branches.
    """
    is_new = bool(changed.pattern) and changed.pattern != tracker.pattern
    found = Preview()
    watch = _Stopwatch(services)
    links = services.storage.links(tracker)
    for repository in _repositories(services, tracker):
        found.reads_again += is_new
        rules = rules_of(services, changed, repository)
        if rules.needs_learning and changed.projects != tracker.projects:
            stored = (s.mention for s in links.mentions(repository.id))
            statistics = count_prefixes(_told_by_itself(watch.limited(stored)))
            if watch.is_up:
                break
            learned = learn(statistics, projects=changed.projects)
            rules = rules.with_learned({repository.id: learned})
        reading = reading_of(rules, repository)
        stored = (s.mention for s in links.mentions(repository.id))
        told: set[int] = set()
        for mention in watch.limited(stored):
            found.mentions_read += 1
            looked = _with_pattern(mention, reading) if is_new else mention
            if looked.candidates:
                after = restated(looked, reading).keys.keys()
                before = mention.keys.keys()
                _note(found, mention.item, repository, "added", after - before, told)
                _note(found, mention.item, repository, "removed", before - after, told)
        if watch.is_up:
            break
    found.is_truncated = watch.is_up
    return found


def prefixes(services: Services, tracker: Tracker) -> Prefixes:
    """Return how often each prefix is used in what is stored for a tracker."""
    watch = _Stopwatch(services)
    links = services.storage.links(tracker)
    total = PrefixStatistics()
    repositories: Counter[str] = Counter()
    for repository in _repositories(services, tracker):
        stored = (s.mention for s in links.mentions(repository.id))
        counted = count_prefixes(_told_by_itself(watch.limited(stored)))
        repositories.update(counted.prefixes.keys())
        total = total.plus(counted)
        if watch.is_up:
            break
    return Prefixes(total, repositories, watch.is_up)


_TEXTS_OF_ITEMS: Final[dict[Kind, dict[str, Source]]] = {
    "commit": {"title": Source.MESSAGE},
    "branch": {"id": Source.BRANCH_NAME},
    "pull_request": {"title": Source.TITLE, "source_branch": Source.SOURCE_BRANCH},
}


def _with_pattern(mention: Mention, reading: Reading) -> Mention:
    """Return a mention with what the pattern finds in as much of its texts as is kept."""
    item = mention.item
    texts = _TEXTS_OF_ITEMS[item.kind] if not mention.origin else {}
    found = [
        candidate
        for name, source in texts.items()
        for candidate in find(
            getattr(item, name) or "", source=source, pattern=reading.pattern
        ).candidates
        if candidate.form is Form.OWN_PATTERN
    ]
    return replace(mention, candidates=(*mention.candidates, *found)) if found else mention


def _told_by_itself(mentions: Iterator[Mention]) -> Iterator[tuple[Candidate, ...]]:
    """Yield the candidates of items that they name themselves, not those told from elsewhere."""
    return (mention.candidates for mention in mentions if not mention.origin)


def _repositories(services: Services, tracker: Tracker) -> Iterator[Repository]:
    """Yield the repositories whose links the tracker shows."""
    owners = {record.key: record.value for record in services.owners.list(tracker.id)}
    for integration in services.integrations.list(ONE_GROUP):
        if integration.value.is_removed or tracker.id not in integration.value.trackers:
            continue
        for record in services.repositories.list(integration.key):
            owner = owners.get(record.key, integration.key)
            if record.value.is_live and owner == integration.key:
                yield record.value.repository


def _note(
    found: Preview,
    item: Item,
    repository: Repository,
    change: Change,
    keys: set[IssueKey],
    told: set[int],
) -> None:
    """Count what changes of an item; a link that is told of twice is one link."""
    counts = found.added if change == "added" else found.removed
    for key in keys:
        which = hash((item.kind, item.id, key))
        if which in told:
            continue
        told.add(which)
        counts[key.project] += 1
        if counts[key.project] <= _MOST_ALIKE and len(found.examples) < _MOST_EXAMPLES:
            found.examples.append(Example(key, change, item, repository))
