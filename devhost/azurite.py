"""Run Azurite, the storage emulator, in memory and on free ports, for as long as we live.

`azurite/leash.js` ends it when our end of its standard input closes, which the kernel sees to
even if we are killed. `azurite/lookup.js` keeps it fast with many rows.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from devhost.azurite_install import TOOLS, installed_azurite
from devhost.errors import AzuriteNotStartedError
from devhost.node import find_node
from devhost.settings import emulator_connection_string

if TYPE_CHECKING:
    from typing import IO, Self

    from devhost.node import Node

_SCRIPTS = Path(__file__).resolve().parent / "azurite"
_REQUIRED = tuple(
    part for name in ("leash.js", "lookup.js") for part in ("--require", str(_SCRIPTS / name))
)
_LISTENS = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at \S+:(\d+)")
_SERVICES = 3
_SECONDS = 60.0
_FLAGS = (
    "--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--disableTelemetry",
    "--blobHost", "127.0.0.1", "--blobPort", "0",
    "--queueHost", "127.0.0.1", "--queuePort", "0",
    "--tableHost", "127.0.0.1", "--tablePort", "0",
)  # fmt: skip


class Azurite:
    """A running emulator; a context manager."""

    def __init__(self, node: Node, script: Path) -> None:
        self._process = subprocess.Popen(
            [node.node, *_REQUIRED, str(script), *_FLAGS],
            env={key: it for key, it in os.environ.items() if not key.startswith("AZURITE_")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C is for us: the emulator has to outlive the functions that still run.
            start_new_session=True,
        )
        self._ports: dict[str, int] = {}
        self._last_line = ""
        self._changed = threading.Condition()
        assert self._process.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name="azurite", daemon=True
        )
        self._reader.start()

    @classmethod
    def start(cls, *, tools: Path = TOOLS, path: str | None = None) -> Azurite:
        """Return an emulator whose three services answer; the first time it is downloaded.

        *path* is searched for Node.js in place of PATH. Raises NodeMissingError,
        AzuriteNotInstalledError or AzuriteNotStartedError.
        """
        node = find_node(path=path)
        azurite = cls(node, installed_azurite(node, tools=tools))
        try:
            azurite.wait()
        except BaseException:
            azurite.stop()
            raise
        return azurite

    @property
    def connection_string(self) -> str:
        """Return the value for AzureWebJobsStorage."""
        ports = self._ports
        return emulator_connection_string(
            blob=ports["Blob"], queue=ports["Queue"], table=ports["Table"]
        )

    @property
    def process_id(self) -> int:
        """Return the id of its process."""
        return self._process.pid

    def wait(self, *, seconds: float = _SECONDS) -> None:
        """Return once all services listen; raises AzuriteNotStartedError."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: len(self._ports) == _SERVICES or self._process.poll() is not None,
                timeout=seconds,
            )
        if len(self._ports) < _SERVICES:
            if done:  # it ended, and what it said may not have been read to the end
                self._reader.join(timeout=5)
            what = "ended" if done else f"did not listen within {seconds:.0f} seconds"
            said = f" and said: {self._last_line}" if self._last_line else ""
            raise AzuriteNotStartedError(f"Azurite {what}{said}.")

    def stop(self) -> None:
        """End it and wait until it is gone; may be called again."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _read(self, output: IO[str]) -> None:
        # To the end, so that a talkative emulator never waits for us.
        with output:
            for line in output:
                match = _LISTENS.search(line)
                with self._changed:
                    if match:
                        self._ports[match[1]] = int(match[2])
                    elif line.strip():
                        self._last_line = line.strip()
                    self._changed.notify_all()
        self._note_end()

    def _note_end(self) -> None:
        # The output ends a moment before the process does.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        with self._changed:
            self._changed.notify_all()
