from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Receiver

# Microsoft's client was last changed in 2023: it uses parts of Python that are deprecated now.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
]


@pytest.fixture
def connection(sample: SampleOrganization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Microsoft's client, with the addresses that it finds kept out of the home directory."""
    monkeypatch.setenv("AZURE_DEVOPS_CACHE_DIR", str(tmp_path / "cache"))
    connection = pytest.importorskip("azure.devops.connection")
    authentication = pytest.importorskip("msrest.authentication")
    credentials = authentication.BasicAuthentication("", sample.token)
    return connection.Connection(base_url=sample.url, creds=credentials)


def test_it_reads_projects_repositories_refs_and_commits(
    sample: SampleOrganization, connection: Any
) -> None:
    models = pytest.importorskip("azure.devops.v7_1.git.models")
    sample.push("web", "main", "PAY-1 First\n\nwith a body")
    sample.push("web", "topic", "PAY-2 Second", "PAY-3 Third")
    core, git = connection.clients_v7_1.get_core_client(), connection.clients_v7_1.get_git_client()

    projects = core.get_projects()
    repositories = git.get_repositories()
    refs = git.get_refs(repositories[0].id, filter="heads/")
    batch = git.get_commits_batch(
        models.GitQueryCommitsCriteria(
            item_version=models.GitVersionDescriptor(version="main"),
            compare_version=models.GitVersionDescriptor(version="topic"),
        ),
        repositories[0].id,
    )
    commit = git.get_commit(sample.head("web", "main"), repositories[0].id)

    assert [project.name for project in projects] == ["Shop"]
    assert [repository.name for repository in repositories] == ["web"]
    assert [ref.name for ref in refs] == ["refs/heads/main", "refs/heads/topic"]
    assert [each.comment for each in batch] == ["PAY-3 Third", "PAY-2 Second"]
    assert commit.comment == "PAY-1 First\n\nwith a body"


def test_it_opens_a_pull_request_and_finds_it(sample: SampleOrganization, connection: Any) -> None:
    models = pytest.importorskip("azure.devops.v7_1.git.models")
    sample.push("web", "main", "PAY-1 First")
    sample.push("web", "topic", "PAY-2 Second")
    git = connection.clients_v7_1.get_git_client()
    wanted = models.GitPullRequest(
        source_ref_name="refs/heads/topic", target_ref_name="refs/heads/main", title="PAY-2"
    )

    opened = git.create_pull_request(wanted, "web", project="Shop")
    found = git.get_pull_requests(
        "web", models.GitPullRequestSearchCriteria(status="active"), project="Shop"
    )

    assert opened.pull_request_id == 1
    assert [each.title for each in found] == ["PAY-2"]


def test_it_subscribes_to_pushes(
    sample: SampleOrganization, connection: Any, receiver: Receiver
) -> None:
    models = pytest.importorskip("azure.devops.v7_1.service_hooks.models")
    hooks = connection.clients_v7_1.get_service_hooks_client()
    subscription = models.Subscription(
        publisher_id="tfs",
        event_type="git.push",
        resource_version="1.0",
        consumer_id="webHooks",
        consumer_action_id="httpRequest",
        publisher_inputs={"projectId": sample.organization.project("Shop").id},
        consumer_inputs={"url": receiver.url},
    )

    made = hooks.create_subscription(subscription)
    sample.push("web", "main", "PAY-1 First")
    sample.wait_for_deliveries()

    assert [each.id for each in hooks.list_subscriptions()] == [made.id]
    assert receiver.bodies[0]["resource"]["commits"][0]["comment"] == "PAY-1 First"


def test_a_revoked_token_is_an_authentication_error(
    sample: SampleOrganization, connection: Any
) -> None:
    exceptions = pytest.importorskip("azure.devops.exceptions")
    git = connection.clients_v7_1.get_git_client()

    sample.revoke_token()

    with pytest.raises(exceptions.AzureDevOpsAuthenticationError):
        git.get_repositories()
