"""Answer for projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exchange import Answer, Json, Request, collection, json_answer
from .shapes import project_reference

if TYPE_CHECKING:
    from .model import Project
    from .organization import Organization

_PAGE = 100


def list_projects(organization: Organization, request: Request) -> Answer:
    """GET projects: well-formed ones unless `stateFilter` says otherwise, 100 a page."""
    wanted = request.query.text("stateFilter") or "wellFormed"
    found = [
        project
        for project in organization.visible_projects()
        if wanted.lower() == project.state.lower()
        or (wanted.lower() == "all" and project.state != "deleted")
    ]
    top = request.query.number("$top", default=_PAGE)
    skip = request.query.number("continuationToken", "$skip", default=0)
    page = found[skip : skip + top]
    more = str(skip + top) if skip + top < len(found) else None
    return collection([project_reference(organization, p) for p in page], continuation=more)


def get_project(organization: Organization, request: Request) -> Answer:
    """GET projects/{projectId}, by id or name; capabilities only where they are asked for."""
    project = organization.project(request.values["projectId"])
    shape = project_reference(organization, project)
    shape["_links"] = _links(organization, project)
    shape["defaultTeam"] = _default_team(organization, project)
    if request.query.flag("includeCapabilities"):
        shape["capabilities"] = {
            "processTemplate": {
                "templateName": "Agile",
                "templateTypeId": "adcc42ab-9882-485e-a3ed-7678f01f66bc",
            },
            "versioncontrol": {
                "sourceControlType": project.source_control,
                "gitEnabled": str(project.source_control == "Git"),
                "tfvcEnabled": str(project.source_control == "Tfvc"),
            },
        }
    return json_answer(shape)


def list_tfvc_branches(organization: Organization, request: Request) -> Answer:
    """GET tfvc/branches: one for a project under TFVC, none for any other."""
    project = organization.project(request.values["project"])
    if project.source_control != "Tfvc":
        return collection([])
    owner = organization.person("Project administrator")
    branch: Json = {
        "path": f"$/{project.name}/Main",
        "owner": {"id": owner.id, "displayName": owner.name, "uniqueName": owner.email},
        "createdDate": "2014-03-07T10:12:05.7Z",
        "url": f"{organization.addresses.root}/_apis/tfvc/branches/$/{project.name}/Main",
        "relatedBranches": [],
        "mappings": [],
        "children": [],
    }
    return collection([branch])


def _links(organization: Organization, project: Project) -> Json:
    root = organization.addresses.root
    hrefs = {
        "self": organization.addresses.project(project),
        "collection": f"{root}/_apis/projectCollections/{organization.new_id('collection')}",
        "web": f"{root}/{project.name}",
    }
    return {name: {"href": href} for name, href in hrefs.items()}


def _default_team(organization: Organization, project: Project) -> Json:
    identifier = organization.new_id("team", project.id)
    own = organization.addresses.project(project)
    return {
        "id": identifier,
        "name": f"{project.name} Team",
        "url": f"{own}/teams/{identifier}",
    }
