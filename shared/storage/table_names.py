"""Which tables are ours, and whose rows stand in the one of all records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from shared.errors import BadRequestError

if TYPE_CHECKING:
    from shared.interfaces.archive import KeptRow

STATE: Final = "state"
"""The table of all records; the name of theirs begins each partition key."""

OURS: Final = re.compile(
    r"state|(?:links|mentions)[a-z0-9]+|(?:changes|deliveries)[0-9]{8}|audit[0-9]{6}"
)
"""The account may hold tables of the Functions host as well."""


def check(kept: KeptRow) -> None:
    """Return when a row belongs where it says; BadRequestError when it would stand elsewhere.

    What a backup says of a row is what it is let in by.
    """
    records = records_of(kept.table, kept.place.partition)
    if OURS.fullmatch(kept.table) is None or records != kept.records:
        raise BadRequestError(
            "A row is not of what it says.", fields={"row": f"{kept.table} {kept.place}"[:100]}
        )


def records_of(table: str, partition: str) -> str:
    """Return the name of the records that a row is one of; empty: of none."""
    return partition.partition(".")[0] if table == STATE else ""
