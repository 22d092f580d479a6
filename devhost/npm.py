"""Install locked npm packages once, in exactly those versions and without their scripts."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devhost.node import Node

TOOLS = Path(__file__).resolve().parent.parent / ".tools"
"""Git-ignored; removing it only means another download."""
_SECONDS = 600
_FLAGS = (
    "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
    # By default npm says after 70 seconds that there is no network.
    "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000",
)  # fmt: skip


class NpmFailedError(Exception):
    """Npm could not fetch or unpack what it was asked for; the text is npm's reason."""


def place_of(locked: Path, *, tools: Path) -> Path:
    """Return the folder below *tools* for what the lock file in *locked* names, there or not."""
    lock = (locked / "package-lock.json").read_bytes()
    return tools / hashlib.sha256(lock).hexdigest()[:12]


def install(node: Node, *, locked: Path, place: Path) -> None:
    """Make *place* with the `node_modules` of the lock file; NpmFailedError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    # Beside the final place, and renamed when complete: whoever is interrupted leaves nothing
    # half done, and of two at the same time the second finds the first one's.
    with tempfile.TemporaryDirectory(dir=place.parent, ignore_cleanup_errors=True) as work:
        new = Path(work) / "new"
        new.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(locked / name, new)
        _run_npm(node, new)
        try:
            new.rename(place)
        except OSError:
            if not place.exists():
                raise


def _run_npm(node: Node, folder: Path) -> None:
    command = [*node.npm, "ci", *_FLAGS]
    # npm starts further scripts by the name of node.
    path = os.pathsep.join((str(Path(node.node).parent), os.environ.get("PATH", "")))
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NpmFailedError(str(error)) from error
    if done.returncode != 0:
        lines = (line for line in done.stderr.splitlines() if line.strip())
        raise NpmFailedError(next(lines, "no reason given"))
