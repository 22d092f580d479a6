"""Looks up what is told of: in what is stored first, and at the git host where that lacks it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from shared.errors import MalformedAnswerError, MissingError
from shared.index.indexing import item_of_commit, shown_name
from shared.index.writing import IndexWriter
from shared.model import Commit, CommitId, Kind, Origin
from shared.origins import ITSELF
from shared.telemetry.operations import carried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shared.configuration import Integration
    from shared.index.targets import TrackerTarget
    from shared.interfaces.git_host import GitHost
    from shared.model import Item, PullRequest, Repository
    from shared.services import Services

_AT_ONCE: Final = 8
_FEW: Final = 20
"""So many mentions are read one by one; for more of them, all of a repository would be read."""
_MANY: Final = 500
"""For more than these that is cheaper, however large the repository is."""
_SWITCHES: Final[dict[Kind, str]] = {
    "commit": "commits",
    "branch": "branches",
    "pull_request": "pull_requests",
}


T = TypeVar("T")
Place = tuple[Kind, str]
"""An item of a repository, by kind and id."""


class Asked(Struct, frozen=True):
    """An item that is told of, and by whom."""

    kind: Kind
    id: str
    origin: Origin = ITSELF
    commit: Commit | None = None
    """The commit, where it is at hand."""


class ItemFinder:
    """Finds what issues show of the items of one repository."""

    def __init__(
        self,
        services: Services,
        integration: Integration,
        repository: Repository,
        *,
        targets: Sequence[TrackerTarget],
        host: GitHost | None,
    ) -> None:
        """Find items for the integration's trackers; without a *host* nobody is asked."""
        self._services = services
        self._repository = repository
        self._targets = targets
        self._host = host
        index = integration.index
        self.kinds = frozenset(kind for kind, name in _SWITCHES.items() if getattr(index, name))
        """Those that the integration indexes."""

    def find(self, asked: Sequence[Asked]) -> dict[Place, Item]:
        """Return the items, as far as they are indexed or can be read."""
        wanted = {(a.kind, a.id): a for a in asked if a.kind in self.kinds}
        target = self._targets[0].target
        found = {
            place: item_of_commit(a.commit, target)
            for place, a in wanted.items()
            if a.commit is not None
        }
        for kind in self.kinds:
            found |= self._stored(kind, [i for k, i in wanted if k == kind and (k, i) not in found])
        told = [a for place, a in wanted.items() if place not in found and a.origin]
        for stored in together(
            partial(self._stored, a.kind, [a.id], origin=a.origin) for a in told
        ):
            found |= stored
        missing = [place for place in wanted if place not in found]
        if not missing or self._host is None:
            return found
        return found | self._read(self._host, missing)

    def _stored(
        self, kind: Kind, ids: Sequence[str], *, origin: Origin = ITSELF
    ) -> dict[Place, Item]:
        """Return the items that are stored with all that an issue shows of them."""
        found: dict[Place, Item] = {}
        size = _FEW if len(ids) <= _MANY else len(ids)
        for one in self._targets:
            for start in range(0, len(ids), size):
                some = ids[start : start + size]
                stored = one.links.stored(self._repository.id, kind, some, origin=origin)
                items = (_shown(s.mention.item) for s in stored.values())
                found |= {(kind, item.id): item for item in items if item is not None}
        return found

    def _read(self, host: GitHost, missing: Sequence[Place]) -> dict[Place, Item]:
        commits = [CommitId(i) for kind, i in missing if kind == "commit" and host.has_lists]
        numbers = [int(i) for kind, i in missing if kind == "pull_request"]
        target = self._targets[0].target
        read = together(partial(_commit, host, self._repository, i) for i in commits)
        found: dict[Place, Item] = {
            ("commit", commit.id): item_of_commit(commit, target) for commit in read
        }
        pull_requests = together(partial(_pull_request, host, self._repository, n) for n in numbers)
        if pull_requests:
            # One that was closed before the window is indexed now that something tells of it.
            writer = IndexWriter(self._targets, self._services.storage.changes)
            writer.put_pull_requests(pull_requests)
            writer.flush(self._services.clock)
            found |= self._stored("pull_request", [str(p.number) for p in pull_requests])
        return found


def together(calls: Iterable[Callable[[], T | None]]) -> list[T]:
    """Return what calls of a git host or of storage return, some at a time, less what is None."""
    waiting = list(calls)
    if not waiting:
        return []
    with ThreadPoolExecutor(min(_AT_ONCE, len(waiting)), "supplement") as pool:
        results = list(pool.map(lambda call: call(), [carried(call) for call in waiting]))
    return [result for result in results if result is not None]


def _commit(host: GitHost, repository: Repository, commit_id: CommitId) -> Commit | None:
    with suppress(MissingError, MalformedAnswerError):
        return host.commit(repository, commit_id)
    return None


def _pull_request(host: GitHost, repository: Repository, number: int) -> PullRequest | None:
    with suppress(MissingError, MalformedAnswerError):
        return host.pull_request(repository.id, number)
    return None


def _shown(item: Item) -> Item | None:
    """Return an item as an issue shows it; None where too little is stored of it."""
    if item.kind == "branch":
        return replace(item, title=shown_name(item.id))
    is_whole = item.at is not None if item.kind == "commit" else item.status is not None
    return item if is_whole else None
