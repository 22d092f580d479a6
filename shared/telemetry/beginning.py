"""Begins what is told under one id, and tells in the end what it asked of git hosts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.telemetry.lines import log_of
from shared.telemetry.operations import operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.telemetry.operations import Operation

_log = log_of(__name__)


@contextmanager
def one_operation(operation_id: str = "") -> Iterator[Operation]:
    """Begin an operation, or carry on with one; a line is left for each route and status called.

    It serves as a decorator, too, of a function whose every call is an operation.
    """
    with operation(operation_id) as begun:
        try:
            yield begun
        finally:
            for (route, status), calls in begun.calls.items():
                _log.info(
                    "calls_made route=%s status=%s count=%d seconds=%.3f",
                    route, status, calls.count, calls.seconds,
                )  # fmt: skip
