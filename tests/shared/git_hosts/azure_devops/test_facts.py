"""What a body tells by itself, in the forms of Services and of Server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shared.errors import MalformedAnswerError
from shared.events import PushEvent
from shared.git_hosts.azure_devops import AzureDevOps
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.git_hosts.dialling import Egress
from shared.git_hosts.egress import Sessions

if TYPE_CHECKING:
    from shared.events import Facts

REPOSITORY: dict[str, Any] = {
    "id": "278D5CD2-584D-4B63-824A-2BA458937249",
    "name": "shop",
    "project": {"id": "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c", "name": "Web shop"},
    "defaultBranch": "refs/heads/main",
}
SERVICES = AzureDevOps(
    services_url="https://dev.azure.com",
    sessions=Sessions(),
    clock=lambda: datetime.now(UTC),
    wait=lambda _: None,
)
SERVER = AzureDevOpsServer(egress=Egress(), clock=lambda: datetime.now(UTC), wait=lambda _: None)


def body(event_type: str = "git.push", **resource: Any) -> bytes:
    created = "2026-11-21T10:00:00Z"
    return msgspec.json.encode(
        {"eventType": event_type, "createdDate": created, "resource": resource}
    )


def of_services(url: str, *organizations: str) -> Facts:
    return SERVICES.facts(
        body(repository={**REPOSITORY, "remoteUrl": url}),
        address="https://dev.azure.com/acme",
        organizations=organizations or ("acme",),
    )


def of_server(content: bytes) -> Facts:
    address = "https://tfs.example.com/tfs/Main%20work"
    return SERVER.facts(content, address=address, organizations=("Main work",))


@pytest.mark.parametrize(
    ("url", "organization"),
    [
        ("https://dev.azure.com/acme/Web%20shop/_git/shop", "acme"),
        ("https://acme@dev.azure.com/acme/Web%20shop/_git/shop", "acme"),
        ("https://acme.visualstudio.com/DefaultCollection/_git/shop", "acme"),
        ("https://Fabrikam.visualstudio.com/_git/shop", "fabrikam"),
        ("", "acme"),
    ],
)
def test_the_organization_of_a_repository_is_told_by_its_address(
    url: str, organization: str
) -> None:
    found = of_services(url, "acme", "fabrikam").repository

    assert found is not None
    assert found.organization == organization


@pytest.mark.parametrize(
    "url",
    [
        "https://dev.azure.com/fabrikam/Shop/_git/shop",
        "https://fabrikam.visualstudio.com/_git/shop",
        "https://elsewhere.example.com/acme/_git/shop",
    ],
)
def test_a_repository_of_another_organization_is_foreign(url: str) -> None:
    facts = of_services(url)

    assert (facts.is_foreign, facts.repository) == (True, None)


@pytest.mark.parametrize(
    ("url", "is_foreign"),
    [
        ("https://tfs.example.com/tfs/Main%20work/_git/shop", False),
        ("https://TFS.example.com/tfs/main work/_git/shop", False),
        ("https://somebody@tfs.example.com/tfs/Main%20work/_git/shop", False),
        ("http://tfs:8080/tfs/Main%20work/_git/shop", False),
        ("https://tfs.example.com/tfs/Other/_git/shop", True),
        ("https://tfs.example.com/tfs/Main%20workshop/_git/shop", True),
    ],
)
def test_a_server_has_several_names_and_another_collection_is_foreign(
    url: str, *, is_foreign: bool
) -> None:
    facts = of_server(body(repository={**REPOSITORY, "remoteUrl": url}))

    assert facts.is_foreign is is_foreign


def test_a_repository_without_an_address_has_its_page_below_the_collection() -> None:
    found = of_server(body(repository=REPOSITORY)).repository

    assert found is not None
    assert found.url == "https://tfs.example.com/tfs/Main%20work/Web%20shop/_git/shop"
    assert found.pages.pull_request == f"{found.url}/pullrequest/{{}}"
    assert (found.id, found.default_branch) == ("278d5cd2-584d-4b63-824a-2ba458937249", "main")


def test_a_deleted_repository_is_known_by_what_is_told_beside() -> None:
    facts = of_server(
        body(
            "git.repo.deleted",
            repositoryId=REPOSITORY["id"],
            repositoryName="shop",
            project=REPOSITORY["project"],
        )
    )

    assert facts.is_deleted
    assert facts.repository is not None
    assert facts.repository.name == "shop"


@pytest.mark.parametrize("is_disabled", [True, False])
def test_a_change_of_status_tells_whether_a_repository_is_disabled(*, is_disabled: bool) -> None:
    content = body("git.repo.statuschanged", repository=REPOSITORY, disabled=is_disabled)

    found = of_server(content).repository

    assert found is not None
    assert found.is_disabled is is_disabled


def pull_request(description: str) -> bytes:
    return body(
        "git.pullrequest.merged",
        repository=REPOSITORY,
        pullRequestId=8,
        title="PAY-1 Keep the cart",
        description=description,
        status="completed",
        sourceRefName="refs/heads/cart",
        targetRefName="refs/heads/main",
        creationDate="2026-11-20T10:00:00Z",
        createdBy={"displayName": "Backend developer"},
        lastMergeCommit={"commitId": "A" * 40},
        reviewers=[{"displayName": "Team lead", "vote": 10, "isRequired": True}],
    )


def test_a_pull_request_is_told_whole() -> None:
    content = pull_request("Long. " * 200)

    found = of_server(content).pull_request

    assert found is not None
    assert (found.number, found.status, found.merge_commit) == (8, "merged", "a" * 40)
    assert (found.is_description_whole, len(found.description)) == (True, 1200)
    assert [(r.name, r.vote) for r in found.reviewers] == [("Team lead", "approved")]
    assert found.observed_at - found.created_at == timedelta(days=1)


@pytest.mark.parametrize("content", [body(), body(repository=None), b'{"resource": null}'])
def test_a_body_without_a_repository_tells_nothing(content: bytes) -> None:
    facts = of_server(content)

    assert (facts.repository, facts.is_foreign) == (None, False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        body(repository={"id": "x"}),
        body("git.pullrequest.created", repository=REPOSITORY),
    ],
)
def test_a_body_of_another_shape_is_an_error(content: bytes) -> None:
    with pytest.raises(MalformedAnswerError):
        of_server(content)


def test_a_large_pull_request_tells_the_same_when_it_is_trimmed() -> None:
    content = pull_request("x" * 2000)
    noisy = msgspec.json.encode(
        {**msgspec.json.decode(content), "detailedMessage": {"html": "x" * 10_000}}
    )

    trimmed = SERVER.trimmed_event(noisy, most=5000)

    assert len(trimmed) < 5000
    assert of_server(trimmed) == of_server(content)


def test_of_many_long_messages_so_much_is_left_as_can_be_kept() -> None:
    commits = [{"commitId": f"{n:040x}", "comment": f"PAY-{n} {'x' * 5000}"} for n in range(20)]
    content = body(repository=REPOSITORY, refUpdates=[], commits=commits)

    trimmed = SERVER.trimmed_event(content, most=30_000)
    event = SERVER.read_event(trimmed)

    assert isinstance(event, PushEvent)
    assert len(trimmed) < 30_000
    assert [c.message.split()[0] for c in event.commits] == [f"PAY-{n}" for n in range(20)]
    assert not any(commit.is_whole for commit in event.commits)


def test_other_events_are_left_as_they_are() -> None:
    content = body("git.repo.created", repository=REPOSITORY)

    assert SERVER.trimmed_event(content, most=10) == content
