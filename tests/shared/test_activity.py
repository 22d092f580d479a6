"""What happens to integrations is counted by the hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.sample_organization import Clock, SampleOrganization
from shared.activity import HourRow, activity_of, by_days
from shared.errors import StorageUnavailableError
from shared.hooks.receiving import keep
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from shared.storage.deliveries import DeliveryTables
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.messages import DeliveryState

HOUR = timedelta(hours=1)


class Counting:
    """An integration, and what service hooks deliver to it."""

    def __init__(self, installation: Installation, sample: SampleOrganization) -> None:
        self.installation = installation
        self.services = installation.services
        self.id = installation.connect(sample)
        self._sent = 0

    def deliver(self, event_type: str, *, at: datetime, state: DeliveryState | None = None) -> None:
        """Have an event delivered, and say what became of it."""
        self._sent += 1
        integration = self.installation.integration(self.id)
        body = {"id": f"e{self._sent}", "eventType": event_type, "createdDate": at}
        keep(self.services, integration.webhook_id, integration.id, msgspec.json.encode(body))
        if state is not None:
            ledger = self.services.storage.deliveries
            [newest] = [
                delivery
                for delivery in ledger.page(integration.webhook_id, now=at, limit=100)
                if delivery.id.endswith(f".e{self._sent}")
            ]
            ledger.mark(integration.webhook_id, newest.id, state)

    def tick_at(self, moment: datetime) -> int:
        """Let the timer look at a moment; return how many hours it counted."""
        self.installation.clock.advance(moment - self.installation.clock.now())
        return tick(self.services, now=moment).hours

    def hours(self, *, since: datetime = NOW) -> list[HourRow]:
        """Return what is told of the integration."""
        return activity_of(self.services, [self.installation.integration(self.id)], since=since)


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path, clock=Clock(NOW, running=False)) as started:
        started.add_project("Shop")
        started.create_repository("Shop", "shop")
        started.push("shop", "main", "PAY-1 Start")
        yield started


@pytest.fixture
def counting(sample: SampleOrganization) -> Counting:
    installation = Installation(clock=sample.clock, services_url=sample.base_url)
    return Counting(installation, sample)


def test_an_hour_that_is_over_tells_pushes_deliveries_and_failures(counting: Counting) -> None:
    for minute, event_type, state in (
        (1, "git.push", "done"),
        (2, "git.push", "failed"),
        (3, "git.pullrequest.updated", "ignored"),
        (59, "workitem.updated", "unreadable"),
        (60, "git.push", "done"),
    ):
        at = NOW + timedelta(minutes=minute)
        counting.deliver(event_type, at=at, state=state)  # type: ignore[arg-type]  # a table's

    counted = counting.tick_at(NOW + timedelta(minutes=70))

    assert counted == 1
    kept = counting.services.activity.list(counting.id)
    assert [(r.value.pushes, r.value.deliveries, r.value.failed) for r in kept] == [(2, 4, 2)]


def test_an_hour_is_counted_once_and_not_before_its_deliveries_are_through(
    counting: Counting,
) -> None:
    counted = [counting.tick_at(NOW + timedelta(minutes=m)) for m in (5, 60, 69, 70, 71, 75, 129)]

    assert counted == [0, 0, 0, 1, 0, 0, 0]


def test_what_the_timer_missed_is_caught_up_on_a_few_hours_at_a_time(counting: Counting) -> None:
    counting.deliver("git.push", at=NOW + timedelta(hours=19, minutes=30))
    later = NOW + timedelta(hours=20, minutes=15)

    counted = [counting.tick_at(later) for _ in range(5)]

    assert counted == [6, 6, 6, 2, 0]
    rows = counting.hours()
    assert [row.pushes for row in rows] == [0] * 19 + [1, 0]


def test_what_the_ledger_has_forgotten_is_not_told_as_nothing(counting: Counting) -> None:
    later = NOW + timedelta(days=30)

    counting.tick_at(later)

    kept = [record.key for record in counting.services.activity.list(counting.id)]
    assert kept[0] == f"{later - timedelta(days=7):%Y%m%d%H}"


def test_links_are_those_that_the_repositories_were_last_listed_with(
    counting: Counting, sample: SampleOrganization
) -> None:
    counting.installation.work()
    sample.push("shop", "main", "PAY-2 Go on")
    counting.tick_at(NOW + timedelta(minutes=61))
    counting.installation.work()
    known = counting.services.counted.get(ONE_GROUP, counting.id)

    counting.tick_at(NOW + timedelta(minutes=75))

    assert known is not None
    [row] = counting.services.activity.list(counting.id)
    assert row.value.links == known.value.links > 0


def test_the_hour_that_goes_on_is_told_as_it_is_now(counting: Counting) -> None:
    counting.installation.work()
    counting.deliver("git.push", at=counting.services.clock())

    [hour] = counting.hours()

    assert (hour.at, hour.pushes, hour.deliveries) == (NOW, 1, 1)
    status = counting.installation.call("GET", f"integrations/{counting.id}/status").json
    assert hour.links == status["progress"]["links"] > 0


def test_hours_of_several_are_added_up(counting: Counting, sample: SampleOrganization) -> None:
    other = Counting(counting.installation, sample)
    for one in (counting, other):
        one.deliver("git.push", at=NOW + timedelta(minutes=1))
    counting.tick_at(NOW + timedelta(minutes=70))
    both = [counting.installation.integration(one.id) for one in (counting, other)]

    rows = activity_of(counting.services, both, since=NOW - HOUR)

    assert [(row.at, row.pushes) for row in rows] == [(NOW - HOUR, 0), (NOW, 2), (NOW + HOUR, 0)]


def test_an_hour_that_nobody_counted_has_the_links_of_before(counting: Counting) -> None:
    counting.installation.work()
    counting.tick_at(NOW + timedelta(minutes=70))
    counting.installation.work()
    later = NOW + timedelta(days=30)
    counting.installation.clock.advance(later - counting.installation.clock.now())

    rows = counting.hours()

    assert rows[1].links == rows[0].links
    assert len(rows) == 30 * 24 + 1


def test_days_take_their_hours_together(counting: Counting) -> None:
    rows = [HourRow(NOW + n * HOUR, pushes=1, deliveries=2, failed=0, links=n) for n in range(20)]

    days = by_days(rows)

    assert [(day.at.day, day.pushes, day.deliveries, day.links) for day in days] == [
        (21, 15, 30, 14),
        (22, 5, 10, 19),
    ]


def test_hours_are_kept_for_ninety_days(counting: Counting) -> None:
    counting.tick_at(NOW + timedelta(minutes=70))
    first = [record.key for record in counting.services.activity.list(counting.id)]
    for days in (89, 91):
        for _ in range(30):
            counting.tick_at(NOW + timedelta(days=days))
        kept = [record.key for record in counting.services.activity.list(counting.id)]
        assert (first[0] in kept) is (days == 89)


def test_what_was_counted_goes_with_the_integration(counting: Counting) -> None:
    counting.tick_at(NOW + timedelta(minutes=70))
    counting.installation.call("DELETE", f"integrations/{counting.id}")

    counting.installation.work()

    assert counting.services.activity.list(counting.id) == []
    assert counting.services.counted.list(ONE_GROUP) == []


@pytest.mark.parametrize("repositories", [1, 30])
def test_counting_costs_the_same_however_many_repositories_there_are(
    counting: Counting,
    sample: SampleOrganization,
    repositories: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(1, repositories):
        sample.create_repository("Shop", f"r{number}")
    counting.installation.work()
    asked: list[datetime] = []
    between = DeliveryTables.between

    def counted(ledger: DeliveryTables, webhook: str, **span: datetime) -> object:
        asked.append(span["since"])
        return between(ledger, webhook, **span)  # type: ignore[arg-type]  # as it was asked

    monkeypatch.setattr(DeliveryTables, "between", counted)

    counting.tick_at(NOW + timedelta(minutes=70))

    assert asked == [NOW]


def test_a_ledger_that_is_down_leaves_the_hour_to_the_next_tick(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> object:
        raise StorageUnavailableError("down")

    with monkeypatch.context() as broken:
        broken.setattr(DeliveryTables, "between", down)
        with pytest.raises(StorageUnavailableError):
            counting.tick_at(NOW + timedelta(minutes=70))

    assert counting.tick_at(NOW + timedelta(minutes=75)) == 1
