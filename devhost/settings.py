"""Gather the app's settings from local.settings.json and the environment.

The environment wins, as in Core Tools.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from devhost.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EMULATOR_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""The published key of the emulator's only account: no secret."""
_STORAGE = "AzureWebJobsStorage"
_REFERENCE = re.compile(r"%([^%]*)%")


class _LocalSettings(msgspec.Struct, frozen=True):
    encrypted: bool = msgspec.field(default=False, name="IsEncrypted")
    values: dict[str, str] = msgspec.field(default_factory=dict, name="Values")


def read_settings(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of the app in *folder*; without a file, the environment alone.

    `UseDevelopmentStorage=true` is written out, because the Python SDKs do not know it.
    Raises SettingsError.
    """
    file = folder / "local.settings.json"
    local = _read(file) if file.exists() else _LocalSettings()
    settings = {**local.values, **environment}
    if settings.get(_STORAGE, "").strip().rstrip(";").lower() == "usedevelopmentstorage=true":
        settings[_STORAGE] = emulator_connection_string(blob=10000, queue=10001, table=10002)
    return settings


def emulator_connection_string(*, blob: int, queue: int, table: int) -> str:
    """Return the connection string of the emulator that listens on these ports."""
    account = "devstoreaccount1"
    return (
        f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={EMULATOR_KEY};"
        f"BlobEndpoint=http://127.0.0.1:{blob}/{account};"
        f"QueueEndpoint=http://127.0.0.1:{queue}/{account};"
        f"TableEndpoint=http://127.0.0.1:{table}/{account};"
    )


def names_storage(settings: Mapping[str, str]) -> bool:
    """Tell whether *settings* say which storage account the host uses."""
    return any(
        settings.get(f"{_STORAGE}{part}")
        for part in ("", "__accountName", "__blobServiceUri", "__queueServiceUri")
    )


def resolve(text: str, settings: Mapping[str, str]) -> str:
    """Replace each `%NAME%` in *text* by that setting, as the host does in triggers.

    Raises SettingsError for a setting that is not there, and for a lone percent sign.
    """
    missing = [name for name in _REFERENCE.findall(text) if name not in settings]
    if missing:
        raise SettingsError([f"the setting {name} is missing" for name in missing])
    if "%" in _REFERENCE.sub("", text):
        raise SettingsError([f"{text!r} has a percent sign without its closing one"])
    return _REFERENCE.sub(lambda match: settings[match[1]], text)


def _read(file: Path) -> _LocalSettings:
    try:
        local = msgspec.json.decode(file.read_bytes(), type=_LocalSettings)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{file.name} cannot be read: {error}"]) from error
    if local.encrypted:
        raise SettingsError([f"{file.name} is encrypted (func settings decrypt)"])
    return local
