"""Puts jobs into Azure queues, in the form that the Functions trigger expects.

The put itself is our own, since every webhook waits for one; a queue that is missing is made with
azure-storage-queue.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from shared.errors import StorageUnavailableError
from shared.storage.account import PROTOCOL_HEADERS, StorageAccount

if TYPE_CHECKING:
    from datetime import timedelta

    from azure.core.pipeline.transport import HttpTransport
    from azure.core.rest import HttpResponse

    from shared.messages import Job, QueueName

_CREATED = 201
_NOT_FOUND = 404
_HEADERS = {**PROTOCOL_HEADERS, "Content-Type": "application/xml", "Accept": "application/xml"}


class QueueJobs:
    """The queues of one storage account."""

    def __init__(self, account: StorageAccount, transport: HttpTransport[Any, Any]) -> None:
        self._account = account
        self._client = account.client("queue", transport=transport)

    def put(self, queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        """See Jobs.put."""
        # The trigger takes base64 only; a plain message would go to the poison queue unread.
        text = base64.b64encode(msgspec.json.encode(job)).decode()
        body = f"<QueueMessage><MessageText>{text}</MessageText></QueueMessage>".encode()
        url = f"{self._account.queue_url}/{queue}/messages"
        if delay is not None:
            url += f"?visibilitytimeout={max(0, round(delay.total_seconds()))}"
        answer = self._post(url, body)
        if answer.status_code == _NOT_FOUND:
            self.make(queue)
            answer = self._post(url, body)
        if answer.status_code != _CREATED:
            raise StorageUnavailableError(
                f"Queue storage refused a message: {answer.status_code} {answer.reason}"
            )

    def make(self, queue: str) -> None:
        """Make a queue; that it is there is fine."""
        from azure.core.exceptions import ResourceExistsError  # noqa: PLC0415 — rarely needed
        from azure.storage.queue import QueueClient  # noqa: PLC0415 — imports slowly

        account = self._account
        credential = account.identity or {
            "account_name": account.name,
            "account_key": account.key,
        }
        try:
            QueueClient(account.queue_url, queue, credential=credential).create_queue()
        except ResourceExistsError:
            return
        except AzureError as error:
            raise _unavailable(error) from error

    def check(self, queue: str) -> None:
        """Return when the queue service answers, whether there is such a queue or not."""
        request = HttpRequest(
            "GET", f"{self._account.queue_url}/{queue}?comp=metadata", headers=_HEADERS
        )
        answer = self._send(request)
        if answer.status_code not in {200, _NOT_FOUND}:
            raise StorageUnavailableError(
                f"Queue storage refused a request: {answer.status_code} {answer.reason}"
            )

    def _post(self, url: str, body: bytes) -> HttpResponse:
        return self._send(HttpRequest("POST", url, content=body, headers=_HEADERS))

    def _send(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._client.send_request(request)
        except AzureError as error:
            raise _unavailable(error) from error


def _unavailable(error: AzureError) -> StorageUnavailableError:
    return StorageUnavailableError(f"Queue storage did not answer: {error.message}")
