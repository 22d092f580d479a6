"""Answer for pushes: the journal, and pushes that are made over REST."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Literal

import msgspec

from . import moments
from .commit_shapes import short_commits, written_commit
from .exchange import Answer, Json, Request, collection, json_answer
from .model import HEADS, ZERO, Push, RefUpdate, Repository
from .ref_changes import move_refs
from .refusals import bad_argument, no_such_push, refused_by_policy, stale_ref
from .shapes import identity
from .shapes import repository as repository_shape
from .tree_writing import FileChange, signature_of, write_commit

if TYPE_CHECKING:
    from .organization import Organization

_PAGE = 100


class _Item(msgspec.Struct):
    path: str


class _Content(msgspec.Struct, rename="camel"):
    content: str
    content_type: Literal["rawtext", "rawText", "base64encoded", "base64Encoded"] = "rawtext"


class _Change(msgspec.Struct, rename="camel"):
    change_type: str
    item: _Item
    new_content: _Content | None = None
    source_server_item: str = ""


class _Who(msgspec.Struct):
    name: str
    email: str


class _Commit(msgspec.Struct):
    comment: str
    changes: list[_Change]
    author: _Who | None = None


class _Update(msgspec.Struct, rename="camel"):
    name: str
    old_object_id: str


class _NewPush(msgspec.Struct, rename="camel"):
    ref_updates: list[_Update]
    commits: list[_Commit]


def list_pushes(organization: Organization, request: Request) -> Answer:
    """GET pushes, newest first; `refName`, `pusherId` and dates narrow the list."""
    repository = organization.repository_of(request)
    query = request.query
    search = "searchCriteria."
    since, until = query.moment(f"{search}fromDate"), query.moment(f"{search}toDate")
    ref, pusher = query.text(f"{search}refName"), query.text(f"{search}pusherId")
    found = [
        push
        for push in reversed(organization.journal.of(repository.id))
        if (since is None or push.at >= since)
        and (until is None or push.at <= until)
        and (ref is None or any(update.name == ref for update in push.updates))
        and (pusher is None or push.person.id == pusher.lower())
    ]
    skip = query.number("$skip", f"{search}$skip", default=0)
    top = query.number("$top", f"{search}$top", default=_PAGE)
    updates = query.flag(f"{search}includeRefUpdates")
    page = found[skip : skip + top]
    return collection([_listed(organization, repository, p, updates=updates) for p in page])


def get_push(organization: Organization, request: Request) -> Answer:
    """GET pushes/{pushId}; commits and ref updates as far as they are asked for."""
    repository = organization.repository_of(request)
    number = request.values["pushId"]
    for push in organization.journal.of(repository.id):
        if str(push.id) == number:
            wanted = request.query.number("includeCommits", default=0)
            git = organization.git
            commits = [git.commit(repository, sha) for sha in push.commits[:wanted]]
            shape: Json = {"commits": short_commits(organization, repository, commits)}
            if (request.query.text("includeRefUpdates") or "true").lower() == "true":
                shape["refUpdates"] = _updates(push)
            return json_answer(shape | _single(organization, repository, push))
    raise no_such_push(number)


def post_push(organization: Organization, request: Request) -> Answer:
    """POST pushes: one ref, new commits upon `oldObjectId`, real ones in the repository."""
    repository = organization.repository_of(request)
    wanted = request.read(_NewPush)
    if len(wanted.ref_updates) != 1 or not wanted.commits:
        raise bad_argument("A push takes exactly one ref update and at least one commit.")
    update = wanted.ref_updates[0]
    with organization.lock:
        _check_start(organization, repository, update)
        head = organization.git.head(repository, update.name) or ZERO
        made = _write(organization, repository, wanted, request=request)
        moved = [RefUpdate(update.name, head, made[-1])]
        push = move_refs(organization, repository, moved, by=request.person)
    assert push is not None
    repository = organization.repositories[repository.id]
    commits = (organization.git.commit(repository, sha) for sha in made)
    shapes = [
        {
            "treeId": str(commit.tree_id),
            **written_commit(commit),
            "url": organization.addresses.commit(repository, str(commit.id)),
        }
        for commit in commits
    ]
    shape: Json = {
        "commits": shapes,
        "refUpdates": _updates(push),
        "repository": repository_shape(organization, repository),
    }
    return json_answer(shape | _single(organization, repository, push), status=201)


def _check_start(organization: Organization, repository: Repository, update: _Update) -> None:
    if not update.name.startswith(HEADS):
        raise bad_argument(f"'{update.name}' is not a branch.")
    if (repository.id, update.name) in organization.behaviour.protected:
        raise refused_by_policy(update.name)
    head = organization.git.head(repository, update.name)
    if head is None and update.old_object_id != ZERO:
        # A new branch may begin at any commit that is there.
        organization.git.commit(repository, update.old_object_id)
    elif head is not None and head != update.old_object_id:
        raise stale_ref(update.name)


def _write(
    organization: Organization, repository: Repository, wanted: _NewPush, *, request: Request
) -> list[str]:
    """Write the commits, one upon the other, and return their ids."""
    git = organization.git.open(repository)
    now = organization.clock.now()
    start = wanted.ref_updates[0].old_object_id
    parents = [] if start == ZERO else [start]
    made = []
    for one in wanted.commits:
        pusher = signature_of(request.person, now)
        author = pusher
        if one.author is not None:
            person = msgspec.structs.replace(
                request.person, name=one.author.name, email=one.author.email
            )
            author = signature_of(person, now)
        changes = [_file_change(change) for change in one.changes]
        try:
            sha = write_commit(
                git, parents, changes, message=one.comment, author=author, committer=pusher
            )
        except KeyError as missing:
            raise bad_argument(f"TF401174: There is no {missing} to change.") from None
        made.append(sha)
        parents = [sha]
    return made


def _file_change(change: _Change) -> FileChange:
    content = None if change.new_content is None else _bytes(change.new_content)
    match change.change_type:
        case "add" | "edit":
            if content is None:
                raise bad_argument(f"No content for {change.item.path}.")
            return FileChange(change.item.path, content)
        case "delete":
            return FileChange(change.item.path)
        case "rename":
            return FileChange(change.item.path, content, moved_from=change.source_server_item)
        case other:
            raise bad_argument(f"The change type {other} is not supported.")


def _bytes(content: _Content) -> bytes:
    if content.content_type.lower() == "rawtext":
        return content.content.encode()
    try:
        return base64.b64decode(content.content, validate=True)
    except binascii.Error:
        raise bad_argument("The content is not base64.") from None


def _listed(
    organization: Organization, repository: Repository, push: Push, *, updates: bool
) -> Json:
    shape: Json = {"refUpdates": _updates(push)} if updates else {}
    shape |= {
        "repository": repository_shape(organization, repository),
        "pushedBy": identity(organization, push.person),
        "pushId": push.id,
        "date": moments.written(push.at),
        "url": _address(organization, repository, push),
    }
    return shape


def _single(organization: Organization, repository: Repository, push: Push) -> Json:
    own = _address(organization, repository, push)
    return {
        "pushedBy": identity(organization, push.person),
        "pushId": push.id,
        "date": moments.written(push.at),
        "url": own,
        "_links": {
            "self": {"href": own},
            "repository": {"href": organization.addresses.repository(repository)},
            "commits": {"href": f"{own}/commits"},
            "pusher": {"href": organization.addresses.person(push.person)},
        },
    }


def _updates(push: Push) -> list[Json]:
    return [
        {
            "repositoryId": push.repository_id,
            "name": update.name,
            "oldObjectId": update.old,
            "newObjectId": update.new,
        }
        for update in push.updates
    ]


def _address(organization: Organization, repository: Repository, push: Push) -> str:
    return f"{organization.addresses.repository(repository)}/pushes/{push.id}"
