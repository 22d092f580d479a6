"""Writes log lines of one form, which people can read and KQL can take apart.

A line says in the past tense what happened, then with what: `job_ended queue=hooks outcome=done`.
Its last field is the operation. docs/telemetry.md lists every name; a test compares.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from shared.telemetry import measures
from shared.telemetry.operations import current_id

NOTHING: Final = "-"
_MOST: Final = 400
_PLAIN: Final = re.compile(r"[!#-<>-~]+")
_UNSHOWN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\"]+")
_FIELD: Final = re.compile(r" ([a-z_]+)=%(?:[sd]|\.\d+f)")
_OF_EVERY_REQUEST: Final = (
    "azure.core",
    "azure.data",
    "azure.identity",
    "azure.keyvault",
    "azure.storage",
)

for _name in _OF_EVERY_REQUEST:
    # At INFO they write several lines for each request, which all would be paid for.
    logging.getLogger(_name).setLevel(logging.WARNING)


class Log(logging.LoggerAdapter[logging.Logger]):
    """A module's log: values are made to fit their fields, and the operation is added.

    The message of a line is its name with ` field=%s`, `%d` or `%.3f` for each of its values.
    """

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Write a line, and count what it measures, though its level may be switched off."""
        if measures.is_wanted():
            name, fields = _parts(str(msg))
            measures.record(name, dict(zip(fields, args, strict=True)))
        if self.isEnabledFor(level):
            operation = current_id()
            line = f"{msg} operation={operation}" if operation else msg
            # The second level up is whoever wrote the line.
            self.logger.log(level, line, *map(_fitting, args), stacklevel=2, **kwargs)


def log_of(module: str) -> Log:
    """Return the log of a module."""
    return Log(logging.getLogger(module), None)


def _fitting(value: object) -> object:
    """Return a value as its field shows it: in quotes unless it is one plain word."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = NOTHING if value is None or value == "" else str(value)[:_MOST]
    return text if _PLAIN.fullmatch(text) else f'"{_UNSHOWN.sub(" ", text)}"'


@lru_cache(maxsize=256)
def _parts(message: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of a line, and the names of its fields."""
    return message.partition(" ")[0], tuple(_FIELD.findall(message))
