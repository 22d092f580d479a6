"""The event that "Test" sends: of the right shape, about things that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devhost.sample_organization import moments

from .events import Event, Words

if TYPE_CHECKING:
    from devhost.sample_organization.exchange import Json
    from devhost.sample_organization.organization import Organization

_REPOSITORY_ID = "278d5cd2-584d-4b63-824a-2ba458937249"
_PROJECT_ID = "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c"
_OLD = "aad331d8d3b131fa9ae03cf5e53965b51942618a"
_NEW = "33b55f7cb7e7e245323987634f960cf4a6e6bc74"


def sample_event(
    organization: Organization, event_type: str, publisher_inputs: dict[str, str]
) -> Event:
    """Return a sample of *event_type*; only its `resourceContainers` will be real."""
    words = Words("A sample event.", "A sample event.", "A sample event.")
    repository = _repository(organization)
    if event_type == "git.push":
        resource = _push(organization, repository)
    elif event_type.startswith("git.pullrequest."):
        resource = _pull_request(organization, repository)
    elif event_type.startswith("workitem."):
        resource = {"id": 5, "workItemId": 5, "rev": 1, "fields": {"System.Title": "A sample"}}
    else:
        resource = {"repository": repository, "repositoryId": _REPOSITORY_ID}
    return Event(
        id=organization.new_event_id(),
        type=event_type,
        at=organization.clock.now(),
        project_id=publisher_inputs.get("projectId", "") or _PROJECT_ID,
        resource=resource,
        message=words,
        detailed_message=words,
        facts={},
    )


def _repository(organization: Organization) -> Json:
    root = organization.addresses.root
    return {
        "id": _REPOSITORY_ID,
        "name": "Fabrikam-Fiber-Git",
        "url": f"{root}/_apis/git/repositories/{_REPOSITORY_ID}",
        "project": {
            "id": _PROJECT_ID,
            "name": "Fabrikam-Fiber-Git",
            "url": f"{root}/_apis/projects/{_PROJECT_ID}",
            "state": "wellFormed",
            "visibility": "unchanged",
            "lastUpdateTime": "0001-01-01T00:00:00",
        },
        "defaultBranch": "refs/heads/main",
        "remoteUrl": f"{root}/Fabrikam-Fiber-Git/_git/Fabrikam-Fiber-Git",
    }


def _push(organization: Organization, repository: Json) -> Json:
    who = {"name": "Sample developer", "email": "sample.developer@example.com"}
    now = moments.written(organization.clock.now())
    return {
        "commits": [
            {
                "commitId": _NEW,
                "author": who | {"date": now},
                "committer": who | {"date": now},
                "comment": "Fixed bug in web.config file",
                "url": f"{repository['url']}/commits/{_NEW}",
            }
        ],
        "refUpdates": [{"name": "refs/heads/main", "oldObjectId": _OLD, "newObjectId": _NEW}],
        "repository": repository,
        "pushedBy": {"displayName": who["name"], "uniqueName": who["email"]},
        "pushId": 14,
        "date": now,
        "url": f"{repository['url']}/pushes/14",
    }


def _pull_request(organization: Organization, repository: Json) -> Json:
    return {
        "repository": repository,
        "pullRequestId": 1,
        "status": "active",
        "createdBy": {"displayName": "Sample developer"},
        "creationDate": moments.written(organization.clock.now()),
        "title": "my first pull request",
        "description": " - test2\r\n",
        "sourceRefName": "refs/heads/mytopic",
        "targetRefName": "refs/heads/main",
        "mergeStatus": "succeeded",
        "url": f"{repository['url']}/pullRequests/1",
    }
