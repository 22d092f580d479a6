"""What an issue itself is: asked of a tracker whose issues are work items of Azure Boards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from shared.access.callers import require_issue
from shared.boards.showing import work_item_of
from shared.errors import BadIssueKeyError
from shared.issue_keys import AZURE_BOARDS, IssueKey, parse_issue_key

if TYPE_CHECKING:
    from shared.web.calls import Call


class WorkItemAnswer(Struct, frozen=True):
    """A work item."""

    issue_key: str
    title: str
    type: str
    state: str
    project: str
    iteration: str
    """The sprint: a path with backslashes between, the project first."""
    parent: str | None
    """The issue key of the work item that it belongs to."""
    url: str


def get_issue(call: Call) -> WorkItemAnswer:
    """Return a work item as it was last read; BadIssueKeyError for an issue of another kind."""
    issue_key = parse_issue_key(call.path("issue_key"))
    if issue_key.project != AZURE_BOARDS:
        raise BadIssueKeyError(
            f"{issue_key} is no work item.",
            next_step="Write a work item of Azure Boards as AB#17; other issues are not kept here.",
        )
    require_issue(call.caller, issue_key)
    item = work_item_of(
        call.services, call.tracker, issue_key, integrations=call.caller.integrations
    )
    return WorkItemAnswer(
        issue_key=str(issue_key),
        title=item.title,
        type=item.type,
        state=item.state,
        project=item.project,
        iteration=item.iteration,
        parent=None if item.parent is None else str(IssueKey(AZURE_BOARDS, item.parent)),
        url=item.url,
    )
