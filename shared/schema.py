"""The form in which everything is kept: its version, and how it becomes the next one.

An app also reads the form before its own, so it works while the timer brings the storage up to
date. A form that it does not know it refuses: who goes back to an older app is told so before
anything is misread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared import __version__
from shared.errors import ChangedError, NewerSchemaError
from shared.model import IntegrationId
from shared.progress import Schema
from shared.scheduling.leases import take
from shared.services import ONE_GROUP, Services
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.interfaces.storage import Record

_KEY: Final = "schema"
"""What the record and the lease are called."""
_BEFORE_VERSIONS: Final = 1
"""The form of installations that are older than the record."""
_log = log_of(__name__)


class Step(Struct, frozen=True):
    """Brings what is kept to the next version."""

    text: str
    """What it does, for operators: "spreads links over 16 partitions"."""
    run: Callable[[Services, Callable[[], None]], None]
    """Takes the services, and what to call before each write: LeaseLostError means that another
    worker goes on. It may be stopped anywhere and is then begun again, so it must bear that."""


STEPS: Final[tuple[Step, ...]] = ()
"""The first leads from version 1 to 2. None is ever taken out: their number is the version."""


def check_schema(services: Services, *, steps: Sequence[Step] = STEPS) -> int:
    """Return the version of what is kept; NewerSchemaError when this app may not know it.

    A new installation is noted to be of the version of this app.
    """
    kept = _record(services, steps).value
    latest = _latest(steps)
    if kept.towards > latest:
        raise NewerSchemaError(
            f"What is kept has schema {kept.towards}, made by Devlinks {kept.by}. This is Devlinks "
            f"{__version__}, which knows none above {latest}."
        )
    return kept.version


def upgrade(services: Services, *, steps: Sequence[Step] = STEPS) -> list[str]:
    """Take each step that is due, one after another, and return what they did.

    Nothing is due when the version is that of this app, or while another worker is at it.
    NewerSchemaError; ChangedError and LeaseLostError when another worker has taken over.
    """
    if check_schema(services, steps=steps) == _latest(steps):
        return []
    lease = take(services, IntegrationId(ONE_GROUP), _KEY)
    if lease is None:
        return []
    with lease:
        return list(_take_steps(services, steps, lease.check))


def _take_steps(
    services: Services, steps: Sequence[Step], check: Callable[[], None]
) -> Iterator[str]:
    record = _record(services, steps)
    for version in range(record.value.version + 1, _latest(steps) + 1):
        step = steps[version - _BEFORE_VERSIONS - 1]
        # First of all, so that from the first changed row on no older app starts.
        begun = Schema(version - 1, version, __version__, services.clock())
        record = services.schema.replace(record, begun)
        step.run(services, check)
        check()
        done = Schema(version, version, __version__, services.clock())
        record = services.schema.replace(record, done)
        _log.info("schema_upgraded version=%d", version)
        yield step.text


def _record(services: Services, steps: Sequence[Step]) -> Record[Schema]:
    found = services.schema.get(ONE_GROUP, _KEY)
    if found is not None:
        return found
    is_new = not services.trackers.list(ONE_GROUP, limit=1)
    version = _latest(steps) if is_new else _BEFORE_VERSIONS
    try:
        schema = Schema(version, version, __version__, services.clock())
        return services.schema.insert(ONE_GROUP, _KEY, schema)
    except ChangedError:
        return _record(services, steps)  # another worker was first


def _latest(steps: Sequence[Step]) -> int:
    return _BEFORE_VERSIONS + len(steps)
