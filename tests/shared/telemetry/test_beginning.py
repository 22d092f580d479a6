from __future__ import annotations

import logging

import pytest

from shared.telemetry.beginning import one_operation
from shared.telemetry.operations import counted_call, current_id


def test_calls_of_an_operation_are_a_line_for_each_route_and_status(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    with one_operation("0123456789abcdef"):
        for status in (200, 200, 429):
            with counted_call("git/repositories/{}/refs") as answered:
                answered(status)
        with counted_call("projects"):
            pass

    shown = [message.partition(" seconds=")[0] for message in caplog.messages]
    assert shown == [
        "calls_made route=git/repositories/{}/refs status=200 count=2",
        "calls_made route=git/repositories/{}/refs status=429 count=1",
        "calls_made route=projects status=- count=1",
    ]
    assert all(message.endswith(" operation=0123456789abcdef") for message in caplog.messages)


def test_operation_that_failed_tells_its_calls_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    with pytest.raises(ZeroDivisionError), one_operation(), counted_call("projects"):
        raise ZeroDivisionError

    assert len(caplog.messages) == 1


def test_function_is_an_operation_anew_with_each_call() -> None:
    @one_operation()
    def function(value: int) -> tuple[int, str]:
        """Return what it is given."""
        return value, current_id()

    first, second = function(1), function(2)

    assert (first[0], second[0]) == (1, 2)
    assert first[1] != second[1]
    assert function.__doc__ == "Return what it is given."
