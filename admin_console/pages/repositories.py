"""The repositories of an integration: where each stands, and reading some of them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from msgspec import Struct

from admin_console.audit import note
from admin_console.pages.pages import Page, go, show
from admin_console.pages.wording import LEFT_OUT, REPOSITORY_STATES, advice_of, help_of
from shared.connections.opening import integration_of
from shared.cursors import Failure
from shared.discovery.repository_pages import page_of_repositories
from shared.errors import BadRequestError
from shared.integrations.status import REPOSITORY_STATES as ALL_STATES
from shared.integrations.status import RepositoryStatus
from shared.model import RepositoryId
from shared.scheduling.runs import start_run
from shared.web.calls import PAGE, write_cursor

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from shared.configuration import Integration
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

_KINDS: Final = {
    "commits": ("Commits", "commits"),
    "branches": ("Branches", "branches"),
    "pull_requests": ("Pull requests", "pull_requests"),
}
"""What a kind is called, and the switch of the integration that it follows."""


class Row(Struct, frozen=True):
    """A repository as it is shown."""

    status: RepositoryStatus
    path: str
    """Organization and project: two may be called the same."""
    reason: str
    """Why it is left out; empty where it is not."""
    advice: str
    failures: tuple[tuple[str, Failure, str], ...]
    """What failed, why, and the address of the help about it."""


def show_repositories(visit: Visit) -> Html:
    """Show a page of repositories, those that a search and a state find."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    search, state = visit.query("search").strip(), visit.query("state")
    states = [known for known in ALL_STATES if state in {"", known}]
    if not states:
        raise BadRequestError("There is no such state.", next_step="Choose one of the list.")
    page = page_of_repositories(
        visit.services,
        integration,
        search=search,
        states=states,
        after=visit.cursor(),
        limit=PAGE,
    )
    return show(
        visit,
        "repositories.html",
        title=f"Repositories of {integration.name}",
        integration=integration,
        rows=[_row(integration, found) for found in page.rows],
        next=None if page.next is None else write_cursor(page.next),
        kinds=_shown_kinds(integration),
        words=REPOSITORY_STATES,
        state=state,
        search=search,
        narrowed=urlencode({k: v for k, v in (("search", search), ("state", state)) if v}),
        is_chosen=integration.repositories.mode == "all" or bool(integration.repositories.selected),
        is_first=not visit.query("cursor"),
    )


def reindex_repositories(visit: Visit) -> Redirect:
    """Reindex one repository, those that are ticked, all, or all that failed."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    run = start_run(
        visit.services,
        integration,
        repositories=_asked(visit),
        only_failed=visit.form("what") == "failed",
    )
    note(visit, "reindex_started", integration.id, detail=f"{run.repositories} repositories")
    return go(f"/integrations/{integration.id}/repositories", done="reindexing")


def _asked(visit: Visit) -> AbstractSet[RepositoryId] | None:
    """Return which repositories are meant; None for all. BadRequestError when none was ticked."""
    if visit.form("only"):
        return {RepositoryId(visit.form("only").lower())}
    if visit.form("what") in {"all", "failed"}:
        return None
    ticked = {RepositoryId(one.lower()) for one in visit.form_all("repository")}
    if not ticked:
        raise BadRequestError(
            "No repository is ticked.", next_step="Tick those that are to be reindexed."
        )
    return ticked


def _shown_kinds(integration: Integration) -> dict[str, str]:
    return {
        name: title
        for name, (title, switch) in _KINDS.items()
        if getattr(integration.index, switch)
    }


def _row(integration: Integration, found: RepositoryStatus) -> Row:
    repository, left_out = found.record.repository, found.record.left_out
    shown = _shown_kinds(integration)
    failures: dict[str, tuple[str, Failure, str]] = {}
    for name, kind in found.kinds.items():
        if kind.failure is not None and name in shown:
            # Commits and branches are read together, and mostly fail for the same reason.
            failures.setdefault(
                kind.failure.text, (shown[name], kind.failure, help_of(kind.failure.code))
            )
    return Row(
        status=found,
        path=f"{repository.organization} / {repository.project}",
        reason=LEFT_OUT[left_out] if left_out else "",
        advice=advice_of(left_out),
        failures=tuple(failures.values()),
    )


_ALL: Final = "integrations/{integration_id}/repositories"

PAGES: Final = (
    Page("GET", _ALL, show_repositories, "viewer"),
    Page("POST", f"{_ALL}/reindex", reindex_repositories, "operator"),
)
