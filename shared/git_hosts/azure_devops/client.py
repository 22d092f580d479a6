"""Calls the REST API of one organization: signs in, waits when told to, reads every answer once."""

from __future__ import annotations

import base64
import json
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from shared.errors import MalformedAnswerError, ThrottledError, UnavailableError
from shared.git_hosts.azure_devops import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.git_hosts.egress import Answer, Sessions
    from shared.interfaces import Clock

T = TypeVar("T")

API_VERSION: Final = "7.1"
_LONGEST_WAIT: Final = timedelta(seconds=60)
"""A longer one is not waited for: the job ends and is put off."""
_TRIES: Final = 3
_RETRIED_AFTER: Final = 1.0
"""Seconds, and twice as long the next time."""
_SHOWN: Final = 100


class Told(Struct, Generic[T]):
    """An answer, and the service's clock when it gave it."""

    value: T
    at: datetime
    continuation: str | None = None
    """Of a list: what to ask the next page with; None at the end."""


class Client:
    """One organization, seen with one token. Usable from several threads."""

    def __init__(
        self,
        base_url: str,
        *,
        token: str,
        sessions: Sessions,
        clock: Clock,
        wait: Callable[[float], None],
    ) -> None:
        self.base_url = base_url.rstrip("/")
        credential = base64.b64encode(f":{token}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {credential}",
            "Accept": "application/json",
            "User-Agent": "Devlinks",
            # Without it, a token that is not accepted is answered with a redirect to a sign-in
            # page. The official clients send both.
            "X-TFS-FedAuthRedirect": "Suppress",
            "X-VSS-ForceMsaPassThrough": "true",
        }
        self._sessions = sessions
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._paused_until = clock()

    def get(
        self, path: str, kind: type[T], *, what: str, params: Mapping[str, str] | None = None
    ) -> Told[T]:
        """Return the answer to a GET as *kind*; *what* names it in errors."""
        answer, at = self._call("GET", path, what=what, params=params)
        return Told(decode(answer.body, kind, what=what), at)

    def query(
        self,
        path: str,
        body: object,
        kind: type[T],
        *,
        what: str,
        params: Mapping[str, str] | None = None,
    ) -> T:
        """Return the answer to a POST that only asks something, and can be repeated."""
        answer, _ = self._call("POST", path, what=what, params=params, body=body)
        return decode(answer.body, kind, what=what)

    def create(self, path: str, body: object, kind: type[T], *, what: str) -> T:
        """Return what a POST created; it is sent once, whatever happens to the answer."""
        answer, _ = self._call("POST", path, what=what, body=body, tries=1)
        return decode(answer.body, kind, what=what)

    def replace(self, path: str, body: object, kind: type[T], *, what: str) -> T:
        """Return what a PUT made of a thing; it can be repeated."""
        answer, _ = self._call("PUT", path, what=what, body=body)
        return decode(answer.body, kind, what=what)

    def page(
        self, path: str, kind: type[T], *, what: str, params: Mapping[str, str]
    ) -> Told[list[T]]:
        """Return one page of a list."""
        answer, at = self._call("GET", path, what=what, params=params)
        listed = decode(answer.body, _Listed, what=what)
        values = decode(listed.value, list[kind], what=what)  # type: ignore[valid-type]
        return Told(values, at, answer.headers.get("x-ms-continuationtoken") or None)

    def delete(self, path: str, *, what: str) -> None:
        """Delete; MissingError when there is no such thing."""
        self._call("DELETE", path, what=what)

    def _call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        params: Mapping[str, str] | None = None,
        body: object = None,
        tries: int = _TRIES,
    ) -> tuple[Answer, datetime]:
        """Return the answer, and the service's clock when it came."""
        for tries_left in reversed(range(tries)):
            self._keep_pause()
            try:
                return self._try(method, path, what=what, params=params, body=body)
            except ThrottledError:
                if not tries_left:
                    raise
            except UnavailableError:
                if not tries_left:
                    raise
                self._wait(_RETRIED_AFTER * (tries - tries_left))
        raise AssertionError("the last try returns or raises")

    def _try(
        self, method: str, path: str, *, what: str, params: Mapping[str, str] | None, body: object
    ) -> tuple[Answer, datetime]:
        answer = self._send(method, path, params=params, body=body)
        now = self._clock()
        self._note_pause(answers.retry_after(answer, now=now), now=now)
        try:
            answers.check(answer, what=what, now=now)
        except ThrottledError as error:
            self._note_pause(error.retry_at - now, now=now)
            raise
        return answer, answers.told_at(answer, now=now)

    def _send(
        self, method: str, path: str, *, params: Mapping[str, str] | None, body: object
    ) -> Answer:
        headers = self._headers
        content = None
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
            content = msgspec.json.encode(body)
        return self._sessions.send(
            method,
            f"{self.base_url}{path}",
            headers=headers,
            params={"api-version": API_VERSION, **(params or {})},
            body=content,
        )

    def _keep_pause(self) -> None:
        """Wait until the service wants to hear from us; ThrottledError if that takes long."""
        with self._lock:
            until = self._paused_until
        left = until - self._clock()
        if left > _LONGEST_WAIT:
            text = f"Azure DevOps asked to wait until {until:%H:%M:%S}."
            raise ThrottledError(text, retry_at=until)
        if left > timedelta():
            self._wait(left.total_seconds())

    def _note_pause(self, pause: timedelta | None, *, now: datetime) -> None:
        if pause is not None:
            with self._lock:
                self._paused_until = max(self._paused_until, now + pause)


class _Listed(Struct):
    value: msgspec.Raw


def decode(body: bytes | msgspec.Raw, kind: type[T], *, what: str) -> T:
    """Return JSON from the service as *kind*; MalformedAnswerError tells what does not fit.

    A lone surrogate, which its JSON may hold where somebody's text was cut, becomes `?`.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise MalformedAnswerError(f"Azure DevOps's {what} is not as expected: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        repaired = _without_lone_surrogates(bytes(body))
        if repaired is not None:
            return decode(repaired, kind, what=what)
        shown = bytes(body[:_SHOWN]).decode(errors="replace")
        raise MalformedAnswerError(f"Azure DevOps's {what} is no JSON: {shown!r}.") from error
    except RecursionError as error:
        raise MalformedAnswerError(f"Azure DevOps's {what} is nested too deeply.") from error


def _without_lone_surrogates(body: bytes) -> bytes | None:
    """Return the same JSON with text that can be encoded; None when that changes nothing."""
    try:
        text = json.dumps(json.loads(body.decode(errors="replace")), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    repaired = text.encode(errors="replace")
    return None if repaired == body else repaired
