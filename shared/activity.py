"""Counts what happens to an integration, hour by hour, so that it can be drawn.

The timer counts an hour once it is over, from the ledger: that costs as much as was delivered,
whatever the number of repositories. Links are counted where the repositories are listed anyway.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.activity_counts import Counted, Hour
from shared.errors import ChangedError
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from shared.configuration import Integration
    from shared.interfaces.storage import Record
    from shared.messages import Delivery
    from shared.model import IntegrationId
    from shared.services import Services

KEPT: Final = timedelta(days=90)
_HOUR: Final = timedelta(hours=1)
_COUNTED_AFTER: Final = timedelta(minutes=10)
"""By then most deliveries of an hour have come to their end."""
_CAUGHT_UP_ON: Final = timedelta(days=7)
"""The ledger has forgotten what is older."""
_HOURS_AT_A_TICK: Final = 6
"""Of one integration, should the timer have rested."""
_MOST_AT_A_TICK: Final = 100
"""Integrations; the others follow at the next one."""
_MOST_DELIVERIES: Final = 10_000
"""Of an hour; more of them are not told apart from so many."""
_FEW: Final = 5
"""The hours of so many integrations are counted for a reader before they are over."""
_PUSH: Final = "git.push"
_FAILED: Final = frozenset({"failed", "unreadable"})


class HourRow(Struct, frozen=True):
    """What happened in the hour that begins at a moment."""

    at: datetime
    pushes: int
    deliveries: int
    failed: int
    links: int


def count_hours(services: Services, integrations: Iterable[Integration], *, now: datetime) -> int:
    """Count the hours that are over by *now* and were not counted; return how many there were.

    Two workers that count the same hour write the same.
    """
    known = {record.key: record for record in services.counted.list(ONE_GROUP)}
    over = _full_hour(now - _COUNTED_AFTER)
    behind = [i for i in integrations if _counted_until(i, known.get(i.id), now) < over]
    hours = 0
    for integration in behind[:_MOST_AT_A_TICK]:
        record = known.get(integration.id)
        since = _counted_until(integration, record, now)
        until = min(over, since + _HOURS_AT_A_TICK * _HOUR)
        links = record.value.links if record else 0
        rows = _count(services, integration, since, until, links=links)
        services.activity.put_all(integration.id, {_key(at): row for at, row in rows.items()})
        if since.date() != until.date():
            _forget(services, integration.id, before=now - KEPT)
        _keep(services, integration.id, record, Counted(until, links))
        hours += len(rows)
    return hours


def count_links(services: Services, integration: Integration, live: Collection[str]) -> None:
    """Note how many links there are to what *live* repositories hold; they are told by id."""
    links = _links(services, integration, live)
    record = services.counted.get(ONE_GROUP, integration.id)
    if record is None:
        counted = Counted(_counted_until(integration, None, services.clock()), links)
    else:
        counted = replace(record.value, links=links)
    if record is None or counted != record.value:
        _keep(services, integration.id, record, counted)


def activity_of(
    services: Services, integrations: Sequence[Integration], *, since: datetime
) -> list[HourRow]:
    """Return what happened to integrations, taken together, in each hour from *since* to now.

    Of more than a few integrations the last hour or two are not counted yet, and tell nothing but
    the links of before.
    """
    now = services.clock()
    since = _full_hour(max(since, now - KEPT))
    count = (_full_hour(now) - since) // _HOUR + 1
    moments = [since + number * _HOUR for number in range(max(count, 0))]
    found = [_hours_of(services, i, since) for i in integrations]
    if len(integrations) <= _FEW:
        for integration, hours in zip(integrations, found, strict=True):
            hours.update(_not_counted_yet(services, integration, since, now))
    return _added_up(moments, found)


def by_days(hours: Iterable[HourRow]) -> list[HourRow]:
    """Return hours that follow one another, taken together by days of UTC."""
    days: dict[datetime, HourRow] = {}
    for hour in hours:
        at = hour.at.replace(hour=0)
        day = days.get(at, HourRow(at, 0, 0, 0, 0))
        days[at] = HourRow(
            at,
            pushes=day.pushes + hour.pushes,
            deliveries=day.deliveries + hour.deliveries,
            failed=day.failed + hour.failed,
            links=hour.links,
        )
    return list(days.values())


def forget_activity(services: Services, integration: IntegrationId) -> None:
    """Forget all that was counted of an integration."""
    for record in services.activity.list(integration):
        services.activity.delete(integration, record.key)
    services.counted.delete(ONE_GROUP, integration)


def _count(
    services: Services, integration: Integration, since: datetime, until: datetime, *, links: int
) -> dict[datetime, Hour]:
    """Return the hours from *since* to *until*, each read from the ledger by itself."""
    hours = {}
    while since < until:
        ledger = services.storage.deliveries
        told = ledger.between(
            integration.webhook_id, since=since, until=since + _HOUR, limit=_MOST_DELIVERIES
        )
        hours[since] = _hour(told, links)
        since += _HOUR
    return hours


def _hour(deliveries: Iterable[Delivery], links: int) -> Hour:
    counts = Counter[str]()
    for delivery in deliveries:
        counts["deliveries"] += 1
        counts["pushes"] += delivery.event_type == _PUSH
        counts["failed"] += delivery.state in _FAILED
    return Hour(counts["pushes"], counts["deliveries"], counts["failed"], links)


def _hours_of(
    services: Services, integration: Integration, since: datetime
) -> dict[datetime, Hour]:
    # Keys between the two, both excluded: the hour before `since` may be there or not.
    records = services.activity.list(integration.id, after=_key(since - _HOUR))
    return {_moment(record.key): record.value for record in records}


def _not_counted_yet(
    services: Services, integration: Integration, since: datetime, now: datetime
) -> dict[datetime, Hour]:
    """Return the last hours as they are now: at most as many as one tick would count."""
    record = services.counted.get(ONE_GROUP, integration.id)
    begin = max(since, _counted_until(integration, record, now))
    begin = max(begin, _full_hour(now) - (_HOURS_AT_A_TICK - 1) * _HOUR)
    records = services.repositories.list(integration.id)
    live = {record.key for record in records if record.value.is_live}
    links = _links(services, integration, live)
    return _count(services, integration, begin, _full_hour(now) + _HOUR, links=links)


def _added_up(
    moments: Sequence[datetime], found: Sequence[Mapping[datetime, Hour]]
) -> list[HourRow]:
    """Return the sums of several; where an hour is missing its links are those of before."""
    links = [0] * len(found)
    rows = []
    for at in moments:
        hours = [hours.get(at, Hour(links=links[n])) for n, hours in enumerate(found)]
        links = [hour.links for hour in hours]
        rows.append(
            HourRow(
                at,
                pushes=sum(hour.pushes for hour in hours),
                deliveries=sum(hour.deliveries for hour in hours),
                failed=sum(hour.failed for hour in hours),
                links=sum(links),
            )
        )
    return rows


def _links(services: Services, integration: Integration, live: Collection[str]) -> int:
    cursors = services.cursors.list(integration.id)
    return sum(record.value.links for record in cursors if record.key in live)


def _keep(
    services: Services,
    integration: IntegrationId,
    record: Record[Counted] | None,
    counted: Counted,
) -> None:
    with suppress(ChangedError):  # somebody else counted just now; it is done again in an hour
        if record is None:
            services.counted.insert(ONE_GROUP, integration, counted)
        else:
            services.counted.replace(record, counted)


def _forget(services: Services, integration: IntegrationId, *, before: datetime) -> None:
    for record in services.activity.list(integration, before=_key(before)):
        services.activity.delete(integration, record.key)


def _counted_until(
    integration: Integration, record: Record[Counted] | None, now: datetime
) -> datetime:
    """Return where counting goes on: not before what the ledger still tells."""
    until = record.value.until if record else integration.created_at
    return _full_hour(max(until, now - _CAUGHT_UP_ON))


def _full_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _key(hour: datetime) -> str:
    return f"{hour:%Y%m%d%H}"


def _moment(key: str) -> datetime:
    return datetime.strptime(key, "%Y%m%d%H").replace(tzinfo=UTC)
