"""Brings a backup into an empty installation.

How far it came is kept where the rows are, so that whoever begins again with the same file carries
on there. Each integration waits for its secret; what was indexed is shown before that.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.access.auditing import audit
from shared.configuration import DEFAULT_TRACKER
from shared.errors import BadRequestError, ConflictError
from shared.integrations.connections import keep_webhook
from shared.schema import check_schema
from shared.services import ONE_GROUP
from shared.transfer.backup_lines import VERSION, Ending, Opening, Reconnected, Row, is_taken
from shared.transfer.importing import waiting_connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shared.audit_entries import Actor
    from shared.configuration import Integration
    from shared.interfaces.storage import Records
    from shared.services import Services
    from shared.transfer.backup_lines import Line

_AT_ONCE: Final = 5_000
"""Lines between two notes of how far it came, and in memory at most."""


class Restoration(Struct, frozen=True):
    """How far a backup was brought in; it is kept by the id of the backup."""

    lines: int
    is_done: bool = False


class Restored(Struct, frozen=True):
    """What was brought in."""

    rows: int
    integrations: tuple[str, ...]
    """The names of those that wait for their secrets."""


def restore(services: Services, lines: Iterable[Line], *, by: Actor) -> Restored:
    """Bring a backup in, from where it stopped the last time, and note it.

    Rows of an older schema are brought up to date by the timer. ConflictError where there is
    something already that is not of this backup; BadRequestError when it was cut off, or this app
    cannot read it.
    """
    remaining = iter(lines)
    opening = _opening(services, next(remaining, None))
    progress = services.storage.records("restorations", Restoration)
    done = _begun(services, opening, progress)
    rows, names, is_whole = 0, list[str](), False
    count = 1
    for part in _parts(remaining):
        count += len(part)
        is_whole = isinstance(part[-1], Ending)
        if count <= done.lines:
            continue
        rows += _put_rows(services, part)
        names += _reconnect(services, part)
        progress.put(ONE_GROUP, opening.id, Restoration(count, is_whole))
    if not is_whole:
        raise BadRequestError("The backup was cut off.", fields={"file": "it has no ending"})
    audit(services, "configuration_imported", by=by, detail=f"backup {opening.id}, {rows} rows")
    return Restored(rows, tuple(names))


def _opening(services: Services, line: Line | None) -> Opening:
    if not isinstance(line, Opening) or line.version != VERSION:
        raise BadRequestError(
            "The file is no backup that this app can read.",
            fields={"file": f"its first line does not say that it is of version {VERSION}"},
        )
    known = check_schema(services)
    if line.schema > known:
        raise BadRequestError(
            "The backup is of a newer Devlinks.",
            fields={"file": f"it has schema {line.schema}, and this app knows none above {known}"},
        )
    return line


def _begun(services: Services, opening: Opening, progress: Records[Restoration]) -> Restoration:
    """Return how far this backup came the last time."""
    known = progress.get(ONE_GROUP, opening.id)
    if known is not None:
        return known.value
    trackers = {record.key for record in services.trackers.list(ONE_GROUP)}
    is_used = services.integrations.list(ONE_GROUP, limit=1) or trackers - {DEFAULT_TRACKER}
    if is_used or progress.list(ONE_GROUP, limit=1):
        raise ConflictError(
            "This installation is in use.",
            next_step="Restore into one with a storage account of its own, and nothing in it.",
        )
    begun = Restoration(0)
    progress.insert(ONE_GROUP, opening.id, begun)
    return begun


def _parts(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while part := list(islice(lines, _AT_ONCE)):
        yield part


def _put_rows(services: Services, part: Iterable[Line]) -> int:
    rows = [line.of for line in part if isinstance(line, Row) and is_taken(line.of)]
    services.storage.archive.put(rows)
    return len(rows)


def _reconnect(services: Services, part: Iterable[Line]) -> Iterator[str]:
    """Yield the name of each integration that waits for its secret."""
    for line in part:
        if not isinstance(line, Reconnected):
            continue
        record = services.integrations.get(ONE_GROUP, line.id)
        if record is None:
            continue
        connection = waiting_connection(services, line.connection)
        services.connections.put(ONE_GROUP, line.id, connection)
        _make_webhook(services, record.value, version=line.webhook_version + 1)
        if connection.refused_since is not None and not record.value.is_removed:
            yield record.value.name


def _make_webhook(services: Services, integration: Integration, *, version: int) -> None:
    """Keep a webhook with a new password.

    The service hooks that there are send an older one, until they are moved as after a rotation.
    """
    keep_webhook(services, integration)
    webhook = services.webhooks.get(ONE_GROUP, integration.webhook_id)
    assert webhook is not None, "it was just kept"
    is_moved = integration.hooks_only
    known = replace(webhook.value, version=version, rotated_at=services.clock(), is_moved=is_moved)
    services.webhooks.replace(webhook, known)
