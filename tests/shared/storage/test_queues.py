"""Jobs as the trigger of the Functions host finds them."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient

from shared.errors import StorageUnavailableError
from shared.messages import Job
from shared.model import IntegrationId, RepositoryId
from shared.storage.account import StorageAccount
from shared.storage.queues import QueueJobs
from shared.storage.transport import PooledTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.azurite import Azurite

JOB = Job(IntegrationId("i1"), "due", repository=RepositoryId("r1"))


@pytest.fixture
def queue(azurite: Azurite) -> Iterator[QueueClient]:
    """Return the queue `reindex`, which was not there before."""
    with QueueClient.from_connection_string(azurite.connection_string, "reindex") as client:
        with suppress(ResourceNotFoundError):
            client.delete_queue()
        yield client


@pytest.fixture
def jobs(azurite: Azurite) -> QueueJobs:
    account = StorageAccount.from_connection_string(azurite.connection_string)
    return QueueJobs(account, PooledTransport(connections=2))


def test_a_job_is_a_base64_message_in_a_queue_that_is_made_for_it(
    jobs: QueueJobs, queue: QueueClient
) -> None:
    jobs.put("reindex", JOB)

    message = queue.receive_message()

    assert message is not None
    assert msgspec.json.decode(base64.b64decode(message.content), type=Job) == JOB
    assert len(message.content) < 1024


def test_a_delayed_job_is_not_seen_before_its_time(jobs: QueueJobs, queue: QueueClient) -> None:
    jobs.put("reindex", JOB, delay=timedelta(minutes=10))

    assert queue.receive_message() is None
    assert queue.get_queue_properties().approximate_message_count == 1


def test_the_queue_service_is_asked_whether_it_answers(jobs: QueueJobs) -> None:
    jobs.check("reindex")


def test_queue_storage_that_does_not_answer_is_said_so() -> None:
    account = StorageAccount(
        table_url="http://127.0.0.1:9/a", queue_url="http://127.0.0.1:9/a", name="a", key="QUJD"
    )
    jobs = QueueJobs(account, PooledTransport(connections=1))

    with pytest.raises(StorageUnavailableError):
        jobs.put("reindex", JOB)
    with pytest.raises(StorageUnavailableError):
        jobs.check("reindex")
