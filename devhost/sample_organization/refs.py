"""Answer for refs: list them, move them, lock them."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import msgspec
import pygit2

from . import moments
from .exchange import Answer, Json, Request, collection, json_answer
from .model import HEADS, TAGS, ZERO, RefUpdate, Repository
from .ref_changes import move_refs
from .refusals import RefusedError, bad_argument, no_such_object
from .shapes import identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Person
    from .organization import Organization

_LARGEST_PAGE = 1_000
_DEFAULT_PAGE = 100
_SHA_LENGTH = 40


class _Wanted(msgspec.Struct, rename="camel"):
    name: str
    old_object_id: str
    new_object_id: str


class _Lock(msgspec.Struct, rename="camel"):
    is_locked: bool


def list_refs(organization: Organization, request: Request) -> Answer:
    """GET refs: all at once, unless `$top` or a continuation token asks for pages."""
    repository = organization.repository_of(request)
    query = request.query
    prefix = "refs/" + (query.text("filter") or "")
    part = (query.text("filterContains") or "").lower()
    refs = organization.git.refs(repository)
    names = [name for name in refs if name.startswith(prefix) and part in name.lower()]
    token = query.text("continuationToken")
    more = None
    asks_for_pages = token is not None or query.text("$top") is not None
    if asks_for_pages and organization.behaviour.has("5.0"):
        top = query.number("$top", default=_DEFAULT_PAGE, largest=_LARGEST_PAGE)
        names = [name for name in names if token is None or name > _after(token)]
        more = _token(names[top - 1]) if len(names) > top else None
        names = names[:top]
    peels, statuses = query.flag("peelTags"), query.flag("includeStatuses")
    shapes = [_ref(organization, repository, name, refs[name], peels=peels) for name in names]
    if statuses:
        for shape in shapes:
            shape["statuses"] = []
    return collection(shapes, continuation=more)


def post_refs(organization: Organization, request: Request) -> Answer:
    """POST refs: 200 even when updates are refused; each says for itself what became of it."""
    repository = organization.repository_of(request)
    wanted = request.read(list[_Wanted])
    with organization.lock:
        refs = organization.git.refs(repository)
        good: list[RefUpdate] = []
        results: list[Json] = []
        for one in wanted:
            status = _status(organization, repository, refs, one)
            if status == "succeeded":
                good.append(RefUpdate(one.name, one.old_object_id, one.new_object_id))
                refs = _with(refs, one)
            results.append(_result(repository, one, status))
        move_refs(organization, repository, good, by=request.person)
    return collection(results)


def patch_ref(organization: Organization, request: Request) -> Answer:
    """PATCH refs?filter=heads/x `{"isLocked": true}`."""
    repository = organization.repository_of(request)
    name = "refs/" + (request.query.text("filter") or "")
    head = organization.git.head(repository, name)
    if head is None:
        raise RefusedError(404, "GitRefNotFoundException", f"TF401014: No ref {name}.")
    with organization.lock:
        if request.read(_Lock).is_locked:
            organization.locks[repository.id, name] = request.person
        else:
            organization.locks.pop((repository.id, name), None)
    return json_answer(_ref(organization, repository, name, head, peels=False))


def get_annotated_tag(organization: Organization, request: Request) -> Answer:
    """GET annotatedtags/{objectId}: who tagged what, and the message."""
    repository = organization.repository_of(request)
    sha = request.values["objectId"]
    git = organization.git.open(repository)
    found = git.get(sha) if len(sha) == _SHA_LENGTH else None
    if not isinstance(found, pygit2.Tag):
        raise no_such_object(sha, kind="tag")
    tagger = found.tagger
    shape: Json = {
        "name": found.name,
        "objectId": str(found.id),
        "taggedObject": {"objectId": str(found.target), "objectType": "commit"},
        "message": found.message,
        "url": f"{organization.addresses.repository(repository)}/annotatedtags/{found.id}",
    }
    if tagger is not None:
        shape["taggedBy"] = {
            "name": tagger.name,
            "email": tagger.email,
            "date": moments.written_seconds(tagger.time),
        }
    return json_answer(shape)


def _ref(
    organization: Organization, repository: Repository, name: str, sha: str, *, peels: bool
) -> Json:
    shape: Json = {"name": name, "objectId": sha}
    if peels and name.startswith(TAGS):
        found = organization.git.open(repository)[sha]
        if isinstance(found, pygit2.Tag):
            shape["peeledObjectId"] = str(found.peel(None).id)
    lock = organization.locks.get((repository.id, name))
    if lock is not None:
        shape["isLocked"] = True
        shape["isLockedBy"] = identity(organization, lock)
    creator = _creator(organization, repository, name)
    shape["creator"] = identity(organization, creator)
    shape["url"] = organization.addresses.ref(repository, name)
    return shape


def _creator(organization: Organization, repository: Repository, name: str) -> Person:
    known = organization.ref_creators.get((repository.id, name))
    return known or organization.person("Project administrator")


def _status(
    organization: Organization, repository: Repository, refs: dict[str, str], wanted: _Wanted
) -> str:
    """Return the `updateStatus` that the service gives: the first reason against the update."""
    behaviour = organization.behaviour
    name, new = wanted.name, wanted.new_object_id
    allowed = name.startswith((HEADS, TAGS)) and pygit2.reference_is_valid_name(name)
    # "a" and "a/b" cannot both be there: one would be a file and a folder at once.
    clashes = (o for o in refs if o.startswith(f"{name}/") or name.startswith(f"{o}/"))
    reasons: dict[str, Callable[[], bool]] = {
        "invalidRefName": lambda: not allowed,
        "staleOldObjectId": lambda: refs.get(name, ZERO) != wanted.old_object_id,
        str(behaviour.ref_update_refusal): lambda: behaviour.ref_update_refusal is not None,
        "rejectedByPolicy": lambda: (repository.id, name) in behaviour.protected,
        "locked": lambda: (repository.id, name) in organization.locks,
        "unresolvableToCommit": lambda: (
            new != ZERO and not _is_pointable(organization, repository, name, new)
        ),
        "refNameConflict": lambda: new != ZERO and any(clashes),
    }
    return next((status for status, holds in reasons.items() if holds()), "succeeded")


def _is_pointable(organization: Organization, repository: Repository, name: str, sha: str) -> bool:
    """Return whether a ref may point there: a branch at a commit, a tag at anything."""
    git = organization.git.open(repository)
    try:
        found = git.get(sha) if len(sha) == _SHA_LENGTH else None
    except ValueError:
        return False
    return isinstance(found, pygit2.Commit) or (found is not None and name.startswith(TAGS))


def _with(refs: dict[str, str], wanted: _Wanted) -> dict[str, str]:
    if wanted.new_object_id == ZERO:
        return {name: sha for name, sha in refs.items() if name != wanted.name}
    return refs | {wanted.name: wanted.new_object_id}


def _result(repository: Repository, wanted: _Wanted, status: str) -> Json:
    return {
        "repositoryId": repository.id,
        "name": wanted.name,
        "oldObjectId": wanted.old_object_id,
        "newObjectId": wanted.new_object_id,
        "isLocked": status == "locked",
        "updateStatus": status,
        "success": status == "succeeded",
    }


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _after(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        raise bad_argument("The continuation token is not valid.") from None
