"""The commits of a repository over HTTP: which are linked, and why others are not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.why_not import Refused, refusals
from shared.connections.opening import integration_of
from shared.index.seen_commits import SeenCommits
from shared.links import address_of
from shared.model import Flag
from shared.web.calls import write_cursor
from shared.web.routes import PAGED, Parameter, Route

if TYPE_CHECKING:
    from shared.index.seen_commits import SeenCommit
    from shared.web.calls import Call

MOST_REASONS: Final = 20
"""Release notes that a commit brings may hold hundreds of what looks like a key."""
_BOTH: Final = ("true", "false")


class CommitRow(Struct, frozen=True):
    """A commit, and what it links to."""

    id: str
    title: str
    author: str
    at: datetime | None
    url: str
    linked: bool
    issue_keys: tuple[str, ...]
    not_accepted: tuple[Refused, ...]
    """What looks like a key in it and links to nothing, and why: the first twenty. Empty where
    nothing looks like one."""
    flags: tuple[Flag, ...]


class CommitsAnswer(Struct, frozen=True):
    """A page of commits in order of id; before the last it may be short, even empty."""

    tracker: str
    commits: tuple[CommitRow, ...]
    truncated: bool
    """So much is told of commits by tags, pull requests and work items that not all of it was
    read: some that are not linked here may be."""
    next: str | None


def list_commits(call: Call) -> CommitsAnswer:
    """Return a page of a repository's commits, as one tracker sees them."""
    seen = SeenCommits(
        call.services,
        integration_of(call.services, call.path("integration_id")),
        call.path("repository_id"),
        tracker=call.query("tracker"),
    )
    page = seen.page(linked=linked_of(call), after=call.cursor(), limit=call.limit())
    return CommitsAnswer(
        tracker=seen.tracker.id,
        commits=tuple(_row(commit, seen) for commit in page.commits),
        truncated=page.is_uncertain,
        next=None if page.next is None else write_cursor(page.next),
    )


def linked_of(call: Call) -> bool | None:
    """Return which commits are asked for: the linked ones, the others, or None for both."""
    asked = call.choices("linked", _BOTH)
    return None if asked == _BOTH else asked == ("true",)


def reasons_of(commit: SeenCommit, seen: SeenCommits) -> tuple[Refused, ...]:
    """Return what looks like a key in a commit and does not link it, and why."""
    return (
        *(Refused(str(key), "was detached by hand") for key in commit.detached),
        *(
            Refused(evidence.text, "counts by the rules of now, which are being applied")
            for evidence in commit.waiting
        ),
        *refusals(commit.not_accepted, seen.tracker, seen.reading),
    )


def _row(commit: SeenCommit, seen: SeenCommits) -> CommitRow:
    item = commit.item
    return CommitRow(
        id=item.id,
        title=item.title,
        author=item.author,
        at=item.at,
        url=address_of(item.kind, item.id, seen.repository),
        linked=commit.is_linked,
        issue_keys=tuple(map(str, commit.issue_keys)),
        not_accepted=reasons_of(commit, seen)[:MOST_REASONS],
        flags=item.flags,
    )


_LINKED = Parameter(
    "linked", "Only commits that link to an issue, or only those that do not.", {"type": "boolean"}
)
_TRACKER = Parameter("tracker", "The tracker whose issues are meant; else the integration's first.")

ROUTES: Final = (
    Route("GET", "integrations/{integration_id}/repositories/{repository_id}/commits",
          list_commits, "admin", "A repository's commits, and what each links to.",
          answer=CommitsAnswer, query=(_LINKED, _TRACKER, *PAGED), is_for_operators=True),
)  # fmt: skip
