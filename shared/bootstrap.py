"""Puts the parts together: the only place that knows which git hosts and storage there are."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared.entra.app_identities import AppIdentities
from shared.entra.credentials import (
    ClientCertificate,
    ClientSecret,
    Credential,
    FederatedIdentity,
    Registration,
)
from shared.entra.server import EntraServer
from shared.errors import SettingsError
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.azure_devops import AzureDevOps
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.git_hosts.dialling import Egress, check_ca_bundle
from shared.git_hosts.egress import Sessions
from shared.git_hosts.git import GitServer
from shared.people import SignInPolicy
from shared.schema import check_schema
from shared.services import Services, SignIn
from shared.settings import (
    ALLOW_LIST,
    CA_BUNDLE,
    CERTIFICATE,
    ENTRA_CA_BUNDLE,
    KEY_RING,
    STORAGE,
    Settings,
    read_settings,
)
from shared.storage.account import StorageAccount
from shared.storage.data_keys import DataKey, WrappedKeys
from shared.storage.installation import AzureStorage
from shared.storage.key_vault import key_vault
from shared.storage.secrets import read_key_ring
from shared.storage.vaults import SealingVault
from shared.trackers import ensure_default_tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from azure.core.credentials import TokenCredential

    from shared.interfaces.storage import KeyedVault, Storage


@lru_cache(maxsize=1)
def services() -> Services:
    """Return the services of this process; SettingsError each time that settings are wrong."""
    built = build(checked(os.environ))
    check_schema(built)
    ensure_default_tracker(built)
    return built


def services_for_operator(defaults: Mapping[str, str]) -> Services:
    """Return services for a command line: *defaults* count where the environment has no storage."""
    environment = dict(os.environ)
    if not any(name.startswith(STORAGE) for name in environment):
        environment |= defaults
    built = build(checked(environment), identity=_identity_of_operator)
    check_schema(built)
    ensure_default_tracker(built)
    return built


def checked(environment: Mapping[str, str]) -> Settings:
    """Return the settings; SettingsError names every mistake, also in what they name."""
    mistakes: list[str] = []
    settings = Settings()
    try:
        settings = read_settings(environment)
    except SettingsError as error:
        mistakes += error.mistakes
    for check in (
        _check_storage,
        _check_key_ring,
        _check_allow_list,
        _check_ca_bundle,
        _check_certificate,
    ):
        try:
            check(environment)
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def build(
    settings: Settings, *, identity: Callable[[str], TokenCredential] | None = None
) -> Services:
    """Return services; nothing is called yet.

    *identity* is given a client id, and returns who storage and key vault see; the app's own
    where nothing is said.
    """
    identity = identity or _identity
    egress = Egress(
        AllowList.read(settings.git_server_allowlist), ca_bundle=settings.git_server_ca_bundle
    )
    storage = AzureStorage(_account(settings, identity))
    return Services.over(
        storage,
        vault=_vault(settings, storage, identity),
        git_hosts={
            "azure_devops": AzureDevOps(
                services_url=settings.azure_devops_url,
                identity_url=settings.identity_url,
                sessions=Sessions(),
                clock=utc_now,
                wait=_wait,
            ),
            "azure_devops_server": AzureDevOpsServer(egress=egress, clock=utc_now, wait=_wait),
            "git": GitServer(services_url=settings.azure_devops_url, egress=egress, clock=utc_now),
        },
        clock=utc_now,
        public_url=settings.hook_url,
        sign_in=_sign_in(settings),
    )


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def _check_storage(environment: Mapping[str, str]) -> None:
    if environment.get(STORAGE):
        StorageAccount.from_connection_string(environment[STORAGE])


def _check_key_ring(environment: Mapping[str, str]) -> None:
    if environment.get(KEY_RING):
        read_key_ring(Path(environment[KEY_RING]))


def _check_allow_list(environment: Mapping[str, str]) -> None:
    AllowList.read(environment.get(ALLOW_LIST, ""))


def _check_ca_bundle(environment: Mapping[str, str]) -> None:
    for setting in (CA_BUNDLE, ENTRA_CA_BUNDLE):
        if environment.get(setting):
            check_ca_bundle(environment[setting], setting=setting)


def _check_certificate(environment: Mapping[str, str]) -> None:
    if environment.get(CERTIFICATE):
        ClientCertificate.read(environment[CERTIFICATE], setting=CERTIFICATE)


def _sign_in(settings: Settings) -> SignIn:
    return SignIn(
        console_url=settings.public_url,
        server=_identity_server(settings) if settings.entra_tenant_id else None,
        identities=AppIdentities(
            default_client_id=settings.app_identity_client_id,
            authority=settings.entra_authority,
            ca_bundle=settings.entra_ca_bundle,
        ),
        policy=SignInPolicy(
            admins=frozenset(settings.admin_object_ids),
            believes_platform=settings.platform_authentication,
            tenant_id=settings.only_tenant,
        ),
    )


def _identity_server(settings: Settings) -> EntraServer:
    registration = Registration(
        tenant_id=settings.entra_tenant_id,
        client_id=settings.entra_client_id,
        credential=_credential(settings),
        authority=settings.entra_authority,
    )
    return EntraServer(registration, clock=utc_now, ca_bundle=settings.entra_ca_bundle)


def _credential(settings: Settings) -> Credential:
    if settings.entra_federated_identity_client_id:
        return FederatedIdentity(settings.entra_federated_identity_client_id)
    if settings.entra_client_certificate:
        return ClientCertificate.read(settings.entra_client_certificate, setting=CERTIFICATE)
    return ClientSecret(settings.entra_client_secret)


def _account(settings: Settings, identity: Callable[[str], TokenCredential]) -> StorageAccount:
    if settings.storage:
        return StorageAccount.from_connection_string(settings.storage)
    return StorageAccount(
        table_url=settings.table_url,
        queue_url=settings.queue_url,
        identity=identity(settings.identity_client_id),
    )


def _vault(
    settings: Settings, storage: Storage, identity: Callable[[str], TokenCredential]
) -> KeyedVault:
    if not settings.key_vault_key_url:
        return read_key_ring(Path(settings.local_key_ring))
    wrapping = key_vault(
        settings.key_vault_key_url, lambda: identity(settings.app_identity_client_id)
    )
    return SealingVault(WrappedKeys(storage.records("data_keys", DataKey), wrapping, utc_now))


def _identity(client_id: str) -> TokenCredential:
    from azure.identity import ManagedIdentityCredential  # noqa: PLC0415 — slow to import

    return ManagedIdentityCredential(client_id=client_id or None)


def _identity_of_operator(client_id: str) -> TokenCredential:
    """Return whoever is signed in to Azure at this shell (`az login`), else the app's identity."""
    from azure.identity import (  # noqa: PLC0415 — slow to import
        AzureCliCredential,
        ChainedTokenCredential,
    )

    return ChainedTokenCredential(AzureCliCredential(), _identity(client_id))
