from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from devhost.functions import TimerTrigger
from devhost.ncrontab import parse_schedule
from devhost.storage import StorageAccount
from devhost.timer_status import (
    HOST_CONTAINER,
    NEVER,
    TimerStatus,
    TimerStore,
    after_run,
    is_monitored,
    opening,
    timer_info,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURLY = parse_schedule("0 0 * * * *")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 21, hour, minute, tzinfo=UTC)


def test_new_timer_is_due_next_time_and_not_past_due() -> None:
    begin = opening(None, HOURLY, now=NOW)

    assert begin.status == TimerStatus(last=NEVER, next=at(10), last_updated=NOW)
    assert begin.is_past_due is False


def test_run_missed_while_the_host_was_away_is_past_due() -> None:
    kept = TimerStatus(last=at(7), next=at(8), last_updated=at(7))

    begin = opening(kept, HOURLY, now=NOW)

    assert begin.is_past_due is True
    assert begin.status == kept


def test_run_missed_before_the_first_one_is_past_due() -> None:
    kept = TimerStatus(last=NEVER, next=at(8), last_updated=at(7, 30))

    assert opening(kept, HOURLY, now=NOW).is_past_due is True


def test_timer_that_missed_nothing_is_not_past_due() -> None:
    kept = TimerStatus(last=at(9), next=at(10), last_updated=at(9))

    begin = opening(kept, HOURLY, now=NOW)

    assert (begin.status, begin.is_past_due) == (kept, False)


def test_changed_schedule_misses_nothing() -> None:
    kept = TimerStatus(last=at(7), next=at(7, 5), last_updated=at(7))

    begin = opening(kept, HOURLY, now=NOW)

    assert begin.is_past_due is False
    assert begin.status == TimerStatus(last=NEVER, next=at(10), last_updated=NOW)


def test_next_run_is_counted_from_the_beginning_of_this_one() -> None:
    kept = TimerStatus(last=at(8), next=at(9), last_updated=at(8))

    following = after_run(kept, HOURLY, began=at(9) + timedelta(seconds=1), on_schedule=True)

    assert following.next == at(10)
    assert following.last == at(9) + timedelta(seconds=1)


def test_clock_that_is_early_does_not_fire_twice() -> None:
    kept = TimerStatus(last=at(8), next=at(9), last_updated=at(8))

    following = after_run(kept, HOURLY, began=at(9) - timedelta(seconds=1), on_schedule=True)

    assert (following.last, following.next) == (at(9), at(10))


def test_run_out_of_schedule_does_not_use_up_the_next_one() -> None:
    kept = TimerStatus(last=at(8), next=at(9), last_updated=at(8))

    following = after_run(kept, HOURLY, began=at(8, 30), on_schedule=False)

    assert following.next == at(9)


@pytest.mark.parametrize(
    ("schedule", "asked", "monitored"),
    [
        ("0 */5 * * * *", None, True),
        ("0 */5 * * * *", True, True),
        ("0 */5 * * * *", False, False),
        ("*/10 * * * * *", None, False),
        ("*/10 * * * * *", True, False),
        ("00:00:20", True, False),
        ("00:02:00", None, True),
    ],
)
def test_timer_that_fires_several_times_a_minute_makes_up_for_nothing(
    schedule: str, *, asked: bool | None, monitored: bool
) -> None:
    trigger = TimerTrigger(schedule, run_on_startup=False, use_monitor=asked)

    assert is_monitored(trigger, parse_schedule(schedule), now=NOW) is monitored


def test_function_is_told_its_schedule_in_utc() -> None:
    kept = TimerStatus(last=NEVER, next=at(10), last_updated=NOW)

    assert json.loads(timer_info(kept, is_past_due=True)) == {
        "Schedule": {"AdjustForDST": True},
        "ScheduleStatus": {
            "Last": "0001-01-01T00:00:00+00:00",
            "LastUpdated": "2026-11-21T09:30:00+00:00",
            "Next": "2026-11-21T10:00:00+00:00",
        },
        "IsPastDue": True,
    }


@pytest.mark.azurite
def test_status_is_kept_where_the_host_keeps_it(settings: Mapping[str, str]) -> None:
    container = StorageAccount(settings).container(HOST_CONTAINER)
    store = TimerStore(container, host_id=settings["AzureFunctionsWebHost__hostid"])
    kept = TimerStatus(last=NEVER, next=at(10), last_updated=NOW)

    before = store.read("tick")
    store.write("tick", kept)

    assert before is None
    assert store.read("tick") == kept
    path = f"timers/{settings['AzureFunctionsWebHost__hostid']}/Host.Functions.tick/status"
    assert json.loads(container.download_blob(path).readall()).keys() == {
        "Last", "Next", "LastUpdated",
    }  # fmt: skip


@pytest.mark.azurite
def test_status_of_the_real_host_is_understood(settings: Mapping[str, str]) -> None:
    container = StorageAccount(settings).container(HOST_CONTAINER)
    host_id = settings["AzureFunctionsWebHost__hostid"]
    store = TimerStore(container, host_id=host_id)
    store.write("tick", TimerStatus(last=NEVER, next=NOW, last_updated=NOW))
    written = (
        b'{"Last":"2026-11-21T08:00:00.0012345+00:00","Next":"2026-11-21T09:00:00+00:00",'
        b'"LastUpdated":"2026-11-21T08:00:00.0012345+00:00"}'
    )
    container.upload_blob(f"timers/{host_id}/Host.Functions.tick/status", written, overwrite=True)

    status = store.read("tick")

    assert status is not None
    assert status.next == at(9)
    assert status.last.replace(microsecond=0) == at(8)
