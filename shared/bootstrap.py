"""Puts the parts together: the only place that knows which git hosts and storage there are."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import SettingsError
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.azure_devops import AzureDevOps
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.git_hosts.dialling import Egress, check_ca_bundle
from shared.git_hosts.egress import Sessions
from shared.git_hosts.git import GitServer
from shared.services import Services
from shared.settings import ALLOW_LIST, CA_BUNDLE, KEY_RING, STORAGE, Settings, read_settings
from shared.storage.account import StorageAccount
from shared.storage.installation import AzureStorage
from shared.storage.secrets import read_key_ring
from shared.trackers import ensure_default_tracker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.core.credentials import TokenCredential


@lru_cache(maxsize=1)
def services() -> Services:
    """Return the services of this process; SettingsError each time that settings are wrong."""
    built = build(checked(os.environ))
    ensure_default_tracker(built)
    return built


def services_for_operator(defaults: Mapping[str, str]) -> Services:
    """Return services for a command line: *defaults* count where the environment has no storage."""
    environment = dict(os.environ)
    if not any(name.startswith(STORAGE) for name in environment):
        environment |= defaults
    built = build(checked(environment))
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
    for check in (_check_storage, _check_key_ring, _check_allow_list, _check_ca_bundle):
        try:
            check(environment)
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def build(settings: Settings) -> Services:
    """Return services; nothing is called yet."""
    egress = Egress(
        AllowList.read(settings.git_server_allowlist), ca_bundle=settings.git_server_ca_bundle
    )
    return Services.over(
        AzureStorage(_account(settings)),
        vault=read_key_ring(Path(settings.local_key_ring)),
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
    if environment.get(CA_BUNDLE):
        check_ca_bundle(environment[CA_BUNDLE])


def _account(settings: Settings) -> StorageAccount:
    if settings.storage:
        return StorageAccount.from_connection_string(settings.storage)
    return StorageAccount(
        table_url=settings.table_url,
        queue_url=settings.queue_url,
        identity=_identity(settings.identity_client_id),
    )


def _identity(client_id: str) -> TokenCredential:
    from azure.identity import ManagedIdentityCredential  # noqa: PLC0415 — slow to import

    return ManagedIdentityCredential(client_id=client_id or None)
