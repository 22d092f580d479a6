"""The repositories and branches that somebody may choose from, for an issue to be worked on in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote, unquote

from msgspec import Struct

from shared.errors import BadRequestError, OutOfScopeError
from shared.links import address_of
from shared.model import RepositoryId
from shared.repositories import branches_of, choices_of, owned_repository, stats_of
from shared.web.calls import write_cursor
from shared.web.routes import PAGED, Parameter, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.interfaces.answers import BranchStats
    from shared.model import Branch, Repository
    from shared.repositories import Choice
    from shared.web.calls import Call

T = TypeVar("T")

_MOST_COMPARED: Final = 50


class RepositoryChoice(Struct, frozen=True):
    """A repository."""

    id: str
    name: str
    shown_as: str
    """The name; `organization/project/name` where another repository is called the same."""
    project: str
    organization: str
    url: str
    """Opens it in the git host's pages."""
    default_branch: str | None
    clone_url: str
    ssh_url: str
    is_fork: bool
    integration_id: str


class RepositoryChoices(Struct, frozen=True):
    """A page of repositories."""

    repositories: tuple[RepositoryChoice, ...]
    next: str | None


class BranchChoice(Struct, frozen=True):
    """A branch."""

    name: str
    head: str
    url: str
    """Opens it in the git host's pages."""
    is_default: bool
    ahead: int | None
    """Commits that it has and the default branch has not; null where nobody asked or told."""
    behind: int | None


class BranchChoices(Struct, frozen=True):
    """A page of a repository's branches."""

    branches: tuple[BranchChoice, ...]
    next: str | None


def list_repositories(call: Call) -> RepositoryChoices:
    """Return a page of the repositories that the token's tracker is indexed from."""
    caller = call.caller
    issue_project = call.query("issue_project").strip().upper()
    if issue_project and caller.issue_projects is not None:
        # The order of the answer would tell where issues of the project are worked on.
        _require_project(issue_project, caller.issue_projects)
    found = choices_of(
        call.services,
        call.tracker,
        integrations=caller.integrations,
        search=call.query("search"),
        issue_project=issue_project,
    )
    page, following = _page(call, found, order=lambda choice: choice.order)
    return RepositoryChoices(tuple(map(_repository, page)), following)


def list_branches(call: Call) -> BranchChoices:
    """Return a page of a repository's branches, in order of name."""
    owned = owned_repository(
        call.services,
        call.tracker,
        RepositoryId(call.path("repository_id").lower()),
        integrations=call.caller.integrations,
    )
    is_compared = call.choices("ahead_behind", ("false", "true")) == ("true",)
    if is_compared and call.limit() > _MOST_COMPARED:
        reason = f"at most {_MOST_COMPARED} with ahead_behind"
        raise BadRequestError("So many branches are not compared.", fields={"limit": reason})
    found = branches_of(call.services, owned, search=call.query("search"))
    page, following = _page(call, found, order=lambda branch: (branch.name,))
    stats = stats_of(call.services, owned, page) if is_compared else {}
    rows = (_branch(branch, owned.repository, stats.get(branch.name)) for branch in page)
    return BranchChoices(tuple(rows), following)


def _require_project(issue_project: str, allowed: Sequence[str]) -> None:
    if issue_project not in allowed:
        raise OutOfScopeError(f"The token does not cover the project {issue_project[:50]}.")


def _page(
    call: Call, found: Sequence[T], *, order: Callable[[T], tuple[str, ...]]
) -> tuple[list[T], str | None]:
    """Return what is asked for of *found*, which is in *order*, and the cursor of the rest.

    A cursor is a place in the order: what stood there may have gone since.
    """
    after = tuple(map(unquote, call.cursor().split("/")))
    rest = [one for one in found if order(one) > after]
    limit = call.limit()
    if len(rest) <= limit:
        return rest, None
    page = rest[:limit]
    return page, write_cursor("/".join(quote(part, safe="") for part in order(page[-1])))


def _repository(choice: Choice) -> RepositoryChoice:
    repository = choice.repository
    return RepositoryChoice(
        id=repository.id,
        name=repository.name,
        shown_as=choice.shown_as,
        project=repository.project,
        organization=repository.organization,
        url=repository.url,
        default_branch=repository.default_branch,
        clone_url=repository.clone_url,
        ssh_url=repository.ssh_url,
        is_fork=repository.is_fork,
        integration_id=choice.integration,
    )


def _branch(branch: Branch, repository: Repository, stats: BranchStats | None) -> BranchChoice:
    return BranchChoice(
        name=branch.name,
        head=branch.head,
        url=address_of("branch", branch.name, repository),
        is_default=branch.name == repository.default_branch,
        ahead=None if stats is None else stats.ahead,
        behind=None if stats is None else stats.behind,
    )


_SEARCH_REPOSITORIES = Parameter(
    "search",
    "Only repositories whose name holds this; with a slash, whose organization/project/name does.",
)
_ISSUE_PROJECT = Parameter(
    "issue_project", "First those that issues of this project were seen in, as PAY of PAY-1."
)
_SEARCH_BRANCHES = Parameter("search", "Only branches whose name holds this.")
_AHEAD_BEHIND = Parameter(
    "ahead_behind",
    f"Ask the git host how far each is ahead and behind; with a limit of {_MOST_COMPARED} or less.",
    {"type": "boolean", "default": False},
)

ROUTES: Final = (
    Route("GET", "repositories", list_repositories, "code:read", "Repositories to choose from.",
          answer=RepositoryChoices, query=(_SEARCH_REPOSITORIES, _ISSUE_PROJECT, *PAGED)),
    Route("GET", "repositories/{repository_id}/branches", list_branches, "code:read",
          "A repository's branches.",
          answer=BranchChoices, query=(_SEARCH_BRANCHES, _AHEAD_BEHIND, *PAGED)),
)  # fmt: skip
