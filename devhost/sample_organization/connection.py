"""Answer for the connection itself: who one is, what is served, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .exchange import Answer, Json, Request, collection, json_answer
from .refusals import RefusedError

if TYPE_CHECKING:
    from .model import Person
    from .organization import Organization


class Location(msgspec.Struct, frozen=True):
    """A resource as `OPTIONS _apis` lists it, for clients that find routes by GUID."""

    id: str
    template: str
    """With the placeholders that Microsoft's clients fill in."""
    resource_version: int = 1
    is_preview: bool = False


_REPOSITORY = "{project}/_apis/git/repositories/{repositoryId}"
_PULL_REQUEST = f"{_REPOSITORY}/pullRequests/{{pullRequestId}}"

LOCATIONS = (
    Location("00d9565f-ed9c-4a06-9a50-00e7896ccab4", "_apis/connectionData", is_preview=True),
    Location("e81700f7-3be2-46de-8624-2eb35882fcaa", "_apis/resourceAreas/{areaId}"),
    Location("28010c54-d0c0-4c89-a5b0-1c9e188b9fb7", "_apis/identities/{identityId}"),
    Location("603fe2ac-9723-48b9-88ad-09305aa6c6e1", "_apis/projects/{*projectId}", 4),
    Location("225f7195-f9c7-4d14-ab28-a83f7ff77e1f", _REPOSITORY),
    Location("2b6869c4-cb25-42b5-b7a3-0d3e6be0a11a", "{project}/_apis/git/deletedRepositories"),
    Location(
        "a663da97-81db-4eb3-8b83-287670f63073",
        "{project}/_apis/git/recycleBin/repositories/{repositoryId}",
    ),
    Location(
        "158c0340-bf6f-489c-9625-d572a1480d57",
        "{project}/_apis/git/repositories/{repositoryNameOrId}/forks/{collectionId}",
    ),
    Location("2d874a60-a811-4f62-9c9f-963a6ea0a55b", f"{_REPOSITORY}/refs"),
    Location("5e8a8081-3851-4626-b677-9891cc04102e", f"{_REPOSITORY}/annotatedTags/{{objectId}}"),
    Location("c2570c3b-5b3f-41b8-98bf-5407bfde8d58", f"{_REPOSITORY}/commits/{{commitId}}"),
    Location("6400dfb2-0bcb-462b-b992-5a57f8f1416c", f"{_REPOSITORY}/commitsBatch"),
    Location("5bf884f5-3e07-42e9-afb8-1b872267bf16", f"{_REPOSITORY}/commits/{{commitId}}/changes"),
    Location(
        "7cf2abb6-c964-4f7e-9872-f78c66e72e9c",
        "{project}/_apis/git/repositories/{repositoryNameOrId}/commits/{commitId}/mergebases",
    ),
    Location("615588d5-c0c7-4b88-88f8-e625306446e8", f"{_REPOSITORY}/diffs/commits"),
    Location("fb93c0db-47ed-4a31-8c20-47552878fb44", f"{_REPOSITORY}/items/{{*path}}"),
    Location("7b28e929-2c99-405d-9c5c-6167a06e6816", f"{_REPOSITORY}/blobs/{{sha1}}"),
    Location("ea98d07b-3c87-4971-8ede-a613694ffb55", f"{_REPOSITORY}/pushes/{{pushId}}", 2),
    Location("d5b216de-d8d5-4d32-ae76-51df755b16d3", f"{_REPOSITORY}/stats/branches/{{*name}}"),
    Location(
        "01a46dea-7d46-4d40-bc84-319e7c260d99",
        "{project}/_apis/git/pullRequests/{pullRequestId}",
    ),
    Location("a5d28130-9cd2-40fa-9f08-902e7daa9efb", "{project}/_apis/git/pullRequests"),
    Location("9946fd70-0d40-406e-b686-b4744cbbcc37", _PULL_REQUEST),
    Location("b3a6eebe-9cf0-49ea-b6cb-1a4c5f5007b0", f"{_REPOSITORY}/pullRequestQuery"),
    Location("52823034-34a8-4576-922c-8d8b77e9e4c4", f"{_PULL_REQUEST}/commits"),
    Location("0a637fcc-5370-4ce8-b0e8-98091f5f9482", f"{_PULL_REQUEST}/workitems"),
    Location("4b6702c7-aa35-4b89-9c96-b9abf6d3e540", f"{_PULL_REQUEST}/reviewers/{{reviewerId}}"),
    Location("72c7ddf8-2cdc-4f60-90cd-ab71c14a399b", "{project}/_apis/wit/workItems/{id}", 3),
    Location("908509b6-4248-4475-a1cd-829139ba419f", "{project}/_apis/wit/workItemsBatch"),
    Location("a9a9aa7a-8c09-44d3-ad1b-46e855c1e3d3", "{project}/_apis/wit/artifactUriQuery"),
    Location("fc50d02a-849f-41fb-8af1-0a5216103269", "_apis/hooks/subscriptions/{subscriptionId}"),
    Location("c7c3c1cf-9e05-4c0d-a425-a0f922c2c6ed", "_apis/hooks/subscriptionsQuery"),
    Location(
        "0c62d343-21b0-4732-997b-017fde84dc28",
        "_apis/hooks/subscriptions/{subscriptionId}/notifications/{notificationId}",
    ),
    Location("1a57562f-160a-4b5c-9185-905e95b39d36", "_apis/hooks/notificationsQuery"),
    Location("1139462c-7e27-4524-a997-31b9b73551fe", "_apis/hooks/testNotifications"),
    Location("f83735dc-483f-4238-a291-d45f6080a9af", "_apis/profile/profiles/{id}", 3),
    Location("229a6a53-b428-4ffb-a835-e8f36b5b4b1e", "_apis/accounts/{accountId}"),
)

AREAS = {
    "4e080c62-fa21-4fbc-8fef-2a10a2b38049": "git",
    "79134c72-4a58-4b42-976c-04e7115f32bf": "core",
    "5264459e-e5e0-4bd8-b118-0985e68a4ec5": "wit",
    "8a3d49b8-91f0-46ef-b33d-dda338c25db3": "IMS",
}
"""The areas of an organization; the profile and the accounts are the identity service's."""

IDENTITY_AREAS = {
    "8ccfef3d-2b87-4e99-8ccb-66e343d2daa8": "Profile",
    "0d55247a-1c47-4462-9b1f-5e2125590ee6": "Account",
}


def list_locations(organization: Organization) -> Answer:
    """OPTIONS _apis: every resource with its template and versions; no token is needed."""
    newest = organization.behaviour.newest_api_version
    return collection([_location(one, newest=newest) for one in LOCATIONS])


def get_connection_data(organization: Organization, request: Request) -> Answer:
    """GET connectionData: who the caller is, and that this is the hosted service."""
    person = request.person
    return json_answer(
        {
            "authenticatedUser": _user(organization, person),
            "authorizedUser": _user(organization, person),
            "instanceId": organization.new_id("collection"),
            "deploymentId": organization.new_id("deployment"),
            "deploymentType": "onPremises" if organization.addresses.is_server else "hosted",
            "locationServiceData": {
                "serviceOwner": "00025394-6065-48ca-87d9-7f5672854ef7",
                "defaultAccessMappingMoniker": "PublicAccessMapping",
                "lastChangeId": 1,
                "lastChangeId64": 1,
            },
        }
    )


def list_areas(organization: Organization, request: Request) -> Answer:  # noqa: ARG001 — a handler
    """GET resourceAreas: where each area is answered."""
    shapes = [_area(organization, identifier) for identifier in (*AREAS, *IDENTITY_AREAS)]
    return collection(shapes)


def get_area(organization: Organization, request: Request) -> Answer:
    """GET resourceAreas/{areaId}."""
    identifier = request.values["areaId"].lower()
    if identifier not in AREAS and identifier not in IDENTITY_AREAS:
        raise RefusedError(404, "ResourceAreaNotFoundException", "The area is not known.")
    return json_answer(_area(organization, identifier))


def _area(organization: Organization, identifier: str) -> Json:
    if identifier in IDENTITY_AREAS:
        name, address = IDENTITY_AREAS[identifier], organization.addresses.base
    else:
        name, address = AREAS[identifier], organization.addresses.root
    return {"id": identifier, "name": name, "locationUrl": f"{address}/"}


def _user(organization: Organization, person: Person) -> Json:
    tenant = organization.tenant_id
    return {
        "id": person.id,
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{tenant}\\{person.email}",
        "subjectDescriptor": person.descriptor,
        "providerDisplayName": person.name,
        "isActive": True,
        "properties": {"Account": {"$type": "System.String", "$value": person.email}},
        "resourceVersion": 2,
        "metaTypeId": 0,
    }


def _location(one: Location, *, newest: str) -> Json:
    fixed = [part for part in one.template.split("/") if not part.startswith("{")]
    return {
        "id": one.id,
        "area": fixed[1],
        "resourceName": fixed[-1],
        "routeTemplate": one.template,
        "resourceVersion": one.resource_version,
        "minVersion": "1.0",
        "maxVersion": newest,
        "releasedVersion": "0.0" if one.is_preview else "7.1",
    }
