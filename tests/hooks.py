"""Bodies of service hooks about a sample organization, and a sender of them."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pygit2

from shared.hooks.receiving import receive
from shared.hooks.subscriptions import password_purpose
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devhost.sample_organization.model import Repository
    from shared.configuration import Integration
    from shared.hooks.receiving import Receipt
    from tests.world import World

NONE = "0" * 40


def event(world: World, event_type: str, resource: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an event about the project Shop."""
    project = world.sample.organization.project("Shop")
    return {
        "id": str(uuid.uuid4()),
        "eventType": event_type,
        "publisherId": "tfs",
        "resource": resource,
        "resourceVersion": "1.0",
        "resourceContainers": {
            "collection": {"id": "3fba1bb9-6e8c-4087-b435-29157f94e9a1"},
            "project": {"id": project.id},
        },
        "createdDate": f"{world.clock():%Y-%m-%dT%H:%M:%S.%fZ}",
        **more,
    }


def push_event(
    world: World,
    *commits: tuple[str, str],
    old: str,
    new: str,
    branch: str = "main",
    repository: str = "shop",
    forced: bool = False,
) -> dict[str, Any]:
    """Return a push of commits, each an id and a message, the newest first."""
    found = world.sample.repository(repository)
    project = world.sample.organization.project("Shop")
    resource: dict[str, Any] = {
        "refUpdates": [{"name": f"refs/heads/{branch}", "oldObjectId": old, "newObjectId": new}],
        "repository": {
            "id": found.id,
            "name": found.name,
            "project": {"id": project.id, "name": project.name},
        },
    }
    if forced:
        resource["forced"] = True
    if commits:
        resource["commits"] = [
            {"commitId": sha, "comment": message, "author": who, "committer": who}
            for sha, message in commits
            for who in [{"name": "Backend developer", "date": _date(found, sha)}]
        ]
    return event(world, "git.push", resource)


def _date(repository: Repository, sha: str) -> str:
    """Return when a commit was made, which its links are ordered by; any time for a made-up one."""
    stored = pygit2.Repository(str(repository.folder)).get(sha)
    if not isinstance(stored, pygit2.Commit):
        return "2026-03-01T12:00:00Z"
    return f"{datetime.fromtimestamp(stored.commit_time, UTC):%Y-%m-%dT%H:%M:%SZ}"


def deliver(world: World, integration: Integration, body: dict[str, Any] | bytes) -> Receipt:
    """Send a body as the webhook's known sender does."""
    webhook = world.services.webhooks.get(ONE_GROUP, integration.webhook_id)
    assert webhook is not None
    password = world.services.vault.open(
        webhook.value.sealed_passwords[0], purpose=password_purpose(integration.id)
    )
    credentials = f"{webhook.value.user_name}:{password}".encode()
    return receive(
        world.services,
        integration.webhook_id,
        authorization=f"Basic {base64.b64encode(credentials).decode()}",
        body=body if isinstance(body, bytes) else msgspec.json.encode(body),
    )


def states(world: World, integration: Integration) -> Sequence[str]:
    """Return the states of the integration's deliveries, the newest first."""
    found = world.storage.deliveries.page(integration.webhook_id, now=world.clock(), limit=100)
    return [delivery.state for delivery in found]


def details(world: World, integration: Integration) -> Sequence[str]:
    """Return what is told of the integration's deliveries, the newest first."""
    found = world.storage.deliveries.page(integration.webhook_id, now=world.clock(), limit=100)
    return [delivery.detail for delivery in found]
