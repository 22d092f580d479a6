"""Open the storage account that a setting names, as the host finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError

from devhost.errors import SettingsError, StorageUnreachableError
from devhost.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.identity import DefaultAzureCredential
    from azure.storage.blob import ContainerClient
    from azure.storage.queue import QueueClient

    Credential = str | dict[str, str] | DefaultAzureCredential

HOST_STORAGE = "AzureWebJobsStorage"
# A server closes a connection that was idle for some seconds, perhaps just as it is used again:
# what that cuts off is sent once more, at once. More would only delay a stop: the listener repeats
# a poll that fails, and an answer that was given is taken as it is.
_SENT_AGAIN = 1
_SECONDS = 10


class StorageAccount:
    """The account behind one connection of the settings."""

    def __init__(self, settings: Mapping[str, str], connection: str = HOST_STORAGE) -> None:
        """Raise SettingsError where *settings* have no such connection."""
        self._settings = settings
        self._name = next(
            (
                name
                for name in (f"AzureWebJobs{connection}", connection)
                if any(key == name or key.startswith(f"{name}__") for key in settings)
            ),
            "",
        )
        if not self._name:
            raise SettingsError([f"the setting {connection or 'for a connection'} is missing"])

    def queue(self, name: str) -> QueueClient:
        """Return the client of a queue; messages are not decoded."""
        from azure.storage.queue import LinearRetry, QueueClient  # noqa: PLC0415 — 150 ms

        account, credential = self._address("queue")
        return QueueClient(
            account,
            name,
            credential=credential,
            retry_policy=LinearRetry(
                backoff=0, random_jitter_range=0, retry_total=_SENT_AGAIN, retry_status=0
            ),
            connection_timeout=_SECONDS,
            use_env_settings=not _is_loopback(account),
        )

    def container(self, name: str) -> ContainerClient:
        """Return the client of a blob container."""
        from azure.storage.blob import ContainerClient, LinearRetry  # noqa: PLC0415 — 150 ms

        account, credential = self._address("blob")
        return ContainerClient(
            account,
            name,
            credential=credential,
            retry_policy=LinearRetry(
                backoff=0, random_jitter_range=0, retry_total=_SENT_AGAIN, retry_status=0
            ),
            connection_timeout=_SECONDS,
            use_env_settings=not _is_loopback(account),
        )

    def check(self) -> None:
        """Raise StorageUnreachableError unless the account answers."""
        try:
            self.queue("devhost-check").get_queue_properties()
        except AzureError as error:
            if getattr(error, "status_code", None) == 404:  # noqa: PLR2004 — no such queue: it answered
                return
            raise StorageUnreachableError(
                f"The storage account of {self._name} does not answer: {_reason(error)}."
            ) from error

    def _address(self, service: str) -> tuple[str, Credential]:
        connection_string = self._settings.get(self._name)
        if connection_string:
            return _parse(connection_string, service, setting=self._name)
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415 — 200 ms

        url = self._settings.get(f"{self._name}__{service}ServiceUri")
        account = self._settings.get(f"{self._name}__accountName")
        if not url and account:
            url = f"https://{account}.{service}.core.windows.net"
        if not url:
            raise SettingsError([f"the setting {self._name}__{service}ServiceUri is missing"])
        return url, DefaultAzureCredential()


def _parse(connection_string: str, service: str, *, setting: str) -> tuple[str, Credential]:
    pairs = (part.partition("=") for part in connection_string.split(";") if part.strip())
    fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
    account = fields.get("accountname", "")
    suffix = fields.get("endpointsuffix", "core.windows.net")
    protocol = fields.get("defaultendpointsprotocol", "https")
    url = fields.get(f"{service}endpoint") or f"{protocol}://{account}.{service}.{suffix}"
    if "sharedaccesssignature" in fields:
        return url, fields["sharedaccesssignature"]
    if not account or "accountkey" not in fields:
        raise SettingsError([f"{setting} is no connection string of a storage account"])
    return url, {"account_name": account, "account_key": fields["accountkey"]}


def _is_loopback(url: str) -> bool:
    # A proxy of the environment must not get what is meant for the emulator.
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def queue_name(text: str, settings: Mapping[str, str]) -> str:
    """Return a trigger's queue name with its settings filled in; raises SettingsError."""
    name = resolve(text, settings)
    if not is_queue_name(name):
        raise SettingsError([f"{name!r} is no queue name (3 to 63 of a-z, 0-9 and single hyphens)"])
    return name


def is_queue_name(name: str) -> bool:
    """Tell whether a queue can be called so."""
    return (
        3 <= len(name) <= 63  # noqa: PLR2004 — Azure Storage's own limits
        and name.isascii()
        and name == name.lower()
        and all(part.isalnum() for part in name.split("-"))
    )


def _reason(error: AzureError) -> str:
    return str(error).partition("\n")[0].rstrip(".")
