"""Hold a blob lease, so that one development host per storage account does a thing."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError

from devhost.timer_status import create

if TYPE_CHECKING:
    from azure.storage.blob import BlobLeaseClient, ContainerClient

LEASE_SECONDS = 15
"""The shortest that Azure Storage gives: how long others wait after a host was killed."""
_logger = logging.getLogger("devhost.timers")


class Lease:
    """A lease on one blob; `seconds` is how long it lasts without renewal."""

    def __init__(self, container: ContainerClient, path: str) -> None:
        self._container = container
        self._path = path
        self._lease: BlobLeaseClient | None = None
        self._held_until = 0.0

    def acquire(self) -> bool:
        """Take the lease and return True; False if another holds it or storage is away."""
        asked_at = time.monotonic()
        try:
            self._lease = self._acquire()
        except ResourceExistsError:
            return False
        except AzureError as error:
            _logger.warning("The lease of the timers cannot be taken yet: %s.", error)
            return False
        self._held_until = asked_at + LEASE_SECONDS
        return True

    def renew(self) -> bool:
        """Prolong it; False once it may be another's.

        One failed call is no loss: the lease still runs for a while.
        """
        assert self._lease is not None
        asked_at = time.monotonic()
        try:
            self._lease.renew()
        except ResourceExistsError:
            return False
        except AzureError:
            return time.monotonic() < self._held_until - LEASE_SECONDS / 3
        self._held_until = asked_at + LEASE_SECONDS
        return True

    def release(self) -> None:
        """Give it up, so that another host need not wait."""
        if self._lease is not None:
            try:
                self._lease.release()
            except AzureError as error:
                _logger.debug("The lease of the timers ran out by itself: %s.", error)
            self._lease = None

    def _acquire(self) -> BlobLeaseClient:
        blob = self._container.get_blob_client(self._path)
        try:
            return blob.acquire_lease(LEASE_SECONDS)
        except ResourceNotFoundError:
            create(self._container)
            with suppress(ResourceExistsError):
                blob.upload_blob(b"", overwrite=False)
            return blob.acquire_lease(LEASE_SECONDS)
