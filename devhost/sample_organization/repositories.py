"""Answer for repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from . import moments, shapes
from .exchange import NO_CONTENT, Answer, Json, Request, collection, json_answer
from .refusals import RefusedError, bad_argument, no_such_repository
from .repository_changes import (
    create_repository,
    delete_repository,
    fork_repository,
    rename_repository,
    restore_repository,
    set_default_branch,
    set_disabled,
)

if TYPE_CHECKING:
    from .model import Repository
    from .organization import Organization


class _ProjectName(msgspec.Struct):
    id: str = ""
    name: str = ""


class _Parent(msgspec.Struct):
    id: str


class _NewRepository(msgspec.Struct, rename="camel"):
    name: str
    project: _ProjectName = msgspec.field(default_factory=_ProjectName)
    parent_repository: _Parent | None = None


class _Changes(msgspec.Struct, rename="camel"):
    name: str | None = None
    default_branch: str | None = None
    is_disabled: bool | None = None


class _Restored(msgspec.Struct):
    deleted: bool


def list_repositories(organization: Organization, request: Request) -> Answer:
    """GET repositories of the organization or of a project: all at once, never paged."""
    found = organization.visible_repositories(organization.project_of(request))
    if request.person.id in organization.behaviour.stakeholders:
        found = []
    written = [shapes.repository(organization, one) for one in found]
    if request.query.flag("includeLinks"):
        for shape, one in zip(written, found, strict=True):
            shape["_links"] = shapes.repository_links(organization, one)
    return collection(written)


def get_repository(organization: Organization, request: Request) -> Answer:
    """GET a repository; a disabled one is shown too, and says so."""
    one = organization.repository_of(request, even_disabled=True)
    shape = shapes.repository(organization, one)
    shape["_links"] = shapes.repository_links(organization, one)
    if request.query.flag("includeParent") and one.parent_id is not None:
        parent = organization.repositories[one.parent_id]
        shape["parentRepository"] = shapes.parent_reference(organization, parent)
    return json_answer(shape)


def post_repository(organization: Organization, request: Request) -> Answer:
    """POST repositories: an empty one, or a fork of `parentRepository`."""
    wanted = request.read(_NewRepository)
    name = request.values.get("project") or wanted.project.id or wanted.project.name
    if not name:
        raise bad_argument("A project is required.")
    project = organization.project(name)
    if wanted.parent_repository is None:
        made = create_repository(organization, project, wanted.name, by=request.person)
    else:
        parent = organization.find_repository(wanted.parent_repository.id, None)
        if parent is None:
            raise no_such_repository(wanted.parent_repository.id)
        made = fork_repository(
            organization,
            parent,
            project,
            wanted.name,
            by=request.person,
            only_ref=request.query.text("sourceRef"),
        )
    return json_answer(shapes.repository(organization, made), status=201)


def patch_repository(organization: Organization, request: Request) -> Answer:
    """PATCH a repository's name, default branch or `isDisabled`."""
    one = organization.repository_of(request, even_disabled=True)
    changes = request.read(_Changes)
    if changes.name is not None and changes.name != one.name:
        one = rename_repository(organization, one, changes.name, by=request.person)
    if changes.default_branch is not None:
        one = set_default_branch(organization, one, changes.default_branch)
    if changes.is_disabled is not None:
        one = set_disabled(organization, one, disabled=changes.is_disabled, by=request.person)
    return json_answer(shapes.repository(organization, one))


def remove_repository(organization: Organization, request: Request) -> Answer:
    """DELETE a repository, into the recycle bin."""
    one = organization.repository_of(request, even_disabled=True)
    delete_repository(organization, one, by=request.person)
    return NO_CONTENT


def list_deleted(organization: Organization, request: Request) -> Answer:
    """GET deletedrepositories, and the recycle bin, of a project."""
    project = organization.project(request.values["project"])
    found = [
        one
        for one in organization.repositories.values()
        if one.deleted_at is not None and one.project_id == project.id
    ]
    return collection([_deleted(organization, one) for one in found])


def patch_deleted(organization: Organization, request: Request) -> Answer:
    """PATCH recycleBin/repositories/{id} `{"deleted": false}`: it comes back with the same id."""
    identifier = request.values["repositoryId"]
    one = organization.repositories.get(identifier.lower())
    if one is None or one.deleted_at is None:
        raise no_such_repository(identifier)
    if request.read(_Restored).deleted:
        raise bad_argument("deleted must be false.")
    restored = restore_repository(organization, one)
    return json_answer(shapes.repository(organization, restored))


def list_forks(organization: Organization, request: Request) -> Answer:
    """GET forks/{collectionId} of a repository."""
    one = organization.repository_of(request)
    if request.values["collectionId"].lower() not in {
        organization.id,
        organization.new_id("collection"),
    }:
        raise RefusedError(404, "HostDoesNotExistException", "The collection does not exist.")
    forks = [f for f in organization.visible_repositories() if f.parent_id == one.id]
    return collection([_fork(organization, fork) for fork in forks])


def _deleted(organization: Organization, one: Repository) -> Json:
    assert one.deleted_at is not None
    assert one.deleted_by is not None
    project = organization.project_holding(one)
    return {
        "id": one.id,
        "name": one.name,
        "project": shapes.project_reference(organization, project),
        "deletedBy": shapes.identity(organization, one.deleted_by),
        "createdDate": moments.written(one.created_at),
        "deletedDate": moments.written(one.deleted_at),
    }


def _fork(organization: Organization, one: Repository) -> Json:
    shape = shapes.parent_reference(organization, one)
    shape["isFork"] = True
    return shape
