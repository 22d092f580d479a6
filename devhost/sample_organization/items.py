"""Answer for files and folders at a version, and for blobs."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING
from urllib.parse import quote

import pygit2

from .exchange import Answer, Json, Request, collection, json_answer
from .refusals import bad_argument, no_such_item, no_such_object
from .versions import Version, asked_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import Repository
    from .organization import Organization

_SHA_LENGTH = 40
_DEPTHS = {"none": 0, "onelevel": 1, "onelevelplusnestedemptyfolders": 1, "full": 1_000}


def get_items(organization: Organization, request: Request) -> Answer:
    """GET items: by `path` one item or its content, by `scopePath` a list."""
    repository = organization.repository_of(request)
    version = _version(request)
    commit = organization.git.resolve(repository, version)
    path = request.values.get("path") or request.query.text("path")
    scope = path or request.query.text("scopePath") or "/"
    found = _at(commit, scope)
    if found is None:
        name = version.version if version is not None else str(repository.default_branch)
        raise no_such_item(scope, repository.name, f"<Branch: {name} >")
    depth = _DEPTHS.get((request.query.text("recursionLevel") or "none").lower())
    if depth is None:
        raise bad_argument("The recursionLevel is not known.")
    if path is not None and depth == 0:
        return _one(organization, repository, request, (scope, found, str(commit.id)))
    listed = _below(scope, found, depth)
    return collection([_item(organization, repository, p, o, str(commit.id)) for p, o in listed])


def get_blob(organization: Organization, request: Request) -> Answer:
    """GET blobs/{sha1}: the bytes, or what is known of them as JSON."""
    repository = organization.repository_of(request)
    sha = request.values["sha1"]
    found = organization.git.open(repository).get(sha) if len(sha) == _SHA_LENGTH else None
    if not isinstance(found, pygit2.Blob):
        raise no_such_object(sha, kind="blob")
    if _wants_bytes(request):
        return Answer(200, found.data, "application/octet-stream")
    url = f"{organization.addresses.repository(repository)}/blobs/{sha}"
    links: Json = {
        "self": {"href": url},
        "repository": {"href": organization.addresses.repository(repository)},
    }
    return json_answer({"objectId": sha, "size": found.size, "url": url, "_links": links})


def _one(
    organization: Organization,
    repository: Repository,
    request: Request,
    where: tuple[str, pygit2.Object, str],
) -> Answer:
    path, found, commit_id = where
    if isinstance(found, pygit2.Blob) and _wants_bytes(request):
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        plain = request.headers.get("accept", "").startswith("text/plain")
        return Answer(200, found.data, "text/plain; charset=utf-8" if plain else kind)
    shape = _item(organization, repository, path, found, commit_id)
    if request.query.flag("includeContent") and isinstance(found, pygit2.Blob):
        shape["content"] = found.data.decode(errors="replace")
    if request.query.flag("includeContentMetadata") and isinstance(found, pygit2.Blob):
        shape["contentMetadata"] = {
            "fileName": path.rpartition("/")[2],
            "isBinary": found.is_binary,
            "encoding": 65001,
        }
    return json_answer(shape)


def _wants_bytes(request: Request) -> bool:
    """Return whether a file is sent as it is: to everyone who does not ask for JSON."""
    form = (request.query.text("$format") or "").lower()
    if form:
        return form != "json"
    if request.query.flag("includeContent"):
        return False
    return "application/json" not in request.headers.get("accept", "")


def _at(commit: pygit2.Commit, path: str) -> pygit2.Object | None:
    inside = path.strip("/")
    if not inside:
        return commit.tree
    try:
        return commit.tree[inside]
    except KeyError:
        return None


def _below(path: str, found: pygit2.Object, depth: int) -> Iterator[tuple[str, pygit2.Object]]:
    yield path if path.startswith("/") else f"/{path}", found
    if depth and isinstance(found, pygit2.Tree):
        for entry in found:
            inside = f"{path.rstrip('/')}/{entry.name}"
            yield from _below(inside, entry, depth - 1)


def _item(
    organization: Organization,
    repository: Repository,
    path: str,
    found: pygit2.Object,
    commit_id: str,
) -> Json:
    full = path if path.startswith("/") else f"/{path}"
    shape: Json = {
        "objectId": str(found.id),
        "gitObjectType": found.type_str,
        "commitId": commit_id,
        "path": full,
    }
    if isinstance(found, pygit2.Tree):
        shape["isFolder"] = True
    home = organization.addresses.repository(repository)
    shape["url"] = f"{home}/items{quote(full)}?versionType=Commit&version={commit_id}"
    return shape


def _version(request: Request) -> Version | None:
    """Return the descriptor, written in full or as the addresses in answers have it."""
    full = asked_version(
        request.query, "versionDescriptor.version", "versionDescriptor.versionType"
    )
    return full or asked_version(request.query, "version", "versionType")
