"""What the timer should look at, and when.

The index of what is due is a list of hints in order of time, so that a tick costs as much as is
due, not as much as there is. Cursors tell the truth: a hint that comes too early is put off.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.interfaces.storage import Record
    from shared.messages import Due
    from shared.services import Services

MOST_AT_A_TICK: Final = 500

TRIED_AGAIN_AFTER: Final = timedelta(minutes=15)
"""A job that was enqueued and never heard of again is enqueued anew."""
DISCOVERED_EVERY: Final = timedelta(hours=1)


class Pace(Struct, frozen=True):
    """How often to look at something that may have changed unnoticed."""

    least: timedelta
    most: timedelta


WITHOUT_HOOKS: Final = Pace(least=timedelta(minutes=15), most=timedelta(hours=24))
WITH_HOOKS: Final = Pace(least=timedelta(hours=4), most=timedelta(hours=24))
"""Service hooks tell of each push; looking only finds what they missed, within a day at most."""


def next_look(now: datetime, *, changed_at: datetime | None, pace: Pace) -> datetime:
    """Return when to look again: after a quarter of the time that nothing has changed."""
    quiet = now - changed_at if changed_at else timedelta()
    return now + min(max(quiet / 4, pace.least), pace.most)


def plan(services: Services, due: Due, *, at: datetime) -> None:
    """Have the timer look at something; the same at the same time is one hint."""
    services.due.put(ONE_GROUP, _key(due, at), due)


def plan_all(services: Services, due: Iterable[Due], *, at: datetime) -> None:
    """Have the timer look at several things at the same time."""
    services.due.put_all(ONE_GROUP, {_key(one, at): one for one in due})


def due_now(services: Services, *, now: datetime) -> list[Record[Due]]:
    """Return what is due, the longest due first, no more than one tick should do."""
    before = f"{int(now.timestamp()) + 1:010d}"
    return services.due.list(ONE_GROUP, before=before, limit=MOST_AT_A_TICK)


def put_off(services: Services, record: Record[Due], *, until: datetime) -> None:
    """Look again at *until* instead."""
    plan(services, record.value, at=until)
    services.due.delete(ONE_GROUP, record.key)


def drop(services: Services, record: Record[Due]) -> None:
    """Forget a hint."""
    services.due.delete(ONE_GROUP, record.key)


def _key(due: Due, at: datetime) -> str:
    if due.repository is not None:
        what = f"r.{due.repository}"
    elif due.organization is not None:
        what = f"w.{due.organization}"
    else:
        what = f"p.{due.project}" if due.project is not None else "d"
    # Rounded up: what is listed as due must not be judged too early by a fraction of a second.
    return f"{math.ceil(at.timestamp()):010d}.{due.integration}.{what}"
