"""What states and alarms are called, and where an alarm leads."""

from __future__ import annotations

from typing import get_args

import pytest

from admin_console.pages.help_topics import TOPICS
from admin_console.pages.wording import (
    HELP,
    LEFT_OUT,
    STATE_WORDS,
    STATES,
    advice_of,
    duration,
    shown_alarms,
)
from shared.integrations.alarms import Alarm
from shared.integrations.status import IntegrationState
from shared.model import LeftOut


def test_every_state_is_worded() -> None:
    assert set(STATES) == set(STATE_WORDS) == set(get_args(IntegrationState))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (0, "less than a minute"),
        (59, "less than a minute"),
        (61, "about a minute"),
        (300, "about 5 minutes"),
        (7_199, "about 120 minutes"),
        (7_200, "about 2 hours"),
        (90_000, "about 25 hours"),
    ],
)
def test_what_is_left_is_said_as_people_say_it(seconds: int | None, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("code", "page", "topic"),
    [
        ("signed_out", "connection", "reconnect#refused"),
        ("hooks_refused", "webhook", "webhooks#refused"),
        ("organization_forbidden", "doctor", "missing-repositories#permissions"),
        ("work_items_throttled", "", "waiting#throttled"),
        ("something_new", "doctor", ""),
    ],
)
def test_an_alarm_leads_to_where_something_is_done_about_it(
    code: str, page: str, topic: str
) -> None:
    (shown,) = shown_alarms([Alarm(code, "Something is wrong.", None)])

    assert shown.page == page
    assert shown.help == (f"/api/console/help/{topic}" if topic else "")


@pytest.mark.parametrize("reason", get_args(LeftOut))
def test_a_reason_that_does_not_say_all_comes_with_what_to_do(reason: LeftOut) -> None:
    assert LEFT_OUT[reason]
    assert bool(advice_of(reason)) is (reason not in {"filter", "not_selected"})


def test_every_help_that_an_alarm_leads_to_is_there() -> None:
    assert {topic.partition("#")[0] for topic in HELP.values()} <= set(TOPICS)
