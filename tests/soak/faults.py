"""The faults that a soak injects, and which lines of a log answer to them.

A line is answered for when it was written while a fault was at work, or in its aftermath, and says
what such a fault causes. Any other line of WARNING or above is the installation's own.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from devhost.azurite import Azurite
    from devhost.sample_organization import SampleOrganization

AFTERMATH: Final = timedelta(seconds=25)
"""How long after a fault a line may answer to it: a retry waits, a request runs into its limit."""
_RETRY_AFTER: Final = 5
_SHORT_HANG: Final = 3.0
_LONG_HANG: Final = 20.0
_A_DAY: Final = 86_400
_LINE: Final = re.compile(
    r"(?P<at>\d\d:\d\d:\d\d) (?P<text>.*) \[(?:warning|error|critical)\]", re.MULTILINE
)
_A_JOB_FAILED: Final = r"index_\w+ failed\.|reindex_timer failed\."
_STORAGE: Final = (
    r"storage|code=storage_unavailable|Queue \S+ cannot be read|lease|status of \w+ cannot be"
    r"|Message \S+ (?:could not be finished|is no longer ours)|time could not be prolonged"
    r"|webhook_failed|request_failed"
)


class Fault(Struct, frozen=True):
    """One that was injected: from when to when it was at work."""

    kind: str
    began_at: datetime
    ended_at: datetime


_CAUSES: Final = {
    # Who is left without any answer again and again is taken to be throttled, for five minutes, in
    # which nothing of the git host's can go wrong: so it comes first, and storage next.
    "reset": rf"code=(?:git_host_answer_malformed|git_host_unavailable)|throttled|{_A_JOB_FAILED}",
    "hiccup": rf"{_STORAGE}|{_A_JOB_FAILED}",
    "hang": rf"{_STORAGE}|{_A_JOB_FAILED}",
    "throttle": rf"throttled|{_A_JOB_FAILED}",
    "outage": rf"code=git_host_unavailable|{_A_JOB_FAILED}",
    "html": rf"code=(?:git_host_answer_malformed|signed_out|git_host_unavailable)|{_A_JOB_FAILED}",
    "cut": rf"code=(?:git_host_answer_malformed|git_host_unavailable)|{_A_JOB_FAILED}",
}
"""What the lines say that a fault of a kind causes."""
KINDS: Final = tuple(_CAUSES)


class Injector:
    """Injects faults of each kind in turn."""

    def __init__(self, sample: SampleOrganization, emulator: Azurite) -> None:
        self._sample = sample
        self._emulator = emulator
        self._pause = threading.Event()
        self.injected: list[Fault] = []

    def inject(self, *, during: float) -> None:
        """Inject the next fault; return when it has ended, after *during* seconds at most.

        A storage that hangs does so for as long as its kind says.
        """
        kind = KINDS[len(self.injected) % len(KINDS)]
        began_at = datetime.now(UTC)
        if kind in {"hiccup", "hang"}:
            self._stop_storage(_SHORT_HANG if kind == "hiccup" else _LONG_HANG)
        else:
            self._orders()[kind]()
            self._pause.wait(during)
            self._sample.faults.clear()
        self.injected.append(Fault(kind, began_at, datetime.now(UTC)))

    def _orders(self) -> dict[str, Callable[[], None]]:
        faults = self._sample.faults
        return {
            "throttle": lambda: faults.throttle(retry_after=_RETRY_AFTER, times=None),
            "outage": lambda: faults.outage(times=None),
            "html": lambda: faults.html(times=None),
            "cut": lambda: faults.cut_json(times=None),
            "reset": lambda: faults.reset(times=None),
        }

    def _stop_storage(self, seconds: float) -> None:
        os.kill(self._emulator.process_id, signal.SIGSTOP)
        try:
            self._pause.wait(seconds)
        finally:
            os.kill(self._emulator.process_id, signal.SIGCONT)


def alarming(log: str) -> list[str]:
    """Return the lines of WARNING or above, without tracebacks."""
    return [found[0] for found in _LINE.finditer(log)]


def unanswered(log: str, faults: Iterable[Fault]) -> list[str]:
    """Return the lines of WARNING or above that answer to no fault."""
    known = tuple(faults)
    return [
        found[0]
        for found in _LINE.finditer(log)
        if not any(_answers(found["at"], found["text"], fault) for fault in known)
    ]


def _answers(at: str, text: str, fault: Fault) -> bool:
    return _is_within(at, fault) and re.search(_CAUSES[fault.kind], text) is not None


def _is_within(at: str, fault: Fault) -> bool:
    """Whether a time of day lies in a fault's, whose day may end in between."""
    hours, minutes, seconds = map(int, at.split(":"))
    of_day = hours * 3600 + minutes * 60 + seconds
    began = fault.began_at.replace(microsecond=0)
    since = (of_day - (began.hour * 3600 + began.minute * 60 + began.second)) % _A_DAY
    return since <= (fault.ended_at + AFTERMATH - began).total_seconds()
