"""What deliveries are made of, and queues that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import StorageUnavailableError

if TYPE_CHECKING:
    from datetime import timedelta

    from shared.messages import Job, QueueName


FIRST, SECOND = "a" * 40, "b" * 40


class DeafJobs:
    """Queues that do not answer."""

    def put(self, queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        raise StorageUnavailableError("The queue service is down.")
