"""The repositories of an integration over HTTP: look at them, try out another selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.repository_values import (
    DroppedAnswer,
    FailureAnswer,
    KeptAnswer,
    KindAnswer,
    PreviewAnswer,
    RepositoriesAnswer,
    RepositoryRow,
    SelectionBody,
)
from shared.configuration import Selection
from shared.connections.opening import integration_of
from shared.discovery.left_out import ADVICE
from shared.discovery.repository_names import names_of
from shared.discovery.repository_pages import page_of_repositories
from shared.discovery.selecting import preview
from shared.errors import BadRequestError
from shared.integrations.status import REPOSITORY_STATES
from shared.web.calls import write_cursor
from shared.web.routes import PAGED, Parameter, Route

if TYPE_CHECKING:
    from shared.cursors import Failure
    from shared.discovery.selecting import Previewed
    from shared.integrations.status import RepositoryStatus
    from shared.web.calls import Call


def list_integration_repositories(call: Call) -> RepositoriesAnswer:
    """Return a page of an integration's repositories, in order of id."""
    page = page_of_repositories(
        call.services,
        integration_of(call.services, call.path("integration_id")),
        search=call.query("search"),
        states=call.choices("state", REPOSITORY_STATES),
        after=call.cursor(),
        limit=call.limit(),
    )
    following = None if page.next is None else write_cursor(page.next)
    return RepositoriesAnswer(tuple(_row(found) for found in page.rows), following)


def preview_repositories(call: Call) -> PreviewAnswer:
    """Return what a selection would keep and drop; nothing is changed."""
    integration = integration_of(call.services, call.path("integration_id"))
    body = call.body(SelectionBody)
    selected = tuple(identity.strip().lower() for identity in body.selected)
    try:
        found = preview(call.services, integration, Selection(body.mode, body.jmespath, selected))
    except BadRequestError as error:
        # The field is called by its place in this body, not in an integration's.
        fields = {name.rpartition(".")[2]: why for name, why in error.fields.items()}
        raise BadRequestError(str(error), fields=fields) from error
    names = names_of(row.repository for row in found.repositories)
    changes = [row.change for row in found.repositories]
    return PreviewAnswer(
        kept=tuple(
            _kept(row, names[row.repository.id]) for row in found.repositories if not row.left_out
        ),
        dropped=tuple(
            _dropped(row, names[row.repository.id]) for row in found.repositories if row.left_out
        ),
        connects=changes.count("connects"),
        disconnects=changes.count("disconnects"),
        failures=found.failures,
    )


def _kept(row: Previewed, name: str) -> KeptAnswer:
    repository = row.repository
    return KeptAnswer(repository.id, name, repository.project, repository.organization, row.change)


def _dropped(row: Previewed, name: str) -> DroppedAnswer:
    assert row.left_out is not None, "what is dropped has a reason"
    repository = row.repository
    return DroppedAnswer(
        repository.id,
        name,
        repository.project,
        repository.organization,
        row.change,
        left_out=row.left_out,
        advice=ADVICE[row.left_out],
    )


def _row(found: RepositoryStatus) -> RepositoryRow:
    repository = found.record.repository
    left_out = found.record.left_out
    return RepositoryRow(
        id=repository.id,
        name=repository.name,
        project=repository.project,
        organization=repository.organization,
        url=repository.url,
        default_branch=repository.default_branch,
        state=found.state,
        left_out=left_out,
        advice=None if left_out is None else ADVICE[left_out],
        kinds={
            name: KindAnswer(kind.state, kind.count, kind.last_indexed_at, _failure(kind.failure))
            for name, kind in found.kinds.items()
        },
    )


def _failure(failure: Failure | None) -> FailureAnswer | None:
    if failure is None:
        return None
    return FailureAnswer(failure.code, failure.text, failure.since, failure.attempts)


_STATE = Parameter("state", f"Some of {', '.join(REPOSITORY_STATES)}, with commas between.")
_SEARCH = Parameter(
    "search",
    "Only repositories whose name holds this; with a slash, whose organization/project/name does.",
)
_ALL = "integrations/{integration_id}/repositories"

ROUTES: Final = (
    Route("GET", _ALL, list_integration_repositories, "admin", "Its repositories.",
          answer=RepositoriesAnswer, query=(_STATE, _SEARCH, *PAGED)),
    Route("POST", f"{_ALL}/preview", preview_repositories, "admin",
          "What another selection would keep.", body=SelectionBody, answer=PreviewAnswer),
)  # fmt: skip
