"""Everything that is kept, row by row, to be taken from one storage to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence


class Place(Struct, frozen=True):
    """Where a row stands. The empty one is before all rows."""

    partition: str = ""
    row: str = ""


class KeptRow(Struct, frozen=True):
    """A row as it is kept."""

    table: str
    place: Place
    properties: dict[str, object]
    """All but where it stands, with what the service says of their types."""
    records: str = ""
    """The name of the records that it is one of, as `Storage.records` has it; empty: of none."""


class Archive(Protocol):
    """The rows of all tables of an installation."""

    def tables(self) -> list[str]:
        """Return the tables there are, in order of name; none of anybody else's."""

    def page(self, table: str, *, after: Place) -> list[KeptRow]:
        """Return up to a thousand rows behind a place, in order; none means the end."""

    def put(self, rows: Sequence[KeptRow]) -> None:
        """Keep rows as they are, whatever stands in their places.

        BadRequestError when one says that it is of other records than its place does.
        """
