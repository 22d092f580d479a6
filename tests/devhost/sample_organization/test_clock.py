from __future__ import annotations

from datetime import UTC, datetime, timedelta

from devhost.sample_organization import Clock

START = datetime(2020, 2, 29, tzinfo=UTC)


def test_standing_clock_moves_only_when_told() -> None:
    clock = Clock(START, running=False)

    first = clock.now()
    clock.advance(timedelta(hours=1))

    assert (first, clock.now()) == (START, START + timedelta(hours=1))


def test_running_clock_goes_on_from_its_start() -> None:
    clock = Clock(START)

    first = clock.now()
    clock.advance(timedelta(days=1))

    assert START <= first < START + timedelta(minutes=1)
    assert clock.now() - first >= timedelta(days=1)


def test_moment_that_is_past_is_not_gone_back_to() -> None:
    clock = Clock(START, running=False)

    clock.advance_to(START - timedelta(days=1))
    before = clock.now()
    clock.advance_to(START + timedelta(days=1))

    assert (before, clock.now()) == (START, START + timedelta(days=1))


def test_whoever_waits_is_woken() -> None:
    clock = Clock(START, running=False)
    woken: list[datetime] = []
    clock.on_advance(lambda: woken.append(clock.now()))

    clock.advance(timedelta(seconds=1))

    assert woken == [START + timedelta(seconds=1)]
