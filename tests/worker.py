"""A worker in a process of its own, which can be killed: `python -m tests.worker MINUTES`.

Its clock is MINUTES ahead, so that it finds the leases of workers that died before it run out.
It carries out jobs until no queue has any, then leaves with exit status 0.
"""

from __future__ import annotations

import base64
import os
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient

from shared import bootstrap, jobs
from shared.messages import Job
from shared.scheduling.ticking import tick
from shared.settings import read_settings

if TYPE_CHECKING:
    from shared.messages import QueueName
    from shared.services import Services

_QUEUES: tuple[QueueName, ...] = ("hooks", "reindex", "history")
_HIDDEN_FOR = 3
"""Seconds until another worker sees the message of one that was killed."""


def main(ahead: timedelta) -> None:
    """Carry out jobs until none is left."""
    bootstrap.utc_now = lambda: datetime.now(UTC) + ahead
    services = bootstrap.build(read_settings(os.environ))
    tick(services, now=services.clock())
    account = os.environ["AzureWebJobsStorage"]  # noqa: SIM112 — Azure's spelling
    queues = {name: QueueClient.from_connection_string(account, name) for name in _QUEUES}
    while any(_left(queue) for queue in queues.values()):
        if not sum(_work(services, name, queue) for name, queue in queues.items()):
            threading.Event().wait(0.2)


def _left(queue: QueueClient) -> bool:
    try:
        return bool(queue.get_queue_properties().approximate_message_count)
    except ResourceNotFoundError:
        return False


def _work(services: Services, name: QueueName, queue: QueueClient) -> bool:
    try:
        message = queue.receive_message(visibility_timeout=_HIDDEN_FOR)
    except ResourceNotFoundError:
        return False
    if message is None:
        return False
    job = msgspec.json.decode(base64.b64decode(message.content), type=Job)
    jobs.run(services, name, job, attempt=1)
    queue.delete_message(message)
    return True


if __name__ == "__main__":
    main(timedelta(minutes=float(sys.argv[1])))
