"""Whether an installation can work, from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.commands.parsing import Command
from admin_console.health import readiness_of

if TYPE_CHECKING:
    import argparse

    from shared.services import Services

_NOT_READY: Final = 1


def check_health(services: Services, arguments: argparse.Namespace) -> int:
    """Print by part whether it answers, and why not; return the exit status, 0 when all do."""
    del arguments
    ready = readiness_of(services)
    print(
        f"storage {ready.storage}, queue {ready.queue}, keys {ready.keys}, "
        f"git hosts {ready.git_hosts}"
    )
    for trouble in ready.troubles:
        whose = f" ({trouble.integration})" if trouble.integration else ""
        print(f"{trouble.part}{whose}: {trouble.text} {trouble.next_step}".rstrip())
    return 0 if ready.status == "ok" else _NOT_READY


COMMANDS: Final = (Command("health", check_health),)
