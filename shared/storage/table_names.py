"""Which tables are ours, and whose rows stand in the one of all records."""

from __future__ import annotations

import re
from typing import Final

STATE: Final = "state"
"""The table of all records; the name of theirs begins each partition key."""

OURS: Final = re.compile(
    r"state|(?:links|mentions)[a-z0-9]+|(?:changes|deliveries)[0-9]{8}|audit[0-9]{6}"
)
"""The account may hold tables of the Functions host as well."""


def records_of(table: str, partition: str) -> str:
    """Return the name of the records that a row is one of; empty: of none."""
    return partition.partition(".")[0] if table == STATE else ""
