"""Faults that tests order: each spoils the next calls that it is meant for.

A fault works on a call before it is answered (it answers instead) or on the answer.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

from .exchange import JSON_TYPE, Answer, json_answer
from .refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from .clock import Clock

_OUTAGE = b"""<!DOCTYPE html><html><head><title>Azure DevOps Services Unavailable</title></head>
<body><h1>Azure DevOps Services Unavailable</h1><p>The service is unavailable.</p></body></html>"""
_PAGE = b"""<!DOCTYPE html><html><head><title>Azure DevOps</title></head><body></body></html>"""
_HTML = "text/html; charset=utf-8"


class Where(msgspec.Struct, frozen=True):
    """Which calls a fault is meant for; all of them by default."""

    route: str = ""
    """How the route's template ends."""
    method: str = ""
    repository: str = ""
    """As the path gives it."""

    def meets(self, *, method: str, route: str, repository: str) -> bool:
        """Return whether a call is one of them."""
        return (
            route.endswith(self.route)
            and self.method in {"", method}
            and self.repository in {"", repository}
        )


EVERYWHERE = Where()


class _Fault:
    def __init__(
        self,
        where: Where,
        *,
        times: int | None,
        after: int,
        until: datetime | None = None,
        before: Callable[[], Answer | None] | None = None,
        spoil: Callable[[Answer], Answer] | None = None,
    ) -> None:
        self.where = where
        self.left = times
        self.after = after
        self.until = until
        self.before = before or (lambda: None)
        self.spoil = spoil or (lambda answer: answer)


class Faults:
    """The faults that are ordered; `times=None` means until `clear`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ordered: list[_Fault] = []
        self._stopped = threading.Event()

    def clear(self) -> None:
        """Call all faults off."""
        with self._lock:
            self._ordered.clear()

    def stop(self) -> None:
        """Let slow answers go at once: the server is closing."""
        self._stopped.set()

    def throttle(
        self,
        *,
        retry_after: int | None = 5,
        times: int | None = 1,
        until: datetime | None = None,
        after: int = 0,
        where: Where = EVERYWHERE,
    ) -> None:
        """Answer 429 with the headers of a throttled caller, bare where *retry_after* is None."""
        wait = "5" if retry_after is None else str(retry_after)
        message = (
            f"TF400733: The request has been canceled: Request was blocked. Retry in {wait} s."
        )
        refused = RefusedError(429, "RequestBlockedException", message)
        headers = {} if retry_after is None else self._throttled(retry_after, remaining=0)
        answer = json_answer(refused.envelope(), status=429, headers=headers)
        if until is not None:
            times = None
        self._order(_Fault(where, times=times, after=after, until=until, before=lambda: answer))

    def slow_down(
        self, *, retry_after: int = 5, times: int | None = 1, where: Where = EVERYWHERE
    ) -> None:
        """Answer as ever, with the headers that ask the caller to wait."""
        extra = tuple(self._throttled(retry_after, remaining=10).items())

        def spoil(answer: Answer) -> Answer:
            return msgspec.structs.replace(answer, headers=answer.headers + extra)

        self._order(_Fault(where, times=times, after=0, spoil=spoil))

    def outage(
        self, *, times: int | None = 1, status: int = 503, where: Where = EVERYWHERE
    ) -> None:
        """Answer with the page that the service shows when it is down."""
        self._answer(Answer(status, _OUTAGE, _HTML), times=times, where=where)

    def html(self, *, times: int | None = 1, where: Where = EVERYWHERE) -> None:
        """Answer 200 with a page instead of JSON."""
        self._answer(Answer(200, _PAGE, _HTML), times=times, where=where)

    def empty_body(self, *, times: int | None = 1, where: Where = EVERYWHERE) -> None:
        """Answer 200 with nothing."""
        self._answer(Answer(200, b"", JSON_TYPE), times=times, where=where)

    def answer(
        self,
        status: int,
        body: bytes = b"",
        *,
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
        where: Where = EVERYWHERE,
    ) -> None:
        """Answer with anything at all."""
        extra = tuple((headers or {}).items())
        self._answer(Answer(status, body, content_type, extra), times=times, where=where)

    def reset(self, *, times: int | None = 1, after: int = 0, where: Where = EVERYWHERE) -> None:
        """Close the connection in the middle of the answer."""

        def spoil(answer: Answer) -> Answer:
            body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
            length = ("Content-Length", str(len(body) + 1))
            return msgspec.structs.replace(
                answer, body=iter((body[: len(body) // 2],)), headers=(*answer.headers, length)
            )

        self._order(_Fault(where, times=times, after=after, spoil=spoil))

    def refuse(
        self,
        status: int,
        type_key: str,
        message: str,
        *,
        times: int | None = 1,
        where: Where = EVERYWHERE,
    ) -> None:
        """Answer with an error envelope."""
        envelope = RefusedError(status, type_key, message).envelope()
        self._answer(json_answer(envelope, status=status), times=times, where=where)

    def cut_json(self, *, times: int | None = 1, after: int = 0, where: Where = EVERYWHERE) -> None:
        """Answer 200 with the first half of the body."""

        def spoil(answer: Answer) -> Answer:
            body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
            return msgspec.structs.replace(answer, body=body[: len(body) // 2])

        self._order(_Fault(where, times=times, after=after, spoil=spoil))

    def slow(self, *, seconds: float, times: int | None = 1, where: Where = EVERYWHERE) -> None:
        """Answer as ever, *seconds* of real time later."""

        def wait() -> None:
            self._stopped.wait(seconds)

        self._order(_Fault(where, times=times, after=0, before=wait))

    def strike(
        self, *, method: str, route: str, repository: str
    ) -> tuple[Answer | None, list[Callable[[Answer], Answer]]]:
        """Return the answer that a fault gives instead, if any, and what spoils the real one."""
        with self._lock:
            struck = [
                fault
                for fault in tuple(self._ordered)
                if fault.where.meets(method=method, route=route, repository=repository)
                and self._takes(fault)
            ]
        for fault in struck:
            answer = fault.before()
            if answer is not None:
                return answer, []
        return None, [fault.spoil for fault in struck]

    def _takes(self, fault: _Fault) -> bool:
        if fault.until is not None and self._clock.now() >= fault.until:
            self._ordered.remove(fault)
            return False
        if fault.after > 0:
            fault.after -= 1
            return False
        if fault.left is not None:
            fault.left -= 1
            if fault.left <= 0:
                self._ordered.remove(fault)
        return True

    def _answer(self, answer: Answer, *, times: int | None, where: Where) -> None:
        self._order(_Fault(where, times=times, after=0, before=lambda: answer))

    def _order(self, fault: _Fault) -> None:
        with self._lock:
            self._ordered.append(fault)

    def _throttled(self, retry_after: int, *, remaining: int) -> dict[str, str]:
        reset = int(self._clock.now().timestamp()) + retry_after
        return {
            "Retry-After": str(retry_after),
            "X-RateLimit-Resource": "core",
            "X-RateLimit-Delay": str(retry_after),
            "X-RateLimit-Limit": "200",
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(reset),
        }
