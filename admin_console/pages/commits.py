"""The commits of a repository: what each links to, why others do not, and attaching one."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from msgspec import Struct

from admin_console.commits import linked_of, reasons_of
from admin_console.pages.pages import Page, go, show
from admin_console.why_not import Refused
from shared.by_hand import ByHand, item_id_of
from shared.connections.opening import integration_of
from shared.errors import DevlinksError
from shared.index.seen_commits import SeenCommit, SeenCommits
from shared.issue_keys import parse_issue_key
from shared.links import address_of
from shared.model import RepositoryId
from shared.services import ONE_GROUP
from shared.web.answers import status_of_error
from shared.web.calls import PAGE, write_cursor

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

_NARROWING: Final = ("linked", "tracker")
_CHOICES: Final = (("", "All"), ("true", "Linked"), ("false", "Unlinked"))


class ShownCommit(Struct, frozen=True):
    """A commit with what a reader wants to know of it."""

    seen: SeenCommit
    url: str
    refused: tuple[Refused, ...]


def show_commits(visit: Visit) -> Html:
    """Show a page of commits, the linked ones or the others if these are asked for."""
    return _page(visit)


def attach_commit(visit: Visit) -> Html | Redirect:
    """Attach a commit to an issue; what is wrong with that is told beside the commit."""
    seen = _seen(visit, _integration(visit))
    try:
        issue_key = parse_issue_key(visit.form("key"))
        by_hand = ByHand(visit.services, seen.tracker, issue_key, by=visit.caller.actor)
        repository = RepositoryId(seen.repository.id)
        by_hand.attach(repository, "commit", item_id_of("commit", visit.form("commit")))
    except DevlinksError as error:
        return _page(visit, error=error)
    path = f"/integrations/{visit.path('integration_id')}/repositories/{repository}/commits"
    query = {name: visit.query(name) for name in (*_NARROWING, "cursor")}
    return go(f"{path}?{_written(query)}".rstrip("?"), done="attached")


def _page(visit: Visit, *, error: DevlinksError | None = None) -> Html:
    integration = _integration(visit)
    seen = _seen(visit, integration)
    page = seen.page(linked=linked_of(visit), after=visit.cursor(), limit=PAGE)
    query = {name: visit.query(name) for name in _NARROWING}
    return show(
        visit,
        "commits.html",
        title=f"Commits of {seen.repository.name}",
        status=status_of_error(error) if error else HTTPStatus.OK,
        error=error,
        integration=integration,
        repository=seen.repository,
        tracker=seen.tracker,
        trackers=_trackers(visit, integration),
        commits=[_shown(commit, seen) for commit in page.commits],
        next=None if page.next is None else write_cursor(page.next),
        is_uncertain=page.is_uncertain,
        linked=visit.query("linked"),
        choices=[(value, text, _written({**query, "linked": value})) for value, text in _CHOICES],
        narrowed=_written(query),
        asked=_written({**query, "cursor": visit.query("cursor")}),
        typed={"commit": visit.form("commit"), "key": visit.form("key")},
    )


def _shown(commit: SeenCommit, seen: SeenCommits) -> ShownCommit:
    item = commit.item
    url = address_of(item.kind, item.id, seen.repository)
    return ShownCommit(commit, url, reasons_of(commit, seen))


def _integration(visit: Visit) -> Integration:
    return integration_of(visit.services, visit.path("integration_id"))


def _seen(visit: Visit, integration: Integration) -> SeenCommits:
    repository, tracker = visit.path("repository_id"), visit.query("tracker")
    return SeenCommits(visit.services, integration, repository, tracker=tracker)


def _trackers(visit: Visit, integration: Integration) -> dict[str, str]:
    """Return the names of the trackers that the integration is indexed for, by id."""
    if len(integration.trackers) == 1:
        return {}
    known = visit.services.trackers.list(ONE_GROUP)
    return {r.key: r.value.name for r in known if r.key in integration.trackers}


def _written(query: dict[str, str]) -> str:
    return urlencode({name: value for name, value in query.items() if value})


_ALL: Final = "integrations/{integration_id}/repositories/{repository_id}/commits"

PAGES: Final = (
    Page("GET", _ALL, show_commits, "operator"),
    Page("POST", f"{_ALL}/attach", attach_commit, "operator"),
)
