from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from devhost.sample_organization.model import ZERO
from devhost.sample_organization.routes import ROUTES
from tests.devhost.sample_organization.specification import SPECS, check
from tests.devhost.sample_organization.test_contract_reads import READS

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason="the specifications of the REST API are not at hand"
)


def test_what_is_written_is_answered_as_the_specification_says(
    api: Api, sample: SampleOrganization, web: str
) -> None:
    answers = write_everything(api, sample, web)

    for (area, definition), answer in answers:
        check(area, definition, answer)
    assert len(answers) == len(WRITES)


WRITES = {
    "POST git/repositories",
    "PATCH git/repositories/{repositoryId}",
    "PATCH git/recycleBin/repositories/{repositoryId}",
    "GET git/recycleBin/repositories",
    "GET git/deletedrepositories",
    "POST git/repositories/{repositoryId}/pushes",
    "POST git/repositories/{repositoryId}/refs",
    "PATCH git/repositories/{repositoryId}/refs",
    "POST git/repositories/{repositoryId}/commitsbatch",
    "POST git/repositories/{repositoryId}/pullrequests",
    "POST git/repositories/{repositoryId}/pullrequests/{pullRequestId}/reviewers",
    "PUT git/repositories/{repositoryId}/pullrequests/{pullRequestId}/reviewers/{reviewerId}",
    "PATCH git/repositories/{repositoryId}/pullrequests/{pullRequestId}",
    "POST git/repositories/{repositoryId}/pullrequestquery",
    "POST wit/workitemsbatch",
    "POST wit/artifacturiquery",
    "POST wit/wiql",
    "POST hooks/subscriptions",
    "GET hooks/subscriptions",
    "GET hooks/subscriptions/{subscriptionId}",
    "PUT hooks/subscriptions/{subscriptionId}",
    "POST hooks/subscriptionsquery",
    "POST hooks/testnotifications",
    "GET hooks/subscriptions/{subscriptionId}/notifications",
    "GET hooks/subscriptions/{subscriptionId}/notifications/{notificationId}",
    "POST hooks/notificationsquery",
}
UNSPECIFIED = {
    "GET connectionData",
    "GET resourceAreas",
    "GET resourceAreas/{areaId}",
    "GET permissions/{securityNamespaceId}/{permissions}",
    "GET GraphProfile/MemberAvatars/{descriptor}",
    "DELETE git/repositories/{repositoryId}",
    "DELETE git/repositories/{repositoryId}/pullrequests/{pullRequestId}/reviewers/{reviewerId}",
    "DELETE hooks/subscriptions/{subscriptionId}",
}
"""What the specifications do not have, or has no body."""


def test_every_route_is_compared_with_the_specification() -> None:
    compared = {f"GET {row[0]}" for row in READS} | WRITES | UNSPECIFIED

    assert compared == {f"{route.method} {route.template}" for route in ROUTES}


def write_everything(
    api: Api, sample: SampleOrganization, web: str
) -> list[tuple[tuple[str, str], Any]]:
    return [
        *write_repositories(api, sample),
        *write_code(api, sample, web),
        *write_pull_requests(api, sample, web),
        *write_hooks(api, sample),
    ]


def write_repositories(api: Api, sample: SampleOrganization) -> list[tuple[tuple[str, str], Any]]:
    shape = ("git", "GitRepository")
    project = {"id": sample.organization.project("Shop").id}
    made = api.post("git/repositories", {"name": "made", "project": project})
    route = f"git/repositories/{made['id']}"
    renamed = api.patch(route, {"name": "renamed"})
    api.call("DELETE", route)
    deleted = api.get("git/deletedrepositories", project="Shop")["value"][0]
    binned = api.get("git/recycleBin/repositories", project="Shop")["value"][0]
    bin_route = f"git/recycleBin/repositories/{made['id']}"
    restored = api.patch(bin_route, {"deleted": False}, project="Shop")
    return [
        (shape, made),
        (shape, renamed),
        (("git", "GitDeletedRepository"), deleted),
        (("git", "GitDeletedRepository"), binned),
        (shape, restored),
    ]


def write_code(api: Api, sample: SampleOrganization, web: str) -> list[tuple[tuple[str, str], Any]]:
    content = {"content": "one\n", "contentType": "rawtext"}
    change = {"changeType": "add", "item": {"path": "/a.txt"}, "newContent": content}
    push = api.post(
        f"{web}/pushes",
        {
            "refUpdates": [{"name": "refs/heads/main", "oldObjectId": ZERO}],
            "commits": [{"comment": "PAY-1 First\n\nBody", "changes": [change]}],
        },
    )
    start = push["commits"][0]["commitId"]
    update = {"name": "refs/heads/topic", "oldObjectId": ZERO, "newObjectId": start}
    updated = api.post(f"{web}/refs", [update])["value"][0]
    locked = api.patch(f"{web}/refs", {"isLocked": True}, filter="heads/topic")
    api.patch(f"{web}/refs", {"isLocked": False}, filter="heads/topic")
    sample.push("web", "topic", "PAY-2 Second", "PAY-3 Third")
    versions = {"itemVersion": {"version": "main"}, "compareVersion": {"version": "topic"}}
    batch = api.post(f"{web}/commitsbatch", versions | {"includePushData": True})
    assert batch["count"] == 2
    return [
        (("git", "GitPush"), push),
        (("git", "GitRefUpdateResult"), updated),
        (("git", "GitRef"), locked),
        (("git", "GitCommitRef"), batch["value"][0]),
    ]


def write_pull_requests(
    api: Api, sample: SampleOrganization, web: str
) -> list[tuple[tuple[str, str], Any]]:
    sample.add_work_item("Shop", 12, "Something to do")
    opened = api.post(
        f"{web}/pullrequests",
        {
            "sourceRefName": "refs/heads/topic",
            "targetRefName": "refs/heads/main",
            "title": "PAY-2",
            "workItemRefs": [{"id": "12"}],
        },
    )
    route = f"{web}/pullrequests/{opened['pullRequestId']}"
    reviewer = sample.person("Team lead").id
    added = api.post(f"{route}/reviewers", [{"id": reviewer}])["value"][0]
    required = api.call("PUT", f"{route}/reviewers/{reviewer}", {"vote": 0, "isRequired": True})
    completed = api.patch(route, {"status": "completed"})
    query = {"type": "commit", "items": [completed["lastMergeSourceCommit"]["commitId"]]}
    found = api.post(f"{web}/pullrequestquery", {"queries": [query]})
    items = api.post("wit/workitemsbatch", {"ids": [12], "$expand": "relations"})["value"][0]
    assert items["relations"]
    wiql = "SELECT [System.Id] FROM WorkItems WHERE [System.ExternalLinkCount] > 0"
    linked = api.post("wit/wiql", {"query": wiql})
    assert linked["workItems"]
    artifacts = api.post("wit/artifacturiquery", {"artifactUris": [opened["artifactId"]]})
    return [
        (("git", "GitPullRequest"), opened),
        (("git", "IdentityRefWithVote"), added),
        (("git", "IdentityRefWithVote"), required.json()),
        (("git", "GitPullRequest"), completed),
        (("git", "GitPullRequestQuery"), found),
        (("wit", "WorkItem"), items),
        (("wit", "ArtifactUriQueryResult"), artifacts),
        (("wit", "WorkItemQueryResult"), linked),
    ]


def write_hooks(api: Api, sample: SampleOrganization) -> list[tuple[tuple[str, str], Any]]:
    subscription = {
        "publisherId": "tfs",
        "eventType": "git.push",
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "publisherInputs": {"projectId": sample.organization.project("Shop").id},
        # Nothing listens there: what cannot be delivered is in the history all the same.
        "consumerInputs": {"url": "http://localhost:9/hook", "basicAuthPassword": "secret"},
    }
    made = api.post("hooks/subscriptions", subscription)
    route = f"hooks/subscriptions/{made['id']}"
    replaced = api.call("PUT", route, subscription).json()
    listed = api.get("hooks/subscriptions")["value"][0]
    read = api.get(route)
    queried = api.post("hooks/subscriptionsquery", {"publisherId": "tfs"})
    sample.push("web", "main", "PAY-9 Told")
    sample.wait_for_deliveries()
    history = api.get(f"{route}/notifications")["value"][0]
    single = api.get(f"{route}/notifications/{history['id']}")
    results = api.post("hooks/notificationsquery", {"includeDetails": True})
    tested = api.post("hooks/testnotifications", {"details": subscription})
    return [
        (("hooks", "Subscription"), made),
        (("hooks", "Subscription"), replaced),
        (("hooks", "Subscription"), listed),
        (("hooks", "Subscription"), read),
        (("hooks", "SubscriptionsQuery"), queried),
        (("hooks", "Notification"), history),
        (("hooks", "Notification"), single),
        (("hooks", "NotificationsQuery"), results),
        (("hooks", "Notification"), tested),
    ]


def test_profile_and_accounts_are_as_the_specification_says(sample: SampleOrganization) -> None:
    token = sample.issue_token(kind="entra")
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token.value}"

    profile = session.get(f"{sample.identity_url}/_apis/profile/profiles/me?api-version=7.1")
    accounts = session.get(
        f"{sample.identity_url}/_apis/accounts",
        params={"memberId": profile.json()["id"], "api-version": "7.1"},
    )

    check("profile", "Profile", profile.json())
    check("account", "Account", accounts.json()["value"][0])
