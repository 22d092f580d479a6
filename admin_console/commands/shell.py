"""How commands read what operators type, and write what others wrote."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime

import msgspec

from shared.errors import BadRequestError


def typed(what: str) -> str:
    """Return a secret, which nobody else sees: a command line is shown to every process.

    It is asked for, or read from the first line of the standard input.
    """
    if sys.stdin.isatty():
        return getpass.getpass(f"{what}: ")
    return sys.stdin.readline().rstrip("\r\n")


def plain(text: str) -> str:
    """Return what somebody else wrote without what a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


def moment(text: str | None, name: str) -> datetime | None:
    """Return a time as an operator writes it, in UTC where no zone is given; None for no text.

    BadRequestError names the argument.
    """
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        fields = {name: "not a time like 2026-11-21T09:00:00Z"}
        raise BadRequestError("The time cannot be read.", fields=fields) from error
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def as_json(value: object) -> str:
    """Return a value as JSON that people can read, in ASCII."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return "".join(c if c.isascii() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
