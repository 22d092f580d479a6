"""Run Devlinks on this machine: `python -m devhost [--port 7071] [--sample]`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from devhost import logs
from devhost.errors import DevhostError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

_logger = logging.getLogger("devhost")


def main(argv: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM and return 0, or an error's own exit status."""
    return run(_parser().parse_args(argv), start)


def run(
    arguments: argparse.Namespace,
    begin: Callable[[ExitStack, argparse.Namespace], None],
    *,
    level: int = logging.INFO,
) -> int:
    """Begin, wait for Ctrl-C or another signal to end, stop all; return the exit status."""
    logs.configure(level)
    _stop_for_signals()
    try:
        with ExitStack() as running:
            begin(running, arguments)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except DevhostError as error:
        print(f"devhost: {error.code}: {error.line()}", file=sys.stderr)
        return error.exit_status
    raise AssertionError("the wait does not end by itself")


def start(running: ExitStack, arguments: argparse.Namespace) -> None:
    """Start an installation as the command line says, and print where everything is."""
    # Here and not above: what they import takes a second, and `--help` should not.
    from devhost.connecting import connect_sample, console_link, new_token  # noqa: PLC0415
    from devhost.installation import start as start_installation  # noqa: PLC0415
    from devhost.installation import tell_others  # noqa: PLC0415

    folder = Path.cwd()
    installation = start_installation(
        running,
        folder=folder,
        port=arguments.port,
        sample=arguments.sample or bool(arguments.repository),
        repositories=arguments.repository,
    )
    sample = installation.sample
    if sample is not None and not arguments.no_connect:
        _logger.info("Connecting and indexing the sample organization.")
        connect_sample(installation, token=new_token("admin", name="Development host"))
    tell_others(running, installation, folder=folder)
    print(f"Functions  {installation.host.api}")
    print(f"Console    {console_link(installation)}")
    print(f"Admin      {installation.host.url}/admin/functions")
    print(f"Storage    {installation.addresses.storage.partition('AccountKey=')[0]}…")
    if sample is not None:
        print(f"Sample     {sample.url}")
        print(f"Its token  {sample.token}")
    sys.stdout.flush()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every way of starting takes."""
    parser.add_argument(
        "--port", type=_port, default=7071, help="what to listen on, 0 for any free one (7071)"
    )
    parser.add_argument(
        "--repository",
        type=_clone,
        action="append",
        default=[],
        metavar="PATH",
        help="a clone of yours to show in place of the sample's stories; can be repeated",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devhost", description=__doc__)
    add_arguments(parser)
    parser.add_argument(
        "--sample", action="store_true", help="serve a sample organization, connected and indexed"
    )
    parser.add_argument(
        "--no-connect", action="store_true", help="do not connect the sample organization"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 — what a port is
        raise ValueError(text)
    return port


def _clone(text: str) -> Path:
    path = Path(text).expanduser()
    # A bare repository has no folder `.git`, and a work tree has a file of that name.
    if not (path / ".git").exists() and not (path / "HEAD").is_file():
        raise argparse.ArgumentTypeError(f"{text} is no git repository")
    return path


def _stop_for_signals() -> None:
    """Have SIGTERM, and SIGHUP of a terminal that is closed, do what Ctrl-C does."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        # Whoever started us with nohup wants us to go on.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
