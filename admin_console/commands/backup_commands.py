"""What operators do with a whole installation from a shell: back it up, restore it elsewhere."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from admin_console.commands.parsing import Command, argument
from admin_console.commands.shell import plain
from shared.access.auditing import OPERATOR, audit
from shared.errors import BadRequestError, ConflictError
from shared.transfer.backing_up import back_up, carry_on
from shared.transfer.backup_lines import Ending, read, written
from shared.transfer.restoring import restore

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from shared.services import Services
    from shared.transfer.backup_lines import Line

_TOLD_EVERY: Final = 100_000
_OWNER_ONLY: Final = 0o600


def back_up_installation(services: Services, arguments: argparse.Namespace) -> None:
    """Write everything but secrets to a file, as JSON Lines; one that broke off is carried on."""
    with _opened(arguments.file, "r+b", creates=True) as file:
        count, last = _whole_lines(file)
        if isinstance(last, Ending):
            raise ConflictError(f"{arguments.file} is a whole backup.", next_step="Name another.")
        lines = back_up(services) if last is None else carry_on(services, lines=count, after=last)
        if count:
            print(f"carrying on after {count:,} lines")
        for line in lines:
            file.write(written(line))
            count += 1
            if count % _TOLD_EVERY == 0:
                print(f"{count:,} lines")
    audit(services, "configuration_exported", by=OPERATOR, detail=f"backup, {count} lines")
    print(f"{count:,} lines are written: {arguments.file}")


def restore_installation(services: Services, arguments: argparse.Namespace) -> None:
    """Bring a backup into an installation with nothing in it; one that broke off is carried on."""
    with _opened(arguments.file, "rb") as file:
        if not isinstance(_whole_lines(file)[1], Ending):
            raise BadRequestError(
                f"{arguments.file} was cut off.", fields={"file": "back up into it again"}
            )
        file.seek(0)
        restored = restore(services, map(read, file), by=OPERATOR)
    print(f"{restored.rows:,} rows are restored")
    for name in restored.integrations:
        print(f"{plain(name)} waits: no secret comes with a backup, reconnect it")


@contextmanager
def _opened(name: str, mode: str, *, creates: bool = False) -> Iterator[IO[bytes]]:
    """Open a file, which nobody else may read when it is made: titles and addresses are in it."""
    flags = os.O_RDWR | os.O_CREAT if creates else os.O_RDONLY
    try:
        descriptor = os.open(Path(name), flags, _OWNER_ONLY)
    except OSError as error:
        fields = {"file": error.strerror or "it cannot be opened"}
        raise BadRequestError(f"{name} cannot be opened.", fields=fields) from error
    with os.fdopen(descriptor, mode) as file:
        yield file


def _whole_lines(file: IO[bytes]) -> tuple[int, Line | None]:
    """Return how many lines there are and the last, and cut off what follows it."""
    count, end, last = 0, 0, b""
    for text in file:
        if not text.endswith(b"\n"):
            break
        count, end, last = count + 1, end + len(text), text
    file.seek(end)
    if file.writable():
        file.truncate()
    return count, read(last) if count else None


COMMANDS: Final = (
    Command("backup", back_up_installation, (argument("file", help="made, or carried on"),)),
    Command("restore", restore_installation, (argument("file", help="what `backup` wrote"),)),
)
