from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta, timezone

import pytest

from shared.telemetry.lines import log_of
from shared.telemetry.operations import operation

_log = log_of(__name__)
PAIR = re.compile(r'(?<= )([a-z_]+)=("[^"]*"|[^ "]*)(?= |$)')


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("git.push", "git.push"),
        (None, "-"),
        ("", "-"),
        (17, "17"),
        (True, "true"),
        (datetime(2026, 11, 21, 10, tzinfo=timezone(timedelta(hours=1))), "2026-11-21T09:00:00Z"),
        ("two words", '"two words"'),
        ("a=b", '"a=b"'),
        ('say "no"', '"say  no "'),
        ("one\r\nticked due=0", '"one ticked due=0"'),
        ("\u2028\x85\x00", '" "'),
        ("Grüße", '"Grüße"'),
        ("x" * 1000, "x" * 400),
    ],
)
def test_value_is_shown_as_one_that_a_query_can_take_out(
    told: pytest.LogCaptureFixture, value: object, shown: str
) -> None:
    _log.info("thing_happened before=%d value=%s after=%s", 1, value, "end")

    assert told.messages == [f"thing_happened before=1 value={shown} after=end"]


@pytest.mark.parametrize(
    "hostile", ["x operation=0", 'x" operation="0', "x\noperation=0", '"', "="]
)
def test_nothing_that_is_sent_makes_a_field_or_a_line_of_its_own(
    told: pytest.LogCaptureFixture, hostile: str
) -> None:
    with operation("0123456789abcdef"):
        _log.info("delivery_kept type=%s bytes=%d", hostile, 5)

    [line] = told.messages
    assert "\n" not in line
    assert [name for name, _ in PAIR.findall(line)] == ["type", "bytes", "operation"]
    assert line.endswith(" bytes=5 operation=0123456789abcdef")


def test_line_tells_the_operation_while_there_is_one(told: pytest.LogCaptureFixture) -> None:
    with operation() as begun:
        _log.info("thing_happened")
    _log.info("thing_happened")

    assert told.messages == [f"thing_happened operation={begun.id}", "thing_happened"]


def test_line_is_known_by_who_wrote_it(told: pytest.LogCaptureFixture) -> None:
    _log.warning("thing_happened number=%d", 5)

    [record] = told.records
    assert (record.name, record.filename) == (__name__, "test_lines.py")
    assert record.levelno == logging.WARNING


def test_exception_comes_with_its_traceback(told: pytest.LogCaptureFixture) -> None:
    try:
        int("the reason")
    except ValueError:
        _log.exception("thing_failed")

    assert told.records[0].exc_info is not None
    assert "the reason" in told.text


def test_level_that_is_switched_off_writes_nothing(told: pytest.LogCaptureFixture) -> None:
    told.set_level(logging.WARNING)

    _log.info("thing_happened number=%d", 5)

    assert told.messages == []


@pytest.mark.parametrize("sdk", ["azure.core", "azure.data", "azure.identity", "azure.storage"])
def test_sdks_tell_nothing_of_every_request(sdk: str) -> None:
    """Each line in Application Insights is paid for."""
    assert logging.getLogger(f"{sdk}.pipeline.policies").getEffectiveLevel() == logging.WARNING
