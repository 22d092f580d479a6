"""An integration that lives on service hooks, and one like it that reads everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared.integrations import connections
from shared.issue_keys import parse_issue_key
from shared.links import page_of_links
from shared.messages import Job
from shared.model import ProjectId
from shared.services import ONE_GROUP
from tests.hooks import deliver
from tests.recording import Recorder
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.sample_organization import SampleOrganization


Body = dict[str, Any]


@pytest.fixture
def recorder(sample: SampleOrganization) -> Iterator[Recorder]:
    with Recorder(sample) as recording:
        yield recording


class Alone(World):
    """An installation whose only integration lives on service hooks."""

    def __init__(self, sample: SampleOrganization) -> None:
        super().__init__(sample, public_url="https://links.example.com")
        only_pay(self)
        self.integration = connections.connect(
            self.services,
            "azure_devops_server",
            connections.Changes(name="Server", url=sample.url, organizations=(), hooks_only=True),
            connections.NewConnection("", kind="none"),
        )
        self.work()

    def tell(self, *bodies: Body) -> None:
        """Deliver bodies in this order, and work."""
        for body in bodies:
            deliver(self, self.integration, body)
        self.work()

    def shown(self, key: str) -> list[tuple[str, str]]:
        """Return kind and id of what an issue shows: nothing of a hidden repository."""
        found = page_of_links(self.services, self.tracker, parse_issue_key(key), limit=100)
        return [(f.link.item.kind, f.link.item.id) for f in found.links]


@pytest.fixture
def alone(sample: SampleOrganization) -> Alone:
    return Alone(sample)


def only_pay(world: World) -> None:
    """Let issues of the project PAY count, whatever a repository's own history teaches."""
    record = world.services.trackers.get(ONE_GROUP, "default")
    assert record is not None
    world.services.trackers.replace(record, replace(record.value, projects=("PAY",)))


def rows(world: World) -> dict[Any, Any]:
    """Return all links and mentions, less whose they are and what bodies do not tell: parents."""
    found = world.everything()
    return {
        (key[0].removesuffix(world.tracker.table_id), *key[1:]): {
            name: value
            for name, value in row.items()
            if name not in {"integration", "rules", "flags"}
        }
        for key, row in found.items()
    }


class Twin(World):
    """An installation that reads everything from the API, whenever something has happened."""

    def __init__(self, sample: SampleOrganization) -> None:
        super().__init__(sample)
        only_pay(self)
        self.integration = self.connect()
        self.work()

    def look(self) -> None:
        """Read what has changed."""
        self.run("reindex", Job(self.integration.id, "discover"))
        self.run("reindex", Job(self.integration.id, "due", repository=self.repository("shop")))
        project = ProjectId(self.sample.organization.project("Shop").id)
        self.run("reindex", Job(self.integration.id, "due", project=project))
        self.work()


def busy_days(sample: SampleOrganization) -> Iterator[None]:
    """Let people push, branch, force, merge, review, abandon and delete, step by step."""
    sample.push("shop", "main", "PAY-1 First", "PAY-2 Second\n\nAlso PAY-3.")
    yield
    sample.push("shop", "feature/PAY-4-cart", "PAY-4 Cart")
    yield
    sample.push("shop", "feature/PAY-5-gone", "PAY-5 Not kept")
    yield
    sample.force_push("shop", "feature/PAY-4-cart", "PAY-4 Cart, better")
    yield
    cart = sample.open_pull_request(
        "shop", "feature/PAY-4-cart", "PAY-4 Keep the cart", description="Long. " * 200 + "PAY-6"
    )
    yield
    gone = sample.open_pull_request("shop", "feature/PAY-5-gone", "PAY-5 Another", draft=True)
    yield
    sample.vote(cart, 5, by="Team lead")
    yield
    sample.complete(cart, delete_source_branch=True)
    yield
    sample.abandon(gone)
    yield
    sample.delete_branch("shop", "feature/PAY-5-gone")
    yield
    sample.create_branch("shop", "release/PAY-7")
    yield
    sample.tag("shop", "v1", at=sample.head("shop", "main"))
    yield
    sample.push("shop", "feature/PAY-5-gone", "PAY-5 Again")
    yield


def pushed_after(body: Body, old: str, new: str, alone: Alone) -> Body:
    """Return a push of one commit that goes on from another one, now."""
    resource = body["resource"]
    [commit] = resource["commits"]
    [update] = resource["refUpdates"]
    return {
        **body,
        "id": new,
        "createdDate": f"{alone.clock():%Y-%m-%dT%H:%M:%S.%fZ}",
        "resource": {
            **resource,
            "commits": [{**commit, "commitId": new, "comment": "PAY-70"}],
            "refUpdates": [{**update, "oldObjectId": old, "newObjectId": new}],
        },
    }


def of_server(world: World, *commits: tuple[str, str], old: str, new: str) -> Body:
    """Return a push as Azure DevOps Server tells it: no account, addresses of its own."""
    who = {"name": "Backend developer", "email": "", "date": "2026-03-01T12:00:00Z"}
    base = "http://tfs:8080/tfs/DefaultCollection"
    return {
        "id": f"event-{new}",
        "eventType": "git.push",
        "publisherId": "tfs",
        "resource": {
            "commits": [
                {"commitId": sha, "comment": text, "author": who, "committer": who}
                for sha, text in commits
            ],
            "refUpdates": [{"name": "refs/heads/main", "oldObjectId": old, "newObjectId": new}],
            "repository": {
                "id": "278D5CD2-584D-4B63-824A-2BA458937249",
                "name": "Shop",
                "url": f"{base}/_apis/git/repositories/278d5cd2-584d-4b63-824a-2ba458937249",
                "project": {"id": "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c", "name": "Shop"},
                "remoteUrl": f"{base}/_git/Shop",
            },
            "pushId": 14,
        },
        "resourceVersion": "1.0",
        "resourceContainers": {
            "collection": {"id": "c12d0eb8-e382-443b-9f9c-c52cba5014c2"},
            "project": {"id": "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c"},
        },
        "createdDate": f"{world.clock():%Y-%m-%dT%H:%M:%S.%fZ}",
    }
