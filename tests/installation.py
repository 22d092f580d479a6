"""An installation in a process of its own, as a person starts it, for tests from outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[1]
_SECONDS = 120.0


class SampleAddress(msgspec.Struct):
    url: str
    token: str


class Addresses(msgspec.Struct):
    """What `.devhost.json` tells."""

    api: str
    console: str
    storage: str
    key_ring: str
    sample_organization: SampleAddress | None


class Answer(msgspec.Struct):
    status: int
    body: Any
    headers: dict[str, str]


class RunningInstallation:
    """`python -m devhost` in a folder; a context manager that leaves no process behind."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        self.folder = folder
        for name in ("function_app.py", "host.json"):
            shutil.copy(ROOT / name, folder)
        kept = {key: it for key, it in os.environ.items() if not key.startswith("AzureWebJobs")}
        self.environment = {**kept, "PYTHONPATH": str(ROOT), **settings}
        self._log = (folder / "devhost.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "devhost", "--port", "0", *arguments],
            cwd=folder,
            env=self.environment,
            stdout=self._log,
            stderr=self._log,
        )
        self.addresses = self._wait_for_addresses()
        self.token = self.command(
            "token", "create", "--name", "Tests", "--scopes", "admin,links:read"
        ).stdout.strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return the exit status."""
        self.process.send_signal(how)
        try:
            return self.process.wait(timeout=60)
        finally:
            self.process.kill()
            self._log.close()

    def command(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m admin_console` in the same folder."""
        return subprocess.run(
            [sys.executable, "-m", "admin_console", *words],
            cwd=self.folder,
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a request below `/api/`, whatever its status."""
        request = urllib.request.Request(
            f"{self.addresses.api}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token if token is None else token}",
                **(headers or {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return _answer(response)
        except urllib.error.HTTPError as error:
            return _answer(error)

    def links(self, key: str) -> list[dict[str, Any]]:
        """Return the links of an issue, with `#` percent-encoded as in a browser."""
        answer = self.call("GET", f"links/{key.replace('#', '%23')}?limit=200")
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.body["links"]
        return found

    def log(self) -> str:
        """Return what it has logged."""
        return (self.folder / "devhost.log").read_text()

    def _wait_for_addresses(self) -> Addresses:
        file = self.folder / ".devhost.json"
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            if file.exists() and file.stat().st_size:
                return msgspec.json.decode(file.read_bytes(), type=Addresses)
            threading.Event().wait(0.05)
        self.process.kill()
        raise AssertionError(f"The installation did not start:\n{self.log()}")


def _answer(response: Any) -> Answer:
    text = response.read()
    headers = {name.lower(): value for name, value in response.headers.items()}
    kind = headers.get("content-type", "")
    body = json.loads(text) if text and "json" in kind else text.decode(errors="replace")
    return Answer(response.status, body, headers)
