"""The figures that operators are told are those of the code, and what the arithmetic gives."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from shared import activity, resealing
from shared.access import api_tokens, one_time_codes, sessions
from shared.connections import authorizing
from shared.discovery import removing
from shared.index import orphans
from shared.scheduling import schedule
from tests.documents import OPERATE, rows, section


@pytest.mark.parametrize(
    ("what", "time"),
    [
        ("commits that no branch holds", orphans.KEPT_FLAGGED),
        ("links of a repository", removing.KEPT_HIDDEN),
        ("activity by the hour", activity.KEPT),
        ("API tokens", api_tokens.LIFETIME),
        ("one-time links", one_time_codes.LIFETIME),
        ("sign-ins that were begun", authorizing.LIVES_FOR),
        ("sessions", sessions.IDLE),
        ("sessions", sessions.LIFETIME),
    ],
)
def test_what_is_kept_is_told_as_long_as_it_is(what: str, time: timedelta) -> None:
    kept = {row[0]: row[1] for row in rows(section(OPERATE, "Retention, and deleting data"))}
    told = next(text for name, text in kept.items() if name.startswith(what))
    minutes = time // timedelta(minutes=1)

    units = {"days": minutes / 1440, "hours": minutes / 60, "minutes": minutes}

    assert any(f"{count:g} {unit}" in told for unit, count in units.items())


def test_what_settles_within_an_hour_and_is_looked_at_by_five_hundreds_is_told() -> None:
    assert timedelta(hours=1) == resealing.SETTLES_WITHIN
    assert "after an hour" in section(OPERATE, "Data keys")
    assert f"| {schedule.MOST_AT_A_TICK} | hints" in OPERATE


def costs(repositories: int) -> dict[str, float]:
    """Return the lines of the table of costs, by the arithmetic that stands above it."""
    told = rows(section(OPERATE, "Costs"))
    price = {row[0].strip("`"): float(row[1]) for row in told if re.fullmatch(r"[\d.]+", row[1])}
    each = [[float(cell) for cell in row[1:]] for row in told if re.match(r"`\w+`[: ]", row[0])]
    assert len(each) == 4
    month = 30
    to_tables = month * (
        repositories * sum(times * requests for times, requests, _ in each)
        + 288 * 6
        + 24 * (38 + 3 * (max(repositories, 1000) // 1000 - 1))
    )
    of_repositories = repositories * sum(times * jobs for times, _, jobs in each)
    jobs = month * (of_repositories + 24)
    to_queues = 3 * jobs + 3 * month * 86_400 / 2
    at_once = repositories * (each[0][0] + each[3][0])  # webhooks and answers
    executions = month * (at_once + 288) + jobs
    stored = repositories * 5000 * 1.25 / 1e6
    logged = executions * 3 / 1e6

    def of_instances(gigabytes: float) -> float:
        return max(executions * gigabytes - 100_000, 0) * price["instance_time"]

    return {
        "requests to tables": to_tables,
        "requests to queues": to_queues,
        "GB stored": stored,
        "executions": executions,
        "GB of logs": logged,
        "**tables**": to_tables / 10_000 * price["table_requests"],
        "**queues**": to_queues / 10_000 * price["queue_requests"],
        "**bytes**": stored * price["storage"],
        "**executions**": max(executions - 250_000, 0) / 1e6 * price["executions"],
        "**instances of 512 MB, at most**": of_instances(0.5),
        "**instances of 2048 MB, at most**": of_instances(2),
        "**logs**": max(logged - 5, 0) * price["logs"],
        "**seven alert rules**": 2 * price["alert_5_minutes"] + 5 * price["alert_15_minutes"],
    }


@pytest.mark.parametrize(("column", "repositories"), [(1, 100), (2, 1000), (3, 10_000)])
def test_costs_are_what_the_arithmetic_gives(column: int, repositories: int) -> None:
    expected = costs(repositories)

    told = {
        row[0]: float(re.sub(r"[$,]", "", row[column]))
        for row in rows(section(OPERATE, "Costs"))
        if row[0] in expected
    }

    assert told.keys() == expected.keys()
    for name, value in expected.items():
        assert told[name] == pytest.approx(value, abs=0.051 if name.startswith("GB") else 0.0051)
