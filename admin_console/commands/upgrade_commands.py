"""Bringing what is kept up to date with the app, from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.commands.parsing import Command
from shared.schema import check_schema, upgrade

if TYPE_CHECKING:
    import argparse

    from shared.services import Services


def upgrade_storage(services: Services, arguments: argparse.Namespace) -> None:
    """Bring what is kept to the form of this version, as the timer does by itself; print how."""
    del arguments
    before = check_schema(services)
    for done in upgrade(services):
        print(done)
    after = check_schema(services)
    print(f"schema {after}" if after == before else f"schema {before} is now {after}")


COMMANDS: Final = (Command("upgrade", upgrade_storage),)
