"""Run queue functions: fetch, try, hide, try again, put aside.

The order of things is that of the Storage Queues extension (`QueueListener`,
`QueueProcessor`): a message is deleted after success, hidden for `visibilityTimeout` after a
failure, and moved to `<queue>-poison` after `maxDequeueCount` tries or at once when it is not
base64. A queue whose own name ends in `-poison` has none; there it stays hidden.
"""

from __future__ import annotations

import binascii
import logging
import threading
import time
from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError, ResourceNotFoundError

from devhost.attempts import succeeds
from devhost.backoff import Backoff
from devhost.held_messages import HeldMessage, Keeper
from devhost.invocation import QueueItem, invoke_queue
from devhost.storage import is_queue_name

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage

    from devhost.functions import Function
    from devhost.host_json import QueueOptions
    from devhost.storage import StorageAccount

INVISIBLE_FOR = timedelta(minutes=10)
_POISON = "-poison"
_logger = logging.getLogger("devhost.queues")


class QueueListener:
    """Feeds one function from its queue, `batch_size` + `new_batch_threshold` at a time."""

    def __init__(
        self,
        function: Function,
        *,
        account: StorageAccount,
        queue_name: str,
        options: QueueOptions,
        invisible_for: timedelta = INVISIBLE_FOR,
    ) -> None:
        self._function = function
        self._options = options
        self._invisible_for = invisible_for
        self._queue = account.queue(queue_name)
        poison_name = queue_name + _POISON
        has_poison = not queue_name.endswith(_POISON) and is_queue_name(poison_name)
        self._poison = account.queue(poison_name) if has_poison else None
        self._keeper = Keeper(invisible_for)
        self._running = 0
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._is_reachable = True
        self._thread = threading.Thread(target=self._run, name=f"queue-{queue_name}", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        self._keeper.start()
        self._thread.start()

    def begin_stop(self) -> None:
        """Fetch nothing more; what runs goes on."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()

    def finish_stop(self, *, until: float) -> None:
        """Wait for what runs, up to the monotonic time *until*.

        A message that is still worked on then is tried again by whoever comes next.
        """
        self._thread.join(max(0.0, until - time.monotonic()))
        with self._changed:
            left = max(0.0, until - time.monotonic())
            if not self._changed.wait_for(lambda: self._running == 0, timeout=left):
                _logger.warning(
                    "%s was cut off on %d messages.", self._function.name, self._running
                )
        self._keeper.stop()

    def _run(self) -> None:
        backoff = Backoff(self._options.max_polling_interval)
        found = False
        while not self._stopping.is_set():
            messages = self._receive()
            for message in messages:
                self._begin(message)
            if messages:
                found = True
                self._wait_for_room()
            else:
                self._stopping.wait(backoff.after(found=found).total_seconds())
                found = False

    def _receive(self) -> list[QueueMessage]:
        try:
            messages = list(
                self._queue.receive_messages(
                    max_messages=self._options.batch_size,
                    visibility_timeout=int(self._invisible_for.total_seconds()),
                )
            )
        except ResourceNotFoundError:
            # Nobody has put anything yet: the queue is made by the first who does.
            messages = []
        except AzureError as error:
            if self._is_reachable:
                _logger.warning("Queue %s cannot be read: %s.", self._queue.queue_name, error)
            self._is_reachable = False
            return []
        self._is_reachable = True
        return messages

    def _begin(self, message: QueueMessage) -> None:
        with self._changed:
            self._running += 1
        # Daemon threads: a function that never ends must not keep the process.
        threading.Thread(
            target=self._handle, args=(message,), name=self._function.name, daemon=True
        ).start()

    def _wait_for_room(self) -> None:
        threshold = self._options.new_batch_threshold
        with self._changed:
            self._changed.wait_for(lambda: self._running <= threshold or self._stopping.is_set())

    def _handle(self, message: QueueMessage) -> None:
        held = HeldMessage(message, self._queue)
        try:
            self._process(held)
        except AzureError as error:
            # The message comes back by itself when its invisibility ends.
            _logger.warning("Message %s could not be finished: %s.", message.id, error)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _process(self, held: HeldMessage) -> None:
        message = held.message
        if (message.dequeue_count or 0) > self._options.max_dequeue_count:
            self._put_aside(held, "it was taken too often")
            return
        item = _decode(message, base64=self._options.base64)
        if item is None:
            self._put_aside(held, "it is not base64")
        elif self._succeeds(held, item):
            held.delete()
        elif item.dequeue_count >= self._options.max_dequeue_count:
            self._put_aside(held, f"it failed {item.dequeue_count} times")
        elif self._poison is not None:
            held.hide(self._options.visibility_timeout)

    def _succeeds(self, held: HeldMessage, item: QueueItem) -> bool:
        self._keeper.add(held)
        try:
            return succeeds(self._function.name, lambda: invoke_queue(self._function, item))
        finally:
            self._keeper.remove(held)

    def _put_aside(self, held: HeldMessage, reason: str) -> None:
        if self._poison is None:
            return
        try:
            self._poison.send_message(held.message.content)
        except ResourceNotFoundError:
            self._poison.create_queue()
            self._poison.send_message(held.message.content)
        held.delete()
        _logger.warning(
            "Message %s moved to %s: %s.", held.message.id, self._poison.queue_name, reason
        )


def _decode(message: QueueMessage, *, base64: bool) -> QueueItem | None:
    content = str(message.content or "")
    try:
        # .NET passes over white space within base64.
        body = b64decode("".join(content.split()), validate=True) if base64 else content.encode()
    except (binascii.Error, ValueError):
        return None
    return QueueItem(
        body=body,
        id=message.id,
        dequeue_count=message.dequeue_count or 0,
        inserted_at=message.inserted_on,
        expires_at=message.expires_on,
        next_visible_at=message.next_visible_on,
        pop_receipt=message.pop_receipt,
    )
