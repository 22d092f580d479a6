"""What tracker plugins are answered: links as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from shared.issue_keys import Evidence
from shared.links import address_of
from shared.model import Flag, Kind, PullRequestStatus, Reviewer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.links import FoundLink, LinkPage, Owned
    from shared.model import Repository


class RepositoryAnswer(Struct, frozen=True):
    """A repository, as it is called now."""

    id: str
    name: str
    project: str
    organization: str
    url: str


class AuthorAnswer(Struct, frozen=True):
    """Who made something."""

    name: str
    avatar_url: str | None = None


class LinkAnswer(Struct, frozen=True):
    """An item that names the issue."""

    kind: Kind
    id: str
    """The full SHA, the branch's name, or the pull request's number."""
    title: str
    url: str
    """Opens it in the git host's pages."""
    at: datetime | None
    integration_id: str
    repository: RepositoryAnswer
    also_in: tuple[RepositoryAnswer, ...]
    author: AuthorAnswer | None
    status: PullRequestStatus | None
    source_branch: str | None
    target_branch: str | None
    merge_commit: str | None
    reviewers: tuple[Reviewer, ...]
    flags: tuple[Flag, ...]
    evidence: tuple[Evidence, ...]


class LinksAnswer(Struct, frozen=True):
    """A page of an issue's links."""

    issue_key: str
    links: tuple[LinkAnswer, ...]
    next: str | None


class IssueAnswer(Struct, frozen=True, omit_defaults=True):
    """One issue of several: its links, or why it has none."""

    issue_key: str
    links: tuple[LinkAnswer, ...]
    truncated: bool
    code: str = ""
    """Why the key was refused; left out when it was not."""


class IssuesAnswer(Struct, frozen=True):
    """Several issues, in the order asked."""

    issues: tuple[IssueAnswer, ...]


class IssuesQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """Which issues, and how much of each."""

    issues: list[str]
    limit_per_issue: int = 20


class PullRequestCounts(Struct, frozen=True):
    """How many pull requests stand where."""

    open: int = 0
    draft: int = 0
    merged: int = 0
    declined: int = 0


class SummaryAnswer(Struct, frozen=True, omit_defaults=True):
    """How much links to an issue."""

    issue_key: str
    commits: int
    branches: int
    pull_requests: PullRequestCounts
    last_at: datetime | None
    truncated: bool
    code: str = ""


class SummariesAnswer(Struct, frozen=True):
    """Several issues, in the order asked."""

    issues: tuple[SummaryAnswer, ...]


class SummaryQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """Which issues."""

    issues: list[str]


class ChangesAnswer(Struct, frozen=True):
    """Which issues changed."""

    issue_keys: tuple[str, ...]
    all_of_projects: tuple[str, ...]
    next: str


class Shown:
    """Turns links into answers, each repository once."""

    def __init__(self) -> None:
        self._repositories: dict[str, RepositoryAnswer] = {}

    def links(self, page: LinkPage) -> tuple[LinkAnswer, ...]:
        """Return the links of a page."""
        return tuple([self._link(found) for found in page.links])

    def _link(self, found: FoundLink) -> LinkAnswer:
        link = found.link
        item = link.item
        owned = found.owned[0]
        repository = owned.repository
        return LinkAnswer(
            kind=item.kind,
            id=item.id,
            title=item.title,
            url=address_of(item.kind, item.id, repository),
            at=item.at,
            integration_id=owned.integration,
            repository=self._repository(repository),
            also_in=self._others(found.owned),
            author=AuthorAnswer(item.author) if item.author else None,
            status=item.status,
            source_branch=item.source_branch,
            target_branch=item.target_branch,
            merge_commit=item.merge_commit,
            reviewers=item.reviewers,
            flags=item.flags,
            evidence=link.evidence,
        )

    def _others(self, owned: Sequence[Owned]) -> tuple[RepositoryAnswer, ...]:
        if len(owned) == 1:
            return ()
        return tuple([self._repository(one.repository) for one in owned[1:]])

    def _repository(self, repository: Repository) -> RepositoryAnswer:
        known = self._repositories.get(repository.id)
        if known is None:
            known = self._repositories[repository.id] = RepositoryAnswer(
                repository.id,
                repository.name,
                repository.project,
                repository.organization,
                repository.url,
            )
        return known
