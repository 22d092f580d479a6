"""People, projects and repositories as the API writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import moments

if TYPE_CHECKING:
    from .exchange import Json
    from .model import Person, Project, Repository
    from .organization import Organization

_SINCE = {"size": "5.0", "webUrl": "6.0", "isDisabled": "7.0", "isInMaintenance": "7.1"}
"""Field of a repository → the API version that brought it."""


def identity(organization: Organization, person: Person) -> Json:
    """Return a person as an IdentityRef."""
    addresses = organization.addresses
    return {
        "displayName": person.name,
        "url": addresses.person(person),
        "_links": {"avatar": {"href": addresses.avatar(person)}},
        "id": person.id,
        "uniqueName": person.email,
        "imageUrl": f"{addresses.root}/_api/_common/identityImage?id={person.id}",
        "descriptor": person.descriptor,
    }


def project_reference(organization: Organization, project: Project) -> Json:
    """Return a project as lists and other things hold it."""
    shape: Json = {"id": project.id, "name": project.name}
    if project.description:
        shape["description"] = project.description
    shape |= {
        "url": organization.addresses.project(project),
        "state": project.state,
        "revision": project.revision,
        "visibility": "private",
    }
    if organization.behaviour.has("6.0"):
        shape["lastUpdateTime"] = moments.written(project.updated_at)
    return shape


def repository(organization: Organization, one: Repository) -> Json:
    """Return a repository as lists hold it; an empty one has no `defaultBranch`."""
    addresses = organization.addresses
    project = organization.project_holding(one)
    shape: Json = {
        "id": one.id,
        "name": one.name,
        "url": addresses.repository(one),
        "project": project_reference(organization, project),
    }
    if one.default_branch is not None:
        shape["defaultBranch"] = one.default_branch
    shape |= {
        "size": organization.sizes.of(one),
        "remoteUrl": addresses.remote(one, project),
        "sshUrl": addresses.ssh(one, project),
        "webUrl": addresses.web(one, project),
        "isDisabled": one.is_disabled,
        "isInMaintenance": one.is_in_maintenance,
    }
    for name, version in _SINCE.items():
        if not organization.behaviour.has(version):
            del shape[name]
    if one.parent_id is not None:
        shape["isFork"] = True
    return shape


def parent_reference(organization: Organization, one: Repository) -> Json:
    """Return a repository as a fork names what it came from."""
    project = organization.project_holding(one)
    return {
        "id": one.id,
        "name": one.name,
        "url": organization.addresses.repository(one),
        "project": project_reference(organization, project),
        "remoteUrl": organization.addresses.remote(one, project),
        "sshUrl": organization.addresses.ssh(one, project),
        "isFork": one.parent_id is not None,
        "collection": {"id": organization.id, "name": organization.name},
    }


def repository_in_pull_requests(organization: Organization, one: Repository) -> Json:
    """Return a repository as lists of pull requests hold it: a bare reference."""
    project = organization.project_holding(one)
    reference: Json = {
        "id": project.id,
        "name": project.name,
        "state": "unchanged",
        "visibility": "unchanged",
    }
    if organization.behaviour.has("6.0"):
        reference["lastUpdateTime"] = "0001-01-01T00:00:00"
    return {
        "id": one.id,
        "name": one.name,
        "url": organization.addresses.repository(one),
        "project": reference,
    }


def repository_links(organization: Organization, one: Repository) -> Json:
    """Return the `_links` of a single repository."""
    own = organization.addresses.repository(one)
    project = organization.project_holding(one)
    links = ("commits", "refs", "pullRequests", "items", "pushes")
    return {
        "self": {"href": own},
        "project": {"href": f"vstfs:///Classification/TeamProject/{project.id}"},
        "web": {"href": organization.addresses.web(one, project)},
        **{name: {"href": f"{own}/{name}"} for name in links},
    }
