"""Microsoft's Python worker runs our own app as the development host does.

Each has storage of its own that begins with the same in it, and both index the same sample
organization: what they answer in the end, and the jobs that are left, show what was done by the
functions that answer nothing.
"""

from __future__ import annotations

import base64
import json
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient

import function_app
from devhost.azurite import Azurite
from devhost.sample_organization import SampleOrganization, tell_stories
from shared import bootstrap
from shared.access import api_tokens
from shared.integrations import connections
from shared.messages import Due, Job
from shared.model import ProjectId, RepositoryId
from shared.scheduling.schedule import plan
from shared.services import ONE_GROUP
from shared.settings import read_settings
from shared.storage.secrets import make_key_ring
from shared.trackers import ensure_default_tracker
from shared.web.routes import registered
from tests.devhost import conformance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.model import IntegrationId
    from shared.services import Services

if reason := conformance.why_not():
    pytest.skip(reason, allow_module_level=True)

pytestmark = pytest.mark.azurite

_ROOT = Path(__file__).resolve().parents[2]


class Made(msgspec.Struct):
    """What one of the two made of the app."""

    side: conformance.Side
    jobs: list[Job]
    """What it left in the queues."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Made, Made]]:
    """Return what the worker and what the development host made of the same steps."""
    sample = SampleOrganization(tmp_path_factory.mktemp("sample"))
    tell_stories(sample)
    key_ring = tmp_path_factory.mktemp("keys") / "key_ring.json"
    make_key_ring(key_ring)
    with sample, Azurite.start() as one, Azurite.start() as other:
        settings = [
            {
                "AzureWebJobsStorage": azurite.connection_string,
                "AZURE_DEVOPS_URL": sample.base_url,
                "LOCAL_KEY_RING": str(key_ring),
            }
            for azurite in (one, other)
        ]
        first, second = (bootstrap.build(read_settings({**os.environ, **it})) for it in settings)
        integration, token = connect(first, sample)
        copy(first, second)
        jobs_in(one)  # the one of connecting, which the other has not
        worker, ours = conformance.compare(
            _ROOT, steps(sample, integration, token), settings=(settings[0], settings[1])
        )
        yield Made(worker, jobs_in(one)), Made(ours, jobs_in(other))


def connect(services: Services, sample: SampleOrganization) -> tuple[IntegrationId, str]:
    """Connect the sample organization, its discovery overdue; return its id and an API token."""
    ensure_default_tracker(services)
    wanted = connections.Changes("Sample", sample.url, ())
    connection = connections.NewConnection(sample.token)
    integration = connections.connect(services, "azure_devops", wanted, connection)
    plan(services, Due(integration.id), at=services.clock() - timedelta(hours=1))
    token = api_tokens.create_token(services, name="Tests", scopes=("admin", "links:read"))
    return integration.id, token.text


def copy(first: Services, second: Services) -> None:
    for name in ("trackers", "tokens", "webhooks", "connections", "integrations", "due"):
        for record in getattr(first, name).list(ONE_GROUP):
            getattr(second, name).insert(ONE_GROUP, record.key, record.value)


def jobs_in(azurite: Azurite) -> list[Job]:
    """Take out all jobs, and return them without what differs each time."""
    jobs = []
    for name in ("hooks", "reindex", "history"):
        queue = QueueClient.from_connection_string(azurite.connection_string, name)
        with suppress(ResourceNotFoundError):
            for message in queue.receive_messages(messages_per_page=32, visibility_timeout=3600):
                job = msgspec.json.decode(base64.b64decode(message.content), type=Job)
                jobs.append(msgspec.structs.replace(job, asked_at=None, operation=""))
    return sorted(jobs, key=str)


def steps(
    sample: SampleOrganization, integration: IntegrationId, token: str
) -> list[dict[str, Any]]:
    """Return invocations of each kind of function, the last of which show what others did."""
    bearer = {"authorization": f"Bearer {token}"}
    shop = sample.repository("shop")
    first = Job(integration, "first", repository=RepositoryId(shop.id))
    pull_requests = Job(integration, "due", project=ProjectId(shop.project_id))
    return [
        conformance.http("get_health"),
        conformance.http("get_openapi"),
        conformance.http("get_links", params={"issue_key": "PAY-101"}),
        conformance.http("get_links", params={"issue_key": "none"}, headers=bearer),
        conformance.http("get_tracker", params={"tracker_id": "none"}, headers=bearer),
        conformance.http("create_integration", method="POST", headers=bearer, body=b"\xff"),
        conformance.http("receive_webhook", method="POST", params={"webhook_id": "none"}),
        conformance.timer("reindex_timer"),
        conformance.queue("index_hooks", "unreadable"),
        job("index_reindex", Job(integration, "discover")),
        job("index_history", first),
        job("index_reindex", pull_requests),
        conformance.http("get_links", params={"issue_key": "PAY-999999"}, headers=bearer),
        conformance.http("get_links", params={"issue_key": "PAY-101"}, headers=bearer),
    ]


def job(function: str, work: Job) -> dict[str, Any]:
    return conformance.queue(function, msgspec.json.encode(work).decode())


def test_the_worker_indexes_the_functions_that_the_development_host_indexes(
    made: tuple[Made, Made],
) -> None:
    worker, ours = made

    assert worker.side.refused is None
    assert list(ours.side.functions.items()) == list(worker.side.functions.items())
    assert function_app.app is not None  # which has every route registered
    assert {route.name for route in registered()} < set(worker.side.functions)


def test_the_worker_answers_as_the_development_host(made: tuple[Made, Made]) -> None:
    worker, ours = (it.side.outcomes for it in made)

    assert ours == worker
    assert [outcome.get("status", outcome) for outcome in worker] == [
        *(200, 200, 401, 400, 404, 400, 401),
        *[{"done": True}] * 5,
        *(200, 200),
    ]
    assert links(worker[-2]) == []
    assert {link["kind"] for link in links(worker[-1])} == {"branch", "pull_request", "commit"}


def test_the_worker_leaves_the_jobs_that_the_development_host_leaves(
    made: tuple[Made, Made],
) -> None:
    worker, ours = made

    assert ours.jobs == worker.jobs
    assert {job.reason for job in worker.jobs} == {"discover", "first"}


def links(outcome: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(bytes.fromhex(outcome["body"]))["links"]
    return found
