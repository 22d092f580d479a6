"""What tests share: the storage emulator, storage of both kinds, and patience."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

import pytest

from devhost.azurite import Azurite
from shared.storage.account import StorageAccount
from shared.storage.installation import AzureStorage, MemoryStorage
from tests.identity_server.process import IdentityServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.interfaces.storage import Storage


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """Return the storage emulator, running."""
    with Azurite.start() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def running_identity_server() -> Iterator[IdentityServerProcess]:
    """Return the identity server, which does what an earlier test asked of it."""
    with IdentityServerProcess.start() as server:
        yield server


@pytest.fixture
def identity_server(running_identity_server: IdentityServerProcess) -> IdentityServerProcess:
    """Return the identity server, where nothing goes wrong until it is asked to."""
    running_identity_server.well()
    return running_identity_server


@pytest.fixture
def azure_storage(azurite: Azurite) -> AzureStorage:
    """Return storage in the emulator, which keeps what other tests put there."""
    return AzureStorage(StorageAccount.from_connection_string(azurite.connection_string))


@pytest.fixture(params=["memory", "azure"])
def storage(request: pytest.FixtureRequest) -> Storage:
    """Return storage of each kind: what a test asserts holds for both."""
    if request.param == "memory":
        return MemoryStorage()
    found: AzureStorage = request.getfixturevalue("azure_storage")
    return found


@pytest.fixture
def unique() -> str:
    """Return a name that no other test uses."""
    return f"t{uuid4().hex[:12]}"


class Eventually(Protocol):
    """Looks at a condition until it holds or time is up; tells which."""

    def __call__(self, condition: Callable[[], object], *, within: float = 15.0) -> bool:
        """Return whether the condition came to hold."""


@pytest.fixture
def eventually() -> Eventually:
    """Return a way to wait for what happens in other threads and processes."""
    pause = threading.Event()

    def wait(condition: Callable[[], object], *, within: float = 15.0) -> bool:
        deadline = time.monotonic() + within
        while not condition():
            if time.monotonic() > deadline:
                return False
            pause.wait(0.02)
        return True

    return wait
