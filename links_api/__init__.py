"""What tracker plugins call: what links to an issue, to several, and which issues changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec

from links_api.answers import (
    ChangesAnswer,
    IssueAnswer,
    IssuesAnswer,
    IssuesQuestion,
    LinksAnswer,
    PullRequestCounts,
    Shown,
    SummariesAnswer,
    SummaryAnswer,
    SummaryQuestion,
)
from links_api.by_hand import ItemQuestion, attach_link, detach_link
from links_api.issues import WorkItemAnswer, get_issue
from links_api.repositories import ROUTES as REPOSITORIES
from shared.access.callers import require_issue
from shared.bootstrap import services
from shared.errors import BadRequestError, CursorExpiredError, OutOfScopeError, SenderError
from shared.issue_keys import IssueKey, parse_issue_key
from shared.links import KINDS, LinkPage, links_of_issues, page_of_links
from shared.web.answers import Answer
from shared.web.calls import read_cursor, write_cursor
from shared.web.routes import PAGED, Parameter, Route, blueprint_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.web.calls import Call

_MOST_ISSUES: Final = 100
_MOST_EACH: Final = 200
_COUNTED: Final = 1000
_KEPT: Final = timedelta(days=7)
_BEHIND_THE_CLOCK: Final = timedelta(minutes=2)
"""A change is noted a moment after its links are stored, by workers whose clocks differ."""
_CACHED: Final = {
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization, Accept",
}
_encode = msgspec.json.Encoder().encode


def get_links(call: Call) -> object:
    """Return a page of one issue's links."""
    issue_key = parse_issue_key(call.path("issue_key"))
    require_issue(call.caller, issue_key)
    page = page_of_links(
        call.services,
        call.tracker,
        issue_key,
        integrations=call.caller.integrations,
        kinds=call.choices("kinds", KINDS),
        after=call.cursor(),
        limit=call.limit(),
    )
    following = write_cursor(page.next) if page.next else None
    return _tagged(call, LinksAnswer(str(issue_key), Shown().links(page), following))


def get_links_of_issues(call: Call) -> object:
    """Return the first links of several issues, named in the query."""
    asked = [key for key in call.query("issues").split(",") if key]
    limit = call.number("limit_per_issue", default=20, most=_MOST_EACH)
    return _tagged(call, _issues(call, asked, limit))


def query_links(call: Call) -> object:
    """Return the first links of several issues, named in the body."""
    question = call.body(IssuesQuestion)
    if not 1 <= question.limit_per_issue <= _MOST_EACH:
        reason = f"a whole number from 1 to {_MOST_EACH}"
        raise BadRequestError("The body is not as described.", fields={"limit_per_issue": reason})
    return _tagged(call, _issues(call, question.issues, question.limit_per_issue))


def summarize_links(call: Call) -> SummariesAnswer:
    """Return how much links to each of several issues."""
    asked = call.body(SummaryQuestion).issues
    pages, refused = _pages(call, asked, _COUNTED)
    return SummariesAnswer(
        tuple(
            _summary(text, LinkPage(), refused[text])
            if text in refused
            else _summary(str(parse_issue_key(text)), pages[parse_issue_key(text)])
            for text in asked
        )
    )


def get_changes(call: Call) -> ChangesAnswer:
    """Return which issues changed since a cursor; without one, a cursor for now.

    OutOfScopeError for a token of some integrations: the feed does not tell whose a change is.
    """
    if call.caller.integrations is not None:
        raise OutOfScopeError("The feed of changes is of all integrations, the token of some.")
    now = call.services.clock()
    until = now - _BEHIND_THE_CLOCK
    text = call.query("since")
    since = _minute(text) if text else until
    if now - since > _KEPT:
        raise CursorExpiredError("Changes are kept for seven days.")
    marks, following = call.services.storage.changes.read(
        call.tracker, since=since, until=until, limit=call.limit()
    )
    caller = call.caller
    seen = [m for m in marks if caller.issue_projects is None or m[0] in caller.issue_projects]
    return ChangesAnswer(
        issue_keys=tuple(str(IssueKey(project, n)) for project, n in seen if n is not None),
        all_of_projects=tuple(project for project, n in seen if n is None),
        next=write_cursor(f"{following:%Y%m%d%H%M}"),
    )


def _tagged(call: Call, value: object) -> Answer:
    """Return an answer that the caller may keep, and ask whether it is still good."""
    body = _encode(value)
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {**_CACHED, "ETag": tag}
    held = call.header("if-none-match")
    if held and (held == "*" or tag in {t.strip().removeprefix("W/") for t in held.split(",")}):
        return Answer(None, HTTPStatus.NOT_MODIFIED, headers)
    return Answer(body, headers=headers)


def _issues(call: Call, asked: Sequence[str], limit: int) -> IssuesAnswer:
    pages, refused = _pages(call, asked, limit)
    shown = Shown()
    answers = []
    for text in asked:
        if text in refused:
            answers.append(IssueAnswer(text, (), truncated=False, code=refused[text]))
            continue
        issue_key = parse_issue_key(text)
        page = pages[issue_key]
        answers.append(IssueAnswer(str(issue_key), shown.links(page), page.next is not None))
    return IssuesAnswer(tuple(answers))


def _pages(
    call: Call, asked: Sequence[str], limit: int
) -> tuple[dict[IssueKey, LinkPage], dict[str, str]]:
    """Return the pages of the issues that may be seen, and why the others may not."""
    if not 1 <= len(asked) <= _MOST_ISSUES:
        reason = f"between 1 and {_MOST_ISSUES} issue keys"
        raise BadRequestError("The issues cannot be answered.", fields={"issues": reason})
    keys: dict[IssueKey, None] = {}
    refused: dict[str, str] = {}
    for text in asked:
        try:
            issue_key = parse_issue_key(text)
            require_issue(call.caller, issue_key)
        except SenderError as error:
            refused[text] = error.code
        else:
            keys[issue_key] = None
    if not keys:
        return {}, refused
    pages = links_of_issues(
        call.services,
        call.tracker,
        list(keys),
        integrations=call.caller.integrations,
        limit=limit,
    )
    return pages, refused


def _summary(issue_key: str, page: LinkPage, code: str = "") -> SummaryAnswer:
    items = [found.link.item for found in page.links]
    statuses = [item.status for item in items if item.kind == "pull_request"]
    return SummaryAnswer(
        issue_key=issue_key,
        commits=sum(item.kind == "commit" for item in items),
        branches=sum(item.kind == "branch" for item in items),
        pull_requests=PullRequestCounts(
            open=statuses.count("open"),
            draft=statuses.count("draft"),
            merged=statuses.count("merged"),
            declined=statuses.count("declined"),
        ),
        last_at=max((item.at for item in items if item.at), default=None),
        truncated=page.next is not None,
        code=code,
    )


def _minute(cursor: str) -> datetime:
    position = read_cursor(cursor, name="since")
    try:
        return datetime.strptime(position, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError as error:
        reason = "it is not one that we gave out"
        raise BadRequestError("The cursor cannot be used.", fields={"since": reason}) from error


_ISSUES = Parameter("issues", "Issue keys with commas between, at most 100.")
_LIMIT_PER_ISSUE = Parameter(
    "limit_per_issue",
    "How many links of each.",
    {"type": "integer", "minimum": 1, "maximum": _MOST_EACH, "default": 20},
)
_KINDS = Parameter("kinds", "Some of branch, pull_request, commit, with commas between.")
_SINCE = Parameter("since", "The `next` of the answer before.")

ROUTES: Final = (
    Route("GET", "links/{issue_key}", get_links, "links:read", "An issue's links.",
          answer=LinksAnswer, query=(_KINDS, *PAGED)),
    Route("GET", "links", get_links_of_issues, "links:read", "The links of several issues.",
          answer=IssuesAnswer, query=(_ISSUES, _LIMIT_PER_ISSUE)),
    Route("POST", "links/query", query_links, "links:read", "The links of several issues.",
          body=IssuesQuestion, answer=IssuesAnswer),
    Route("POST", "links/summary", summarize_links, "links:read", "How much links to issues.",
          body=SummaryQuestion, answer=SummariesAnswer),
    Route("POST", "links/{issue_key}/attach", attach_link, "code:write",
          "Show something at an issue that it does not name.",
          body=ItemQuestion, status=HTTPStatus.NO_CONTENT),
    Route("POST", "links/{issue_key}/detach", detach_link, "code:write",
          "Hide something from an issue until it is attached again.",
          body=ItemQuestion, status=HTTPStatus.NO_CONTENT),
    Route("GET", "issues/{issue_key}", get_issue, "links:read",
          "What a work item of Azure Boards is called, and where it stands.",
          answer=WorkItemAnswer),
    Route("GET", "links/changes", get_changes, "links:read", "Which issues changed.",
          answer=ChangesAnswer, query=(_SINCE, PAGED[0])),
    *REPOSITORIES,
)  # fmt: skip

blueprint = blueprint_of(ROUTES, services)
