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
AUTHORITY: Final = "https://login.microsoftonline.com"
KEY_VAULT_KEY: Final = "KEY_VAULT_KEY_URL"
CERTIFICATE: Final = "ENTRA_CLIENT_CERTIFICATE"
ENTRA_CA_BUNDLE: Final = "ENTRA_CA_BUNDLE"
ADMINS: Final = "ADMIN_OBJECT_IDS"
PLATFORM: Final = "PLATFORM_AUTHENTICATION"
EVERY_FIVE_MINUTES: Final = "0 */5 * * * *"

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SIX_FIELDS: Final = re.compile(r"\S+(?: \S+){5}")
_KEY_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?/keys/[A-Za-z0-9-]{1,127}(?:/\w+)?")
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STANDS_BEFORE: Final = "WEBSITE_AUTH_ENABLED"
"""Set by the platform itself."""
_SWITCH: Final = {"": False, "false": False, "0": False, "true": True, "1": True}


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
    key_vault_key_url: str = ""
    """Of the key that wraps data keys: `https://<vault>/keys/<name>`, with or without a version."""
    entra_tenant_id: str = ""
    entra_client_id: str = ""
    entra_client_secret: str = ""
    entra_client_certificate: str = ""
    """Path of a PEM file with the certificate and its private key."""
    entra_federated_identity_client_id: str = ""
    """Of the managed identity that vouches for the app registration, which needs no secret then."""
    entra_authority: str = AUTHORITY
    entra_ca_bundle: str = ""
    """Path of a file with certificates to trust that server by, in place of the public ones."""
    app_identity_client_id: str = ""
    """Of the user-assigned identity that the app is to be known by; empty for the only one."""
    admin_object_ids: tuple[str, ...] = ()
    platform_authentication: bool = False
    """Whether App Service authentication stands before the app."""

    def __repr__(self) -> str:
        return "Settings(…)"

    @property
    def identity_url(self) -> str:
        """Where the Services tell which organizations a sign-in is good for.

        Beside Services that are elsewhere: what signs in there is not shown to the public ones.
        """
        is_public = self.azure_devops_url == SERVICES_URL
        usual = IDENTITY_URL if is_public else self.azure_devops_url
        return self.azure_devops_identity_url or usual

    @property
    def only_tenant(self) -> str:
        """The id of the directory that people are of; empty where the settings do not tell it."""
        is_id = _OBJECT_ID.fullmatch(self.entra_tenant_id.lower()) is not None
        return self.entra_tenant_id if is_id else ""

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
        key_vault_key_url=environment.get(KEY_VAULT_KEY, "").rstrip("/"),
        entra_tenant_id=environment.get("ENTRA_TENANT_ID", "").strip(),
        entra_client_id=environment.get("ENTRA_CLIENT_ID", "").strip(),
        entra_client_secret=environment.get("ENTRA_CLIENT_SECRET", "").strip(),
        entra_client_certificate=environment.get(CERTIFICATE, ""),
        entra_federated_identity_client_id=environment.get(
            "ENTRA_FEDERATED_IDENTITY_CLIENT_ID", ""
        ).strip(),
        entra_authority=environment.get("ENTRA_AUTHORITY", AUTHORITY).rstrip("/"),
        entra_ca_bundle=environment.get(ENTRA_CA_BUNDLE, ""),
        app_identity_client_id=environment.get("AZURE_CLIENT_ID", "").strip(),
        admin_object_ids=_listed(environment.get(ADMINS, "")),
        platform_authentication=_is_on(environment.get(PLATFORM, "")),
    )
    mistakes = _mistakes(settings, environment)
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def _mistakes(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    mistakes = []
    if not settings.storage and not (settings.table_url and settings.queue_url):
        mistakes.append(
            f"{STORAGE} is not set: a connection string, or {STORAGE}__tableServiceUri and "
            f"{STORAGE}__queueServiceUri with an identity"
        )
    mistakes += _of_keys(settings)
    mistakes += _of_sign_in(settings, environment)
    public = _address(settings.public_url)
    if settings.public_url and (public is None or public.path):
        mistakes.append("PUBLIC_URL must be scheme and host only, as https://links.example.com")
    elif public is not None and _is_open(public):
        mistakes.append("PUBLIC_URL must begin with https://")
    identity_url = settings.azure_devops_identity_url or IDENTITY_URL
    for name, url, usual in (
        ("AZURE_DEVOPS_URL", settings.azure_devops_url, SERVICES_URL),
        ("AZURE_DEVOPS_IDENTITY_URL", identity_url, IDENTITY_URL),
        ("ENTRA_AUTHORITY", settings.entra_authority, AUTHORITY),
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


def _of_keys(settings: Settings) -> list[str]:
    if settings.local_key_ring and settings.key_vault_key_url:
        return ["KEY_VAULT_KEY_URL and LOCAL_KEY_RING are both set: keys are kept in one place"]
    if not settings.local_key_ring and not settings.key_vault_key_url:
        where = "the key that wraps what seals secrets; on one machine LOCAL_KEY_RING, a file"
        return [f"KEY_VAULT_KEY_URL is not set: {where}"]
    if settings.key_vault_key_url and not _KEY_URL.fullmatch(settings.key_vault_key_url):
        return [
            "KEY_VAULT_KEY_URL must be a key's address, as https://acme.vault.azure.net/keys/devlinks"
        ]
    return []


def _of_sign_in(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    mistakes = []
    registration = (settings.entra_tenant_id, settings.entra_client_id)
    credentials = [
        name
        for name, value in (
            ("ENTRA_CLIENT_SECRET", settings.entra_client_secret),
            (CERTIFICATE, settings.entra_client_certificate),
            ("ENTRA_FEDERATED_IDENTITY_CLIENT_ID", settings.entra_federated_identity_client_id),
        )
        if value
    ]
    if any((*registration, *credentials)) and not (all(registration) and len(credentials) == 1):
        mistakes.append(
            "ENTRA_TENANT_ID, ENTRA_CLIENT_ID and exactly one go together of "
            "ENTRA_FEDERATED_IDENTITY_CLIENT_ID, ENTRA_CLIENT_CERTIFICATE and ENTRA_CLIENT_SECRET"
        )
    # A path in it would choose another endpoint.
    if settings.entra_tenant_id and not _TENANT.fullmatch(settings.entra_tenant_id):
        mistakes.append("ENTRA_TENANT_ID must be the directory's id or one of its domains")
    if any(not _OBJECT_ID.fullmatch(identity) for identity in settings.admin_object_ids):
        mistakes.append(f"{ADMINS} must be object ids of users, with commas between")
    if environment.get(PLATFORM, "").strip().lower() not in _SWITCH:
        mistakes.append(f"{PLATFORM} must be true or false")
    # Its header can be sent by anybody where it does not stand before the app.
    if settings.platform_authentication and not _is_on(environment.get(_STANDS_BEFORE, "")):
        mistakes.append(f"{PLATFORM} is set, and App Service authentication is not switched on")
    return mistakes


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in text.replace(",", " ").split())


def _is_on(text: str) -> bool:
    return _SWITCH.get(text.strip().lower(), False)


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
