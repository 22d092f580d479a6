"""Calls the REST API of one organization: signs in, waits when told to, reads every answer once."""

from __future__ import annotations

import base64
import json
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from msgspec import Struct

from shared.errors import MalformedAnswerError, ThrottledError
from shared.git_hosts.azure_devops import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from shared.git_hosts.egress import Answer, Sessions
    from shared.interfaces import Clock

T = TypeVar("T")

API_VERSION: Final = "7.1"
_LONGEST_WAIT: Final = timedelta(seconds=60)
"""A longer one is not waited for: the job ends and is put off."""
_TRIES: Final = 3
_SHOWN: Final = 100

Wait = "Callable[[float], None]"


class Page(Struct):
    """One page of a list, and where the next one begins."""

    value: msgspec.Raw
    continuation: str | None


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
        self.told_at = clock()
        """The service's clock, from its last answer."""

    def get(
        self, path: str, kind: type[T], *, what: str, params: Mapping[str, str] | None = None
    ) -> T:
        """Return the answer to a GET as *kind*; *what* names it in errors."""
        return decode(self._call("GET", path, what=what, params=params).body, kind, what=what)

    def post(
        self,
        path: str,
        body: object,
        kind: type[T],
        *,
        what: str,
        params: Mapping[str, str] | None = None,
    ) -> T:
        """Return the answer to a POST of *body* as JSON."""
        answer = self._call("POST", path, what=what, params=params, body=body)
        return decode(answer.body, kind, what=what)

    def page(
        self, path: str, kind: type[T], *, what: str, params: Mapping[str, str]
    ) -> tuple[list[T], str | None]:
        """Return one page of a list and the token of the next page, None at the end."""
        answer = self._call("GET", path, what=what, params=params)
        listed = decode(answer.body, _Listed, what=what)
        values = decode(listed.value, list[kind], what=what)  # type: ignore[valid-type]
        return values, answer.headers.get("x-ms-continuationtoken") or None

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
    ) -> Answer:
        for tries_left in reversed(range(_TRIES)):
            self._keep_pause()
            answer = self._send(method, path, params=params, body=body)
            now = self._clock()
            self.told_at = answers.told_at(answer, now=now)
            self._note_pause(answers.retry_after(answer, now=now), now=now)
            try:
                answers.check(answer, what=what, now=now)
            except ThrottledError as error:
                self._note_pause(error.retry_at - now, now=now)
                if not tries_left:
                    raise
            else:
                break
        return answer

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
