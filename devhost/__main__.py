"""Run the function app of the current directory: `python -m devhost [--port 7071]`."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import azure.functions as func

from devhost import logs
from devhost.azurite import Azurite
from devhost.errors import AppInvalidError, DevhostError
from devhost.functions import HttpTrigger
from devhost.host import Host
from devhost.host_json import read_host_json
from devhost.http_server import open_sockets
from devhost.settings import names_storage, read_settings
from devhost.storage import HOST_STORAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType


def main(argv: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM and return 0, or an error's own exit status."""
    arguments = _parser().parse_args(argv)
    logs.configure()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with ExitStack() as running:
            _start(running, folder=Path.cwd(), port=arguments.port)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except DevhostError as error:
        print(f"devhost: {error.line()}", file=sys.stderr)
        return error.exit_status
    raise AssertionError("the wait does not end by itself")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devhost", description=__doc__)
    parser.add_argument(
        "--port", type=_port, default=7071, help="what to listen on, 0 for any free one (7071)"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 — what a port is
        raise ValueError(text)
    return port


def _start(running: ExitStack, *, folder: Path, port: int) -> Host:
    """Start what is needed; *running* stops it, in the opposite order."""
    _check_port(port)
    settings = read_settings(folder, os.environ)
    host_json = read_host_json(folder / "host.json")
    if not names_storage(settings):
        settings[HOST_STORAGE] = running.enter_context(Azurite.start()).connection_string
    os.environ.update(settings)
    host = Host(load_app(folder), settings=settings, host_json=host_json, port=port)
    running.enter_context(host)
    print(f"Functions  {host.api}")
    print(f"Admin      {host.url}/admin/functions")
    if any(
        isinstance(it.trigger, HttpTrigger) and it.trigger.auth_level != "anonymous"
        for it in host.functions
    ):
        print(f"Key        {host.keys.master}")
    sys.stdout.flush()
    return host


def _check_port(port: int) -> None:
    # Before anything slow: the host itself listens last.
    for opened in open_sockets(port):
        opened.close()


def load_app(folder: Path) -> func.FunctionRegister:
    """Import function_app.py of *folder* and return its app; raises AppInvalidError."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module("function_app")
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise AppInvalidError([f"function_app.py cannot be imported: {reason}"]) from error
    apps = [it for it in vars(module).values() if isinstance(it, func.FunctionRegister)]
    if len(apps) != 1:
        raise AppInvalidError([f"function_app.py defines {len(apps)} apps in place of one"])
    return apps[0]


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
