"""What links to an issue, as a tracker would show it, and what may be why nothing does."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.pages.pages import Page, show
from shared.boards.showing import work_item_of
from shared.by_hand import ByHand
from shared.configuration import Tracker
from shared.errors import BadIssueKeyError, BadRequestError, UnknownThingError
from shared.issue_keys import AZURE_BOARDS, PLAIN_NUMBER, Source, parse_issue_key
from shared.links import KINDS, address_of, page_of_links
from shared.model import Item, Kind, Repository, WorkItem
from shared.services import ONE_GROUP
from shared.web.answers import status_of_error
from shared.web.calls import write_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.errors import DevlinksError
    from shared.issue_keys import Evidence, IssueKey
    from shared.links import FoundLink, Owned
    from shared.model import Vote
    from shared.web.pages import Html
    from shared.web.visits import Visit

WHERE: Final[dict[Source, str]] = {
    Source.MESSAGE: "in the message",
    Source.BRANCH_NAME: "in the branch's name",
    Source.TITLE: "in the title",
    Source.SOURCE_BRANCH: "in the name of its source branch",
    Source.DESCRIPTION: "in the description",
    Source.WORK_ITEM: "attached in Azure DevOps",
    Source.ISSUE_URL: "as an address of the issue",
    Source.TAG: "in a tag",
    Source.INHERITED: "by its pull request",
    Source.MANUAL: "attached by hand",
}
"""Where a key was seen, in words."""
VOTES: Final[dict[Vote, str]] = {
    "approved": "approved",
    "approved_with_suggestions": "approved with suggestions",
    "none": "has not voted",
    "waiting": "waits for the author",
    "rejected": "rejected",
}
_TITLES: Final[dict[Kind, str]] = {
    "branch": "Branches",
    "pull_request": "Pull requests",
    "commit": "Commits",
}


_OF_PROJECTS: Final = (
    "jira",
    "takes no keys with a project for issues.",
    "missing-links#rules",
)
_GRAMMARS: Final = {
    PLAIN_NUMBER: (
        "number",
        "does not take plain numbers for issues.",
        "missing-links#numbers",
    ),
    AZURE_BOARDS: (
        "azure_boards",
        "does not take work items for issues.",
        "missing-links#rules",
    ),
}
"""Project → its grammar, what is said where that is off, and the help for it."""


class ShownLink(Struct, frozen=True):
    """A link with what a reader wants to know of it."""

    item: Item
    url: str
    repository: Repository
    also_in: tuple[Repository, ...]
    evidence: tuple[str, ...]
    """In words, each once."""
    reviewers: tuple[str, ...]


class Section(Struct, frozen=True):
    """The links of one kind."""

    title: str
    kind: Kind
    links: tuple[ShownLink, ...]


class Found(Struct, frozen=True):
    """What one tracker shows at the issue."""

    tracker: Tracker
    sections: tuple[Section, ...]
    """Those that have a link."""
    next: str | None
    work_item: WorkItem | None
    detached: tuple[ShownLink, ...]
    """What somebody hid by hand, for who may show it again."""


class Reason(Struct, frozen=True):
    """Why there may be no link."""

    text: str
    help: str
    """The help that tells more: topic and place."""


def show_issue(visit: Visit) -> Html:
    """Show what links to an issue, in every tracker or in the one that is asked for."""
    return issue_page(visit)


def issue_page(visit: Visit, *, wrong: DevlinksError | None = None) -> Html:
    """Return the page of an issue, with what is *wrong* with what was to be done about it."""
    text, chosen = visit.query("key").strip(), visit.query("tracker")
    trackers = [record.value for record in visit.services.trackers.list(ONE_GROUP)]
    asked = [tracker for tracker in trackers if chosen in {"", tracker.id}]
    if not asked:
        raise UnknownThingError("There is no such tracker.")
    if not text:
        return _page(visit, trackers, error=wrong)
    try:
        issue_key = parse_issue_key(text)
    except BadIssueKeyError as error:
        return _page(visit, trackers, error=error)
    found = [_found(visit, tracker, issue_key) for tracker in asked]
    shown = [one for one in found if one.sections or one.next or one.detached]
    reasons = [] if shown else reasons_of(visit, asked, issue_key)
    return _page(visit, trackers, issue_key=issue_key, found=shown, reasons=reasons, error=wrong)


def reasons_of(visit: Visit, trackers: Sequence[Tracker], key: IssueKey) -> list[Reason]:
    """Return why an issue may have no link, what is certain first."""
    integrations = [r.value for r in visit.services.integrations.list(ONE_GROUP)]
    if all(integration.is_removed for integration in integrations):
        return [Reason("Nothing is connected yet, so nothing is indexed.", "missing-repositories")]
    certain = [reason for tracker in trackers for reason in _rules_against(tracker, key)]
    return [
        *certain,
        Reason("Nobody wrote the key yet, or not in a form that counts.", "missing-links#written"),
        Reason(
            "The repository is not indexed, or not yet as a whole.", "missing-links#not-indexed"
        ),
        Reason(
            "It was pushed a moment ago, and no service hook told of it.",
            "missing-links#service-hooks",
        ),
    ]


def _rules_against(tracker: Tracker, key: IssueKey) -> list[Reason]:
    """Return which of the tracker's rules keep it from having links to the issue."""
    name = f"The tracker {tracker.name}"
    grammar, text, place = _GRAMMARS.get(key.project, _OF_PROJECTS)
    if grammar not in tracker.grammars:
        return [Reason(f"{name} {text}", place)]
    if grammar == "jira" and tracker.projects and key.project not in tracker.projects:
        text = f"{name} has a list of projects, and {key.project} is not among them."
        return [Reason(text, "missing-links#projects")]
    return []


def _found(visit: Visit, tracker: Tracker, key: IssueKey) -> Found:
    page = page_of_links(visit.services, tracker, key, after=visit.cursor(), limit=visit.limit())
    shown = [_shown(found) for found in page.links]
    sections = (
        Section(_TITLES[kind], kind, tuple(link for link in shown if link.item.kind == kind))
        for kind in KINDS
    )
    return Found(
        tracker,
        tuple(section for section in sections if section.links),
        write_cursor(page.next) if page.next else None,
        _work_item(visit, tracker, key),
        _detached(visit, tracker, key),
    )


def _detached(visit: Visit, tracker: Tracker, key: IssueKey) -> tuple[ShownLink, ...]:
    """Return what was detached from the issue by hand; nothing where the visitor is no operator."""
    if visit.query("cursor") or not visit.may("operator"):
        return ()
    by_hand = ByHand(visit.services, tracker, key, by=visit.caller.actor)
    return tuple(_item_alone(item, owned) for item, owned in by_hand.detached())


def _work_item(visit: Visit, tracker: Tracker, key: IssueKey) -> WorkItem | None:
    if key.project == AZURE_BOARDS:
        with suppress(UnknownThingError):  # then only its number is known
            return work_item_of(visit.services, tracker, key)
    return None


def _shown(found: FoundLink) -> ShownLink:
    item, repository = found.link.item, found.owned[0].repository
    return ShownLink(
        item=item,
        url=address_of(item.kind, item.id, repository),
        repository=repository,
        also_in=tuple(owned.repository for owned in found.owned[1:]),
        evidence=tuple(dict.fromkeys(map(_in_words, found.link.evidence))),
        reviewers=tuple(f"{r.name}: {VOTES[r.vote]}" for r in item.reviewers),
    )


def _item_alone(item: Item, owned: Owned) -> ShownLink:
    url = address_of(item.kind, item.id, owned.repository)
    return ShownLink(item, url, owned.repository, also_in=(), evidence=(), reviewers=())


def _in_words(evidence: Evidence) -> str:
    """Return where a key was seen; what was written is somebody else's text."""
    where = WHERE[evidence.source]
    written = f"“{evidence.text}” {where}" if evidence.text else where
    return f"{written}, which closes the issue" if evidence.closes else written


def _page(
    visit: Visit,
    trackers: Sequence[Tracker],
    *,
    issue_key: IssueKey | None = None,
    found: Sequence[Found] = (),
    reasons: Sequence[Reason] = (),
    error: DevlinksError | None = None,
) -> Html:
    return show(
        visit,
        "issues.html",
        title=f"Links to {issue_key}" if issue_key else "Links to an issue",
        status=status_of_error(error) if error else HTTPStatus.OK,
        error=error,
        fields=error.fields if isinstance(error, BadRequestError) else {},
        address=visit.form("address"),
        typed=visit.query("key"),
        chosen=visit.query("tracker"),
        trackers=trackers,
        issue_key=str(issue_key) if issue_key else "",
        found=found,
        reasons=reasons,
    )


PAGES: Final = (Page("GET", "issues", show_issue, "viewer"),)
