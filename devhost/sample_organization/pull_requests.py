"""Answer for pull requests: find, read, open, edit, complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from . import pull_request_changes as changes
from . import pull_request_shapes as shapes
from .commit_shapes import short_commits
from .exchange import Answer, Json, Request, collection, json_answer
from .model import CompletionOptions, PullRequest, Repository
from .pull_request_changes import Draft
from .pull_request_search import found_by
from .refusals import bad_argument
from .reviewers import NewReviewer, as_reviewers

if TYPE_CHECKING:
    from .organization import Organization

_PAGE = 101
_LARGEST_PAGE = 1_000
_COMMITS_PAGE = 100
_LONGEST_TITLE = 400
_LONGEST_DESCRIPTION = 4_000


class _Id(msgspec.Struct):
    id: str


class _ForkSource(msgspec.Struct):
    repository: _Id


class _New(msgspec.Struct, rename="camel"):
    source_ref_name: str
    target_ref_name: str
    title: str
    description: str = ""
    is_draft: bool = False
    reviewers: list[NewReviewer] = []
    work_item_refs: list[_Id] = []
    fork_source: _ForkSource | None = None
    completion_options: CompletionOptions | None = None


class _Commit(msgspec.Struct, rename="camel"):
    commit_id: str


class _Changes(msgspec.Struct, rename="camel"):
    title: str | None = None
    description: str | None = None
    is_draft: bool | None = None
    target_ref_name: str | None = None
    status: Literal["active", "abandoned", "completed", "notSet"] | None = None
    completion_options: CompletionOptions | None = None
    last_merge_source_commit: _Commit | None = None


class _QueryInput(msgspec.Struct):
    items: list[str]
    type: Literal["commit", "lastMergeCommit", "notSet"]


class _Queries(msgspec.Struct):
    queries: list[_QueryInput]


def list_pull_requests(organization: Organization, request: Request) -> Answer:
    """GET pullrequests of a repository or a project: active ones, 101 a page, newest first."""
    top = request.query.number("$top", "top", default=_PAGE)
    skip = request.query.number("$skip", "skip", default=0)
    found = found_by(organization, request)
    page = found[skip : skip + min(top, _LARGEST_PAGE)]
    return collection([shapes.listed(organization, one) for one in page])


def get_pull_request(organization: Organization, request: Request) -> Answer:
    """GET a pull request, by its repository, its project, or in the whole organization."""
    one = organization.pull_request_of(request)
    shape = shapes.single(organization, one)
    if request.query.flag("includeCommits"):
        repository, shas = _commits_of(organization, one)
        commits = [organization.git.commit(repository, sha) for sha in shas[:_COMMITS_PAGE]]
        shape["commits"] = short_commits(organization, repository, commits)
    if request.query.flag("includeWorkItemRefs"):
        shape["workItemRefs"] = shapes.work_item_references(organization, one)
    return json_answer(shape)


def post_pull_request(organization: Organization, request: Request) -> Answer:
    """POST pullrequests: 201 with a merge that is queued; its result is there when read again."""
    repository = organization.repository_of(request)
    wanted = request.read(_New)
    _check_texts(wanted.title, wanted.description)
    source = repository
    if wanted.fork_source is not None:
        fork = organization.find_repository(wanted.fork_source.repository.id, None)
        if fork is None or fork.parent_id != repository.id:
            raise bad_argument("The fork source is not a fork of the repository.")
        source = fork
    draft = Draft(
        repository=repository,
        source_repository=source,
        source_ref=wanted.source_ref_name,
        target_ref=wanted.target_ref_name,
        title=wanted.title,
        description=wanted.description,
        is_draft=wanted.is_draft,
        reviewers=as_reviewers(organization, wanted.reviewers),
        work_items=tuple(_number(ref.id) for ref in wanted.work_item_refs),
        completion=wanted.completion_options,
    )
    opened = changes.open_pull_request(organization, draft, by=request.person)
    queued = msgspec.structs.replace(opened, merge_status="queued", merge_commit=None)
    return json_answer(shapes.single(organization, queued), status=201)


def patch_pull_request(organization: Organization, request: Request) -> Answer:
    """PATCH a pull request's texts, draft state or target, or complete, abandon, reactivate it."""
    one = organization.pull_request_of(request)
    wanted = request.read(_Changes)
    one = _edited(organization, one, wanted, request=request)
    if wanted.status == "abandoned":
        one = changes.abandon(organization, one, by=request.person)
    elif wanted.status == "active" and one.status != "active":
        one = changes.reactivate(organization, one, by=request.person)
    elif wanted.status == "completed":
        expected = wanted.last_merge_source_commit
        one = changes.complete(
            organization,
            one,
            options=wanted.completion_options or one.completion or CompletionOptions(),
            by=request.person,
            expected_source=None if expected is None else expected.commit_id,
        )
    return json_answer(shapes.single(organization, one))


def list_commits(organization: Organization, request: Request) -> Answer:
    """GET a pull request's commits, newest first; they stay after the branch is deleted."""
    one = organization.pull_request_of(request)
    repository, shas = _commits_of(organization, one)
    top = request.query.number("$top", "top", default=_COMMITS_PAGE)
    skip = request.query.number("continuationToken", default=0)
    commits = [organization.git.commit(repository, sha) for sha in shas[skip : skip + top]]
    more = str(skip + top) if skip + top < len(shas) else None
    return collection(short_commits(organization, repository, commits), continuation=more)


def list_work_items(organization: Organization, request: Request) -> Answer:
    """GET the work items that a pull request is linked to."""
    one = organization.pull_request_of(request)
    return collection(shapes.work_item_references(organization, one))


def query_pull_requests(organization: Organization, request: Request) -> Answer:
    """POST pullrequestquery: the pull requests of commits, or of their merge commits."""
    repository = organization.repository_of(request)
    queries = request.read(_Queries).queries
    results = [_answered(organization, repository, query) for query in queries]
    return json_answer({"queries": msgspec.to_builtins(queries), "results": results})


def _answered(
    organization: Organization, repository: Repository, query: _QueryInput
) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for one in organization.pull_requests.values():
        if one.repository_id != repository.id:
            continue
        shas = {one.merge_commit} if one.merge_commit else set()
        if query.type == "commit":
            shas |= set(_commits_of(organization, one)[1])
        for sha in shas & set(query.items):
            found.setdefault(sha, []).append(shapes.listed(organization, one))
    return found


def _commits_of(
    organization: Organization, pull_request: PullRequest
) -> tuple[Repository, list[str]]:
    """Return the commits of a pull request, and the repository that has them all."""
    repository = organization.repositories[pull_request.repository_id]
    git = organization.git.open(repository)
    found = organization.histories.all(
        git, pull_request.source_commit, without=pull_request.base_commit
    )
    return repository, [str(oid) for oid in found]


def _edited(
    organization: Organization, one: PullRequest, wanted: _Changes, *, request: Request
) -> PullRequest:
    title = one.title if wanted.title is None else wanted.title
    description = one.description if wanted.description is None else wanted.description
    _check_texts(title, description)
    changed = msgspec.structs.replace(
        one,
        title=title,
        description=description,
        is_draft=one.is_draft if wanted.is_draft is None else wanted.is_draft,
        target_ref=wanted.target_ref_name or one.target_ref,
        completion=wanted.completion_options or one.completion,
    )
    if changed == one:
        return one
    return changes.edit(organization, changed, by=request.person)


def _check_texts(title: str, description: str) -> None:
    if not title or len(title) > _LONGEST_TITLE:
        raise bad_argument(f"A title has 1 to {_LONGEST_TITLE} characters.")
    if len(description) > _LONGEST_DESCRIPTION:
        text = f"A maximum of {_LONGEST_DESCRIPTION} characters is allowed for the description."
        raise bad_argument(f"TF401173: {text}")


def _number(text: str) -> int:
    if not text.isdecimal():
        raise bad_argument(f"{text!r} is not the number of a work item.")
    return int(text)
