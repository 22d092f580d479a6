"""Takes everything out of an installation but its secrets, a page at a time.

An installation may go on working meanwhile. Records are read before mentions and these before
links: of what is written meanwhile a cursor or a mention is never there without its links, so that
at worst something is indexed again after it was restored.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from shared.configuration import Connection
from shared.interfaces.archive import Place
from shared.schema import check_schema
from shared.services import ONE_GROUP
from shared.transfer.backup_lines import Ending, Line, Opening, Reconnected, Row, is_taken
from shared.transfer.documents import ConnectionDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.configuration import Integration
    from shared.interfaces.archive import KeptRow
    from shared.services import Services

_ORDER: Final = ("state", "mentions", "links")
"""How the names of tables begin; the others come last."""


def back_up(services: Services) -> Iterator[Line]:
    """Yield the lines of a backup, from its opening to its ending."""
    yield Opening(uuid.uuid4().hex, services.clock(), check_schema(services))
    yield from carry_on(services, lines=1, after=None)


def carry_on(services: Services, *, lines: int, after: Line | None) -> Iterator[Line]:
    """Yield what is missing of a backup that has *lines* lines already, the last one *after*.

    One that broke off among the integrations gets them again, which does no harm.
    """
    count = lines
    if not isinstance(after, Reconnected):
        last = after.of if isinstance(after, Row) else None
        for row in _rows(services, after=last):
            count += 1
            yield Row(row)
    for record in services.integrations.list(ONE_GROUP):
        count += 1
        yield _reconnected(services, record.value)
    yield Ending(count)


def _rows(services: Services, *, after: KeptRow | None) -> Iterator[KeptRow]:
    archive = services.storage.archive
    tables = sorted(archive.tables(), key=_rank)
    if after is not None:
        tables = [name for name in tables if _rank(name) >= _rank(after.table)]
    for table in tables:
        place = after.place if after is not None and after.table == table else Place()
        while page := archive.page(table, after=place):
            yield from filter(is_taken, page)
            place = page[-1].place


def _rank(table: str) -> tuple[int, str]:
    found = [n for n, name in enumerate(_ORDER) if table.startswith(name)]
    return (found[0] if found else len(_ORDER)), table


def _reconnected(services: Services, integration: Integration) -> Reconnected:
    connection = services.connections.get(ONE_GROUP, integration.id)
    kept = connection.value if connection is not None else Connection("none")
    shown = {name: getattr(kept, name) for name in ConnectionDocument.__struct_fields__}
    webhook = services.webhooks.get(ONE_GROUP, integration.webhook_id)
    version = webhook.value.version if webhook is not None else 0
    return Reconnected(integration.id, ConnectionDocument(**shown), version)
