"""Install Azurite once, in exactly the locked versions and without running their scripts."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from devhost import npm
from devhost.errors import AzuriteNotInstalledError

if TYPE_CHECKING:
    from devhost.node import Node

_LOCKED = Path(__file__).resolve().parent / "azurite"
TOOLS = npm.TOOLS / "azurite"
_logger = logging.getLogger("devhost.azurite")


def installed_azurite(node: Node, *, tools: Path = TOOLS) -> Path:
    """Return the script to start, after installing it below *tools* if it is not there.

    Raises AzuriteNotInstalledError.
    """
    place = npm.place_of(_LOCKED, tools=tools)
    if not place.exists():
        version = json.loads((_LOCKED / "package.json").read_bytes())["dependencies"]["azurite"]
        _logger.info(
            "Downloading Azurite %s, the storage emulator, with npm, about 65 MB, once.", version
        )
        try:
            npm.install(node, locked=_LOCKED, place=place)
        except npm.NpmFailedError as error:
            raise AzuriteNotInstalledError(f"npm could not install Azurite: {error}.") from error
    return place / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
