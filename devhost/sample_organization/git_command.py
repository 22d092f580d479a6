"""Run git on a bare repository, untouched by the user's own configuration."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SETTINGS = {
    "http.receivepack": "true",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    # Objects that no ref reaches stay readable, as on the service, until they are pruned.
    "gc.auto": "0",
    "receive.autogc": "false",
    "receive.denyDeleteCurrent": "ignore",
    "receive.denyCurrentBranch": "ignore",
    "transfer.hideRefs": "refs/internal",
    "core.hooksPath": os.devnull,
    "safe.directory": "*",
}
_TIMEOUT = 120.0
"""Seconds; a clone of a big repository is the longest that anything here takes."""


class GitFailedError(Exception):
    """Git ended with an error; the text is what it said."""


def git_environment() -> dict[str, str]:
    """Return the environment of a git process: the settings above, and nobody else's."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
    }
    for number, (name, value) in enumerate(_SETTINGS.items()):
        environment[f"GIT_CONFIG_KEY_{number}"] = name
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


def run_git(*arguments: str, folder: Path | None = None, given: bytes = b"") -> bytes:
    """Return what `git ARGUMENTS` prints, run in *folder*; GitFailedError when it fails."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        input=given,
        env=git_environment(),
        capture_output=True,
        check=False,
        timeout=_TIMEOUT,
    )
    if done.returncode:
        raise GitFailedError(done.stderr.decode(errors="replace").strip() or "git failed")
    return done.stdout
