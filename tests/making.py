"""Makes mentions for tests; what is left out is plain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.issue_keys import Candidate, Evidence, Form, IssueKey, Source
from shared.model import CommitId, IntegrationId, Item, Mention, RepositoryId

if TYPE_CHECKING:
    from shared.model import Kind, PullRequestStatus

DAY = datetime(2026, 3, 1, tzinfo=UTC)
REPOSITORY = RepositoryId("0d5bb114-7bd9-4ae1-8554-aec3d164f94c")
FORK = RepositoryId("9cea8cb0-1dd1-4358-8b27-a55fa170e4e9")


def sha(number: int) -> CommitId:
    """Return a commit's id, another one for each number."""
    return CommitId(f"{number:05x}" * 8)


def mention(
    kind: Kind,
    item_id: str,
    *keys: str,
    at: datetime = DAY,
    title: str = "A title",
    repository: RepositoryId = REPOSITORY,
    status: PullRequestStatus | None = None,
    observed_at: datetime | None = None,
    rules: str = "r1",
) -> Mention:
    """Return a mention of the issues `PAY-1`, …, by an item."""
    accepted: dict[IssueKey, tuple[Evidence, ...]] = {}
    for text in keys:
        project, _, number = text.rpartition("-")
        accepted[IssueKey(project, int(number))] = (Evidence(Source.MESSAGE, text),)
    item = Item(
        kind=kind,
        id=item_id,
        repository=repository,
        integration=IntegrationId("i1"),
        title=title,
        author="Backend developer",
        at=None if kind == "branch" else at,
        status=status,
    )
    candidates = tuple(
        Candidate(Form.KEY, key.project, key.number, str(key), Source.MESSAGE) for key in accepted
    )
    seen_at = observed_at or (None if kind == "commit" else DAY)
    return Mention(item, accepted, candidates, rules, seen_at)
