"""Install Azurite once, in exactly the locked versions and without running their scripts."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from devhost.errors import AzuriteNotInstalledError

if TYPE_CHECKING:
    from devhost.node import Node

_HERE = Path(__file__).resolve().parent
_LOCKED = _HERE / "azurite"
TOOLS = _HERE.parent / ".tools" / "azurite"
"""Git-ignored; removing it only means another download."""
_SECONDS = 600
_FLAGS = (
    "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
    # By default npm says after 70 seconds that there is no network.
    "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000",
)  # fmt: skip
_logger = logging.getLogger("devhost.azurite")


def installed_azurite(node: Node, *, tools: Path = TOOLS) -> Path:
    """Return the script to start, after installing it below *tools* if it is not there.

    Raises AzuriteNotInstalledError.
    """
    lock = (_LOCKED / "package-lock.json").read_bytes()
    folder = tools / hashlib.sha256(lock).hexdigest()[:12]
    if not folder.exists():
        version = json.loads((_LOCKED / "package.json").read_bytes())["dependencies"]["azurite"]
        _logger.info(
            "Downloading Azurite %s, the storage emulator, with npm, about 65 MB, once.", version
        )
        _install(node, folder)
    return folder / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"


def _install(node: Node, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the final place, and renamed when complete: whoever is interrupted leaves nothing
    # half done, and of two at the same time the second finds the first one's.
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as work:
        place = Path(work) / "new"
        place.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_LOCKED / name, place)
        _run_npm(node, place)
        try:
            place.rename(folder)
        except OSError:
            if not folder.exists():
                raise


def _run_npm(node: Node, place: Path) -> None:
    command = [*node.npm, "ci", *_FLAGS]
    # npm starts further scripts by the name of node.
    path = os.pathsep.join((str(Path(node.node).parent), os.environ.get("PATH", "")))
    try:
        done = subprocess.run(
            command,
            cwd=place,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AzuriteNotInstalledError(f"npm could not install Azurite: {error}.") from error
    if done.returncode != 0:
        reason = next(
            (line for line in done.stderr.splitlines() if line.strip()), "no reason given"
        )
        raise AzuriteNotInstalledError(f"npm could not install Azurite: {reason}.")
