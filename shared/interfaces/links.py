"""What is kept of links, and of what items mention, for one tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from shared.model import Link, Mention
from shared.origins import ITSELF

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.issue_keys import IssueKey
    from shared.model import CommitId, Kind, Origin, RepositoryId


class StoredLink(Struct, frozen=True):
    """A link and where it stands among those of its issue."""

    link: Link
    position: str
    """Opaque, ordered: a page carries on after the position of its last link."""


class StoredMention(Struct, frozen=True):
    """A mention as it was read."""

    mention: Mention
    version: str


class LinkWriter(Protocol):
    """Writes what commits mention, many at a time. Not for two threads."""

    def put(self, mentions: Iterable[Mention]) -> None:
        """Take *mentions* of commits; what is stored of them before `flush` is not promised."""

    def flush(self) -> None:
        """Return when everything taken is stored: all links first, then all mentions."""


class Links(Protocol):
    """The links and the mentions of one tracker."""

    def read(
        self, issue_key: IssueKey, *, kinds: Collection[Kind], after: str, limit: int
    ) -> list[StoredLink]:
        """Return up to *limit* links behind position *after* (empty: from the start).

        Each origin of a link counts: what is told from elsewhere comes right behind what the item
        says itself.

        Branches come first, then pull requests, then commits, the latter two newest first. Fewer
        than *limit* means that there are no more.
        """

    def read_many(
        self, issue_keys: Sequence[IssueKey], *, limit: int
    ) -> dict[IssueKey, list[StoredLink]]:
        """Return the first *limit* links of each issue, in as few queries as it takes."""

    def writer(self) -> LinkWriter:
        """Return a new writer for commits."""

    def replace(self, mentions: Sequence[Mention]) -> set[IssueKey]:
        """Store mentions of branches or pull requests in place of older ones, with their links.

        So is stored what an origin tells of any one item.

        Links that an item no longer has are deleted. An observation that is older than the stored
        one changes nothing. Returned are the issues whose links changed.
        """

    def delete(
        self,
        repository: RepositoryId,
        kind: Kind,
        ids: Sequence[str],
        *,
        observed_at: datetime,
        origin: Origin = ITSELF,
    ) -> set[IssueKey]:
        """Forget items with their links, unless they were observed after *observed_at*.

        With a branch goes what is told of it from elsewhere. Named with an *origin*, no more is
        forgotten than what that tells of them. Returned are the issues whose links changed.
        """

    def supplement(
        self,
        repository: RepositoryId,
        told: Mapping[Origin, Sequence[Mention]],
        *,
        observed_at: datetime | None,
    ) -> set[IssueKey]:
        """Store what each origin tells of items, in place of all that it told of others.

        It is kept beside what the items say themselves. What was observed after *observed_at* is
        left as it is. Returned are the issues whose links changed.
        """

    def stored(
        self,
        repository: RepositoryId,
        kind: Kind,
        ids: Collection[str],
        *,
        origin: Origin = ITSELF,
    ) -> dict[str, StoredMention]:
        """Return what is stored of those of *ids* that *origin*, or they themselves, tell of."""

    def seen(
        self, repository: RepositoryId, ids: Collection[CommitId], *, pattern_id: str = ""
    ) -> set[CommitId]:
        """Return those of *ids* whose mention is stored; a point read for each.

        With a *pattern_id* only those count in whose text that pattern was looked for.
        """

    def commit_ids(self, repository: RepositoryId, *, pattern_id: str = "") -> set[CommitId]:
        """Return all commits of a repository whose mention is stored, as `seen` counts them."""

    def mentions(
        self, repository: RepositoryId, *, kind: Kind | None = None
    ) -> Iterator[StoredMention]:
        """Yield what is stored for a repository; reads a thousand at a time.

        For a *kind* it is what the items say themselves, else all that anybody tells of them.
        """

    def commits(self, repository: RepositoryId, *, after: str, limit: int) -> list[Mention]:
        """Return what up to *limit* commits behind the id *after* name themselves, in order of id.

        Fewer than *limit* means that there are no more. A thousand are read at a time.
        """

    def told(self, repository: RepositoryId, kind: Kind, *, limit: int) -> list[Mention]:
        """Return up to *limit* of what is told from elsewhere of items of a kind: their keys alone.

        What takes links away comes first, then what was attached by hand. Fewer than *limit* means
        that there is no more. A thousand are read at a time.
        """

    def named(self, project: str) -> Iterator[tuple[int, RepositoryId]]:
        """Yield the number and the repository of each link to an issue of a project.

        The same come again and again; reads a thousand at a time, and nothing but keys.
        """

    def forget_kind(self, repository: RepositoryId, kind: Kind) -> set[IssueKey]:
        """Forget what a repository's items of one kind say themselves, with their links.

        What is told of them from elsewhere stays. Returned are the issues whose links changed.
        """

    def restate(self, changes: Sequence[tuple[StoredMention, Mention]]) -> int:
        """Store what the same items name under other rules.

        A mention that was changed since it was read is left as it is; returned is how many were.
        """

    def remove_repository(self, repository: RepositoryId) -> None:
        """Delete every link and mention of a repository; can be stopped and done again."""
