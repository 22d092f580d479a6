"""Commits that are stored and that no branch holds any more: flagged at once, forgotten later.

Whoever looks at an issue sees that such a commit was rebased away or given up. It is kept for a
month. A branch that is put back brings its commits back: they are stored anew, without the flag.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import ChangedError
from shared.index.indexing import restated
from shared.model import CommitId
from shared.progress import Orphan

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from shared.index.targets import TrackerTarget
    from shared.interfaces.links import StoredMention
    from shared.interfaces.storage import Record
    from shared.issue_keys import IssueKey
    from shared.model import Flag, IntegrationId, Mention, RepositoryId
    from shared.services import Services

KEPT_FLAGGED: Final = timedelta(days=30)
_AT_ONCE: Final = 1000


class Orphans:
    """The orphaned commits of one repository, under its lease."""

    def __init__(
        self,
        services: Services,
        integration: IntegrationId,
        repository: RepositoryId,
        targets: Sequence[TrackerTarget],
    ) -> None:
        self._services = services
        self._integration = integration
        self._repository = repository
        self._targets = targets

    def ids(self) -> set[CommitId]:
        """Return them all, those that came back meanwhile among them."""
        return set(self._since())

    def flag(self, ids: Collection[CommitId]) -> None:
        """Say on their issues that no branch holds these commits; those not stored are left out."""
        now = self._services.clock()
        stored = {i for t in self._targets for i in t.links.stored(self._repository, "commit", ids)}
        # The record first: a flag without one would never end.
        for commit_id in stored:
            with suppress(ChangedError):
                self._services.orphans.insert(
                    self._integration, self._key(CommitId(commit_id)), Orphan(now)
                )
        self._set_flag(ids)

    def expire(self) -> bool:
        """Forget those that were flagged for a month; tell whether any are left."""
        now = self._services.clock()
        since = self._since()
        late = [commit_id for commit_id, at in since.items() if now - at >= KEPT_FLAGGED]
        for found in self._targets:
            changed: set[IssueKey] = set()
            stored = found.links.stored(self._repository, "commit", late)
            # One that came back meanwhile has lost its flag.
            flagged = [i for i, s in stored.items() if _is_flagged(s)]
            for start in range(0, len(flagged), _AT_ONCE):
                batch = flagged[start : start + _AT_ONCE]
                changed |= found.links.delete(self._repository, "commit", batch, observed_at=now)
            self._services.storage.changes.note(found.tracker, changed, at=self._services.clock())
        for commit_id in late:
            self._services.orphans.delete(self._integration, self._key(commit_id))
        return len(since) > len(late)

    def _since(self) -> dict[CommitId, datetime]:
        records = _records(self._services, self._integration, self._repository)
        return {CommitId(r.key.rpartition(".")[2]): r.value.since for r in records}

    def _set_flag(self, ids: Collection[CommitId]) -> None:
        for found in self._targets:
            stored = found.links.stored(self._repository, "commit", ids).values()
            # A commit is stored without its evidence, which is made of the candidates again.
            reading = found.target.reading
            changes = [
                (s, restated(_flagged(s.mention), reading)) for s in stored if not _is_flagged(s)
            ]
            for start in range(0, len(changes), _AT_ONCE):
                found.links.restate(changes[start : start + _AT_ONCE])
            keys = {key for s, _ in changes for key in s.mention.keys}
            self._services.storage.changes.note(found.tracker, keys, at=self._services.clock())

    def _key(self, commit_id: CommitId) -> str:
        return f"{self._repository}.{commit_id}"


def forget_orphans(
    services: Services, integration: IntegrationId, repository: RepositoryId
) -> None:
    """Forget which commits of a repository are orphaned: its links are gone, too."""
    for record in _records(services, integration, repository):
        services.orphans.delete(integration, record.key)


def _records(
    services: Services, integration: IntegrationId, repository: RepositoryId
) -> list[Record[Orphan]]:
    return services.orphans.list(integration, after=f"{repository}.", before=f"{repository}/")


def _is_flagged(stored: StoredMention) -> bool:
    return "orphaned" in stored.mention.item.flags


def _flagged(mention: Mention) -> Mention:
    flags: tuple[Flag, ...] = (*mention.item.flags, "orphaned")
    return replace(mention, item=replace(mention.item, flags=flags))
