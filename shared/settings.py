"""The settings of an installation: read once, checked together, every mistake named at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from shared.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

STORAGE: Final = "AzureWebJobsStorage"
KEY_RING: Final = "LOCAL_KEY_RING"
ALLOW_LIST: Final = "GIT_SERVER_ALLOWLIST"
CA_BUNDLE: Final = "GIT_SERVER_CA_BUNDLE"
SERVICES_URL: Final = "https://dev.azure.com"
IDENTITY_URL: Final = "https://app.vssps.visualstudio.com"
EVERY_FIVE_MINUTES: Final = "0 */5 * * * *"

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SIX_FIELDS: Final = re.compile(r"\S+(?: \S+){5}")


class Settings(Struct, frozen=True):
    """What an operator sets, in the environment."""

    storage: str = ""
    """A connection string; empty when the account is reached with an identity."""
    table_url: str = ""
    queue_url: str = ""
    identity_client_id: str = ""
    """Of a user-assigned identity; empty for the only one there is."""
    local_key_ring: str = ""
    """Path of the file with the keys that secrets are sealed with."""
    public_url: str = ""
    azure_devops_url: str = SERVICES_URL
    azure_devops_identity_url: str = ""
    """Empty for the usual one."""
    git_server_allowlist: str = ""
    """Hosts, `host:port` and networks that servers may lie on; empty, public addresses alone."""
    git_server_ca_bundle: str = ""
    """Path of a file with certificates to trust such servers by, besides the public ones."""
    reindex_schedule: str = EVERY_FIVE_MINUTES

    @property
    def identity_url(self) -> str:
        """Where the Services tell which organizations a sign-in is good for.

        Beside Services that are elsewhere: what signs in there is not shown to the public ones.
        """
        is_public = self.azure_devops_url == SERVICES_URL
        usual = IDENTITY_URL if is_public else self.azure_devops_url
        return self.azure_devops_identity_url or usual

    @property
    def hook_url(self) -> str:
        """Where service hooks can reach us; empty when they cannot.

        The real services refuse to deliver to a loopback address.
        """
        is_local = urlsplit(self.public_url).hostname in _LOOPBACK
        towards_local = urlsplit(self.azure_devops_url).hostname in _LOOPBACK
        return "" if is_local and not towards_local else self.public_url


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings; SettingsError names everything that is wrong with them."""
    settings = Settings(
        storage=environment.get(STORAGE, "").strip(),
        table_url=environment.get(f"{STORAGE}__tableServiceUri", "").rstrip("/"),
        queue_url=environment.get(f"{STORAGE}__queueServiceUri", "").rstrip("/"),
        identity_client_id=environment.get(f"{STORAGE}__clientId", "")
        or environment.get("AZURE_CLIENT_ID", ""),
        local_key_ring=environment.get(KEY_RING, ""),
        public_url=environment.get("PUBLIC_URL", "").rstrip("/"),
        azure_devops_url=environment.get("AZURE_DEVOPS_URL", SERVICES_URL).rstrip("/"),
        azure_devops_identity_url=environment.get("AZURE_DEVOPS_IDENTITY_URL", "").rstrip("/"),
        git_server_allowlist=environment.get(ALLOW_LIST, ""),
        git_server_ca_bundle=environment.get(CA_BUNDLE, ""),
        reindex_schedule=environment.get("REINDEX_SCHEDULE", EVERY_FIVE_MINUTES).strip(),
    )
    mistakes = _mistakes(settings)
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def _mistakes(settings: Settings) -> list[str]:
    mistakes = []
    if not settings.storage and not (settings.table_url and settings.queue_url):
        mistakes.append(
            f"{STORAGE} is not set: a connection string, or {STORAGE}__tableServiceUri and "
            f"{STORAGE}__queueServiceUri with an identity"
        )
    if not settings.local_key_ring:
        mistakes.append("LOCAL_KEY_RING is not set: the file with the keys that seal secrets")
    public = _address(settings.public_url)
    if settings.public_url and (public is None or public.path):
        mistakes.append("PUBLIC_URL must be scheme and host only, as https://links.example.com")
    elif public is not None and _is_open(public):
        mistakes.append("PUBLIC_URL must begin with https://")
    identity_url = settings.azure_devops_identity_url or IDENTITY_URL
    for name, url, usual in (
        ("AZURE_DEVOPS_URL", settings.azure_devops_url, SERVICES_URL),
        ("AZURE_DEVOPS_IDENTITY_URL", identity_url, IDENTITY_URL),
    ):
        services = _address(url)
        if services is None:
            mistakes.append(f"{name} must be an address, as {usual}")
        elif _is_open(services):
            mistakes.append(f"{name} must begin with https://")
    if not _SIX_FIELDS.fullmatch(settings.reindex_schedule):
        mistakes.append(
            "REINDEX_SCHEDULE must have six fields with a blank between, as 0 */5 * * * *"
        )
    return mistakes


def _address(url: str) -> SplitResult | None:
    """Return the parts of an address of a site or of a path on it; None for anything else."""
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:  # of the brackets of a host, or of a port
        return None
    is_site = parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port
    return parts if is_site and not ("@" in parts.netloc or set("?#") & set(url)) else None


def _is_open(address: SplitResult) -> bool:
    """Whether what is sent there can be read on the way."""
    return address.scheme == "http" and address.hostname not in _LOOPBACK
