"""Answer for commits: lists, batches, single ones, and what they changed."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 — msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec

from . import moments
from .commit_search import Criteria, find_commits
from .commit_shapes import full_commit, short_commits
from .diffs import change_shapes, counts_of
from .exchange import Answer, Request, collection, json_answer
from .refusals import bad_argument, no_such_push
from .tree_changes import changes_of
from .versions import Version, asked_version
from .work_item_links import artifact_of_commit, numbers_by_artifact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .exchange import Json
    from .model import Repository
    from .organization import Organization

_PAGE = 100
_LARGEST_PAGE = 50_000
_LARGEST_SKIP = 3_000_000


class _Batch(msgspec.Struct, rename="camel"):
    """The body of commitsbatch: the same criteria, by their names in JSON."""

    ids: list[str] = []
    item_version: Version | None = None
    compare_version: Version | None = None
    item_path: str | None = None
    author: str | None = None
    user: str | None = None
    from_date: str | None = None
    to_date: str | None = None
    from_commit_id: str | None = None
    to_commit_id: str | None = None
    include_push_data: bool = False
    include_work_items: bool = False
    show_oldest_commits_first: bool = False
    top: int | None = msgspec.field(default=None, name="$top")
    skip: int | None = msgspec.field(default=None, name="$skip")


def list_commits(organization: Organization, request: Request) -> Answer:
    """GET commits by search criteria, or those of one push by `pushId`; 100 by default."""
    query = request.query
    if query.text("pushId") is not None:
        return list_push_commits(organization, request)
    repository = organization.repository_of(request)
    search = "searchCriteria."
    item, compare = f"{search}itemVersion", f"{search}compareVersion"
    criteria = Criteria(
        ids=tuple(query.several(f"{search}ids")),
        version=asked_version(query, f"{item}.version", f"{item}.versionType"),
        compared=asked_version(query, f"{compare}.version", f"{compare}.versionType"),
        path=query.text(f"{search}itemPath"),
        author=query.text(f"{search}author"),
        committer=query.text(f"{search}user"),
        since=query.moment(f"{search}fromDate"),
        until=query.moment(f"{search}toDate"),
        from_id=query.text(f"{search}fromCommitId"),
        to_id=query.text(f"{search}toCommitId"),
        oldest_first=query.flag(f"{search}showOldestCommitsFirst"),
        top=query.number(f"{search}$top", "$top", default=_PAGE, largest=_LARGEST_PAGE),
        skip=query.number(f"{search}$skip", "$skip", default=0, largest=_LARGEST_SKIP),
    )
    found = find_commits(organization, repository, criteria)
    push_data = query.flag(f"{search}includePushData")
    shapes = short_commits(organization, repository, found, push_data=push_data)
    if query.flag(f"{search}includeWorkItems"):
        _add_work_items(organization, repository, shapes)
    return collection(shapes)


def batch_commits(organization: Organization, request: Request) -> Answer:
    """POST commitsbatch: what `compareVersion` reaches and `itemVersion` does not.

    `itemVersion` alone gives all that it reaches. That the former is the base is how callers
    in production use it; the specification does not say.
    """
    repository = organization.repository_of(request)
    body = request.read(_Batch)
    query = request.query
    top, skip = body.top or _PAGE, body.skip or 0
    criteria = Criteria(
        ids=tuple(body.ids),
        version=body.item_version,
        compared=body.compare_version,
        path=body.item_path,
        author=body.author,
        committer=body.user,
        since=_moment(body.from_date),
        until=_moment(body.to_date),
        from_id=body.from_commit_id,
        to_id=body.to_commit_id,
        oldest_first=body.show_oldest_commits_first,
        top=query.number("$top", default=top, largest=_LARGEST_PAGE),
        skip=query.number("$skip", default=skip, largest=_LARGEST_SKIP),
    )
    found = find_commits(organization, repository, criteria)
    push_data = body.include_push_data
    shapes = short_commits(organization, repository, found, push_data=push_data)
    if body.include_work_items:
        _add_work_items(organization, repository, shapes)
    return collection(shapes)


def get_commit(organization: Organization, request: Request) -> Answer:
    """GET commits/{commitId}: the whole message; `changeCount` adds the first changes."""
    repository = organization.repository_of(request)
    commit = organization.git.commit(repository, request.values["commitId"])
    shape = full_commit(organization, repository, commit)
    wanted = request.query.number("changeCount", default=0)
    if wanted:
        changes = changes_of(repository, str(commit.id))
        shape["changeCounts"] = counts_of(changes)
        written = change_shapes(organization, repository, changes, commit_id=str(commit.id))
        shape["changes"] = written[:wanted]
    return json_answer(shape)


def get_changes(organization: Organization, request: Request) -> Answer:
    """GET commits/{commitId}/changes, folders included, all of them unless `top` is given."""
    repository = organization.repository_of(request)
    commit = organization.git.commit(repository, request.values["commitId"])
    changes = changes_of(repository, str(commit.id))
    skip = request.query.number("skip", "$skip", default=0)
    top = request.query.number("top", "$top", default=len(changes))
    written = change_shapes(organization, repository, changes, commit_id=str(commit.id))
    return json_answer({"changeCounts": counts_of(changes), "changes": written[skip : skip + top]})


def list_push_commits(organization: Organization, request: Request) -> Answer:
    """GET pushes/{pushId}/commits, or commits?pushId=: what one push brought, newest first."""
    repository = organization.repository_of(request)
    number = request.values.get("pushId") or request.query.text("pushId")
    for push in organization.journal.of(repository.id):
        if str(push.id) == number:
            top = request.query.number("top", "$top", default=_PAGE)
            skip = request.query.number("skip", "$skip", default=0)
            shas = push.commits[skip : skip + top]
            commits = [organization.git.commit(repository, sha) for sha in shas]
            return collection(short_commits(organization, repository, commits))
    raise no_such_push(str(number))


def _add_work_items(
    organization: Organization, repository: Repository, shapes: Sequence[Json]
) -> None:
    numbers = numbers_by_artifact(organization)
    for shape in shapes:
        uri = artifact_of_commit(repository, str(shape["commitId"]))
        shape["workItems"] = [
            {"id": str(number), "url": organization.addresses.work_item(number)}
            for number in numbers.get(uri.lower(), ())
        ]


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else moments.read(text)
    except ValueError:
        raise bad_argument(f"The value {text!r} is no date.") from None
