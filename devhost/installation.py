"""An installation of Devlinks on this machine: the functions, storage, and a sample organization.

Everything is stopped in the opposite order when the stack it was started on is left, whatever
went wrong, and no process or file of it stays behind but the key ring.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from devhost.app import load_app
from devhost.azurite import Azurite
from devhost.errors import SettingsError, StorageUnreachableError
from devhost.host import Host
from devhost.host_json import read_host_json
from devhost.http_server import close_sockets, open_sockets
from devhost.sample_organization import SampleOrganization, tell_stories
from devhost.settings import names_storage, read_settings
from devhost.storage import HOST_STORAGE
from shared.bootstrap import checked, services
from shared.errors import SettingsError as WrongSettingsError
from shared.errors import StorageUnavailableError
from shared.settings import EVERY_FIVE_MINUTES
from shared.storage.secrets import make_key_ring

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack

ADDRESSES = ".devhost.json"
"""Written where the host runs, for other programs to find it; gone when it has stopped."""
_KEY_RING = Path(".tools") / "devhost" / "key-ring.json"
_USERS_PROJECT = "Yours"
_logger = logging.getLogger("devhost")


class SampleAddress(Struct, frozen=True):
    """A sample organization, and the token that opens it."""

    url: str
    token: str


class Addresses(Struct, frozen=True):
    """Where the parts of an installation are."""

    api: str
    console: str
    storage: str
    key_ring: str
    sample_organization: SampleAddress | None


class Installation(Struct):
    """A running installation."""

    host: Host
    addresses: Addresses
    sample: SampleOrganization | None


def start(
    running: ExitStack,
    *,
    folder: Path,
    port: int,
    sample: bool = False,
    repositories: Iterable[Path] = (),
) -> Installation:
    """Start an installation in *folder*, and leave its stop on *running*.

    With *sample* there is a sample organization, of stories, or of the clones *repositories*.
    Raises DevhostError.
    """
    # First, and kept open: that the port is taken is told before anything slow begins.
    sockets = open_sockets(port)
    running.callback(close_sockets, sockets)
    port = sockets[0].getsockname()[1]
    settings = read_settings(folder, os.environ)
    organization = _sample(running, repositories) if sample else None
    _complete(settings, folder=folder, port=port, organization=organization)
    if names_storage(settings):
        _check(settings)
    else:
        # Settings first: what is wrong with them is told before anything is downloaded.
        _check({**settings, HOST_STORAGE: "UseDevelopmentStorage=true"})
        _logger.info("Starting Azurite, the storage emulator.")
        settings[HOST_STORAGE] = running.enter_context(Azurite.start()).connection_string
    os.environ.update(settings)
    host_json = read_host_json(folder / "host.json")
    host = Host(load_app(folder), settings=settings, host_json=host_json, sockets=sockets)
    running.enter_context(host)
    _check_tables()
    address = SampleAddress(organization.url, organization.token) if organization else None
    addresses = Addresses(
        api=host.api,
        console=f"{host.api}/console",
        storage=settings.get(HOST_STORAGE, ""),
        key_ring=settings["LOCAL_KEY_RING"],
        sample_organization=address,
    )
    return Installation(host, addresses, organization)


def tell_others(running: ExitStack, installation: Installation, *, folder: Path) -> None:
    """Write the addresses where other programs look for them, until *running* is left."""
    file = folder / ADDRESSES
    # It holds the token of the sample organization: nobody else need read it.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    running.callback(file.unlink, missing_ok=True)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(msgspec.json.format(msgspec.json.encode(installation.addresses), indent=2))


def _sample(running: ExitStack, repositories: Iterable[Path]) -> SampleOrganization:
    folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="devlinks-sample-")))
    sample = SampleOrganization(folder)
    clones = list(repositories)
    if clones:
        sample.add_project(_USERS_PROJECT)
        for path in clones:
            _logger.info("Copying %s.", path)
            sample.add_repository(_USERS_PROJECT, path)
    else:
        tell_stories(sample)
    return running.enter_context(sample)


def _complete(
    settings: dict[str, str], *, folder: Path, port: int, organization: SampleOrganization | None
) -> None:
    """Fill in what a developer need not set."""
    settings.setdefault("REINDEX_SCHEDULE", EVERY_FIVE_MINUTES)
    settings.setdefault("PUBLIC_URL", f"http://localhost:{port}")
    if organization is not None:
        settings["AZURE_DEVOPS_URL"] = organization.base_url
    if not settings.get("LOCAL_KEY_RING"):
        key_ring = folder / _KEY_RING
        key_ring.parent.mkdir(parents=True, exist_ok=True)
        make_key_ring(key_ring)
        settings["LOCAL_KEY_RING"] = str(key_ring)


def _check(settings: dict[str, str]) -> None:
    try:
        checked(settings)
    except WrongSettingsError as error:
        raise SettingsError(error.mistakes) from error


def _check_tables() -> None:
    try:
        services().storage.check()
    except StorageUnavailableError as error:
        raise StorageUnreachableError(str(error)) from error
