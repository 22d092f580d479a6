"""What operators do with the configuration as a whole from a shell: take it out, bring it in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from admin_console.commands.parsing import Command, argument
from admin_console.commands.shell import plain
from admin_console.transfer import read_document
from shared.access.auditing import OPERATOR, audit
from shared.errors import BadRequestError
from shared.transfer.documents import written
from shared.transfer.exporting import export
from shared.transfer.importing import carry_out, counted, preview
from shared.transfer.planning import plan

if TYPE_CHECKING:
    import argparse

    from shared.services import Services
    from shared.transfer.importing import Outcome

_STANDARD_INPUT: Final = "-"
_FAILED: Final = 1


def export_configuration(services: Services, arguments: argparse.Namespace) -> None:
    """Print trackers and integrations as one JSON document, without anything secret."""
    del arguments
    document = export(services)
    audit(services, "configuration_exported", by=OPERATOR)
    print(written(document).decode(), end="")


def import_configuration(services: Services, arguments: argparse.Namespace) -> int | None:
    """Bring an exported document in, once all of it was found to be right.

    With --check only what would be done is told. The exit status is 1 when something was refused.
    """
    planned = plan(services, read_document(_content(arguments.file)))
    if arguments.check:
        _tell(preview(planned))
        return None
    outcome = carry_out(services, planned, by=OPERATOR)
    _tell(outcome)
    return _FAILED if outcome.refused else None


def _content(file: str) -> bytes:
    if file == _STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        fields = {"file": error.strerror or "it cannot be read"}
        raise BadRequestError(f"{file} cannot be read.", fields=fields) from error


def _tell(outcome: Outcome) -> None:
    for said, things in (
        ("made", outcome.made),
        ("changed", outcome.changed),
        ("unchanged", outcome.unchanged),
    ):
        for thing in things:
            print(f"{said:<9}  {thing.kind:<11}  {thing.id or '-':<32}  {plain(thing.name)}")
            if thing.next_step:
                print(f"           {thing.next_step}")
    for refused in outcome.refused:
        print(f"refused    {refused.kind:<11}  {refused.id:<32}  {plain(refused.name)}")
        print(f"           {refused.code}: {plain(refused.text)}")
    print(counted(outcome))


COMMANDS: Final = (
    Command("export", export_configuration),
    Command("import", import_configuration, (
        argument("file", nargs="?", default=_STANDARD_INPUT, help="the standard input if left out"),
        argument("--check", action="store_true", help="change nothing"),
    )),
)  # fmt: skip
