"""What a soak lets pass, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.soak.faults import AFTERMATH, Fault, alarming, unanswered
from tests.soak.memory import WINDOWS, is_flat, windows

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, 23, 59, 55, tzinfo=UTC)
OUTAGE = "shared.jobs: job_failed integration=1 code=git_host_unavailable [warning]"


def outage(began_at: datetime, *, seconds: int = 10) -> Fault:
    return Fault("outage", began_at, began_at + timedelta(seconds=seconds))


@pytest.mark.parametrize("after", [0, 5, 10, int(AFTERMATH.total_seconds()) + 10])
def test_line_that_a_fault_causes_is_answered_for(after: int) -> None:
    line = f"{NOON + timedelta(seconds=after):%H:%M:%S} {OUTAGE}"

    assert unanswered(line, [outage(NOON)]) == []


@pytest.mark.parametrize("after", [-1, int(AFTERMATH.total_seconds()) + 11, 3600])
def test_line_of_another_time_is_not(after: int) -> None:
    line = f"{NOON + timedelta(seconds=after):%H:%M:%S} {OUTAGE}"

    assert unanswered(line, [outage(NOON)]) == [line]


def test_fault_over_midnight_answers_for_both_days() -> None:
    log = f"23:59:57 {OUTAGE}\n00:00:07 {OUTAGE}\n00:01:07 {OUTAGE}"

    assert unanswered(log, [outage(MIDNIGHT)]) == [f"00:01:07 {OUTAGE}"]


@pytest.mark.parametrize(
    "line",
    [
        "12:00:01 shared.web: request_failed route=links/{key} [error]",
        "12:00:01 shared.jobs: job_failed integration=1 code=git_host_answer_malformed [warning]",
        "12:00:01 devhost.queues: Message 1 moved to hooks-poison: it failed. [warning]",
    ],
)
def test_line_that_such_a_fault_does_not_cause_is_not_answered_for(line: str) -> None:
    assert unanswered(line, [outage(NOON)]) == [line]


def test_tracebacks_and_lines_of_less_weight_are_passed_over() -> None:
    log = (
        "12:00:00 devhost.functions: index_hooks finished in 3 ms.\n"
        f"12:00:01 {OUTAGE}\nTraceback (most recent call last):\n  File 'a'\nValueError: [warning\n"
    )

    assert alarming(log) == [f"12:00:01 {OUTAGE}"]


def test_memory_that_grows_is_not_flat() -> None:
    growing = [100 * 2**20 + 150_000 * number for number in range(200)]

    medians = windows(growing)

    assert len(medians) == WINDOWS
    assert not is_flat(medians)


def test_memory_that_wavers_is_flat() -> None:
    wavering = [100 * 2**20 + (number % 7) * 2**20 for number in range(200)]

    assert is_flat(windows(wavering))
