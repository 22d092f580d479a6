"""Keep messages invisible to others for as long as a function works on them."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError, HttpResponseError

if TYPE_CHECKING:
    from datetime import timedelta

    from azure.storage.queue import QueueClient, QueueMessage

_logger = logging.getLogger("devhost.queues")
_LOST = frozenset({400, 404, 409})
"""Pop receipt mismatch; message or queue gone; queue being deleted: it is no longer ours."""


class HeldMessage:
    """A received message and its newest pop receipt.

    Every change of a message on the server gives a new receipt and voids the old one, so
    changes are made one at a time.
    """

    def __init__(self, message: QueueMessage, queue: QueueClient) -> None:
        self.message = message
        self._queue = queue
        self._receipt = str(message.pop_receipt)
        self._lock = threading.Lock()
        self._changed_at = time.monotonic()
        self._is_lost = False

    def hide(self, duration: timedelta) -> None:
        """Make the message visible to others only after *duration*."""
        with self._lock:
            if not self._is_lost:
                self._change(duration)

    def keep(self, duration: timedelta, *, every: timedelta) -> None:
        """Hide it for *duration* from now, unless that was done within *every*."""
        with self._lock:
            due = time.monotonic() - self._changed_at >= every.total_seconds()
            if due and not self._is_lost:
                self._change(duration)

    def delete(self) -> None:
        """Remove it from the queue; nothing happens if another worker has it by now."""
        with self._lock:
            if self._is_lost:
                return
            try:
                self._queue.delete_message(self.message.id, self._receipt)
            except HttpResponseError as error:
                self._note_loss(error)
            self._is_lost = True

    def _change(self, duration: timedelta) -> None:
        try:
            changed = self._queue.update_message(
                self.message.id, self._receipt, visibility_timeout=int(duration.total_seconds())
            )
        except HttpResponseError as error:
            self._note_loss(error)
        else:
            self._receipt = str(changed.pop_receipt)
            self._changed_at = time.monotonic()

    def _note_loss(self, error: HttpResponseError) -> None:
        if error.status_code not in _LOST:
            raise error
        self._is_lost = True
        _logger.warning("Message %s is no longer ours: %s.", self.message.id, error.reason)


class Keeper:
    """Renews the invisibility of all messages that one listener holds.

    The host hides a message for ten minutes at a time and renews at half of that.
    """

    def __init__(self, invisible_for: timedelta) -> None:
        self._invisible_for = invisible_for
        self._held: set[HeldMessage] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="message-keeper", daemon=True)

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def stop(self) -> None:
        """Renew nothing more."""
        self._stopping.set()
        self._thread.join()

    def add(self, message: HeldMessage) -> None:
        """Keep *message* from now on."""
        with self._lock:
            self._held.add(message)

    def remove(self, message: HeldMessage) -> None:
        """Let go of it."""
        with self._lock:
            self._held.discard(message)

    def _run(self) -> None:
        # Looking four times per period, and renewing at a quarter, no message ever gets past half.
        quarter = self._invisible_for / 4
        while not self._stopping.wait(quarter.total_seconds()):
            with self._lock:
                held = list(self._held)
            for message in held:
                try:
                    message.keep(self._invisible_for, every=quarter)
                except AzureError as error:
                    _logger.warning("A message's time could not be prolonged yet: %s.", error)
