"""A world in which the git host, the storage and the worker fail when a test says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devhost.sample_organization.faults import Where
from shared.errors import StorageUnavailableError
from shared.issue_keys import Evidence, parse_issue_key
from shared.links import KINDS
from shared.scheduling.ticking import tick
from tests.world import Killed, World

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization

KEYS: Final = [f"PAY-{number}" for number in range(1, 40)]
FAULTS: Final = (
    "throttle",
    "throttle_bare",
    "outage",
    "html",
    "cut",
    "signed_out",
    "git",
    "refs",
)
"""What `order_fault` can order."""
_GIT: Final = Where("git-upload-pack")
_REFS: Final = Where("refs")


class Row(NamedTuple):
    """What an issue shows of a link. Lists do not tell what is a merge, so that is left out."""

    kind: str
    id: str
    title: str
    status: str | None
    is_orphaned: bool
    evidence: tuple[Evidence, ...]


class Disturbed:
    """A world whose writes of links and mentions can fail."""

    def __init__(self, sample: SampleOrganization) -> None:
        self.world = World(sample)
        self._left: int | None = None
        self._kills = False
        rows = self.world.storage.tables
        rows.write = self._failing(rows.write)  # type: ignore[method-assign]

    def fail_write(self, after: int, *, kills: bool) -> None:
        """Have a write fail after some more, or the worker die of it."""
        self._left, self._kills = after, kills

    def calm_down(self) -> None:
        """Have no write fail any more."""
        self._left = None

    def let_time_pass(self, *, hours: int) -> None:
        """Let the timer run for some hours, and whatever it asks for be done."""
        for _ in range(hours * 2):
            self.world.clock.pass_by(minutes=30)
            tick(self.world.services, now=self.world.clock())
            self.world.persist()

    def _failing(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def failing(*arguments: Any) -> Any:
            if self._left is not None:
                self._left -= 1
                if self._left < 0:
                    self._left = None
                    if self._kills:
                        raise Killed
                    raise StorageUnavailableError("The storage account did not answer.")
            return write(*arguments)

        return failing


def order_fault(sample: SampleOrganization, name: str, chance: random.Random) -> None:
    """Have some of the next calls to the git host fail in one way."""
    faults, times, after = sample.faults, chance.randint(1, 4), chance.randint(0, 6)
    orders: dict[str, Callable[[], None]] = {
        "throttle": lambda: faults.throttle(retry_after=120, after=after),
        "throttle_bare": lambda: faults.throttle(retry_after=None, after=after),
        "outage": lambda: faults.outage(times=times),
        "html": lambda: faults.html(times=times),
        "cut": lambda: faults.cut_json(times=times, after=after),
        "signed_out": lambda: faults.refuse(
            401, "UnauthorizedRequestException", "TF400813: Not authorized.", times=1
        ),
        "git": lambda: faults.outage(times=times, where=_GIT),
        "refs": lambda: faults.outage(times=times, where=_REFS),
    }
    orders[name]()


def links(world: World) -> dict[str, list[Row]]:
    """Return what each issue shows."""
    stored = world.storage.links(world.tracker)
    return {
        key: [
            Row(i.kind, i.id, i.title, i.status, "orphaned" in i.flags, s.link.evidence)
            for s in stored.read(parse_issue_key(key), kinds=KINDS, after="", limit=500)
            for i in [s.link.item]
        ]
        for key in KEYS
    }


def links_in_force(world: World) -> dict[str, list[Row]]:
    """Return what each issue shows, less what no branch holds any more."""
    return {key: [row for row in rows if not row.is_orphaned] for key, rows in links(world).items()}
