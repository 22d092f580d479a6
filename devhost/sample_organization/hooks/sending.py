"""Send one delivery over HTTP, as the webHooks consumer does."""

from __future__ import annotations

import time
from base64 import b64encode
from typing import TYPE_CHECKING

import msgspec
import urllib3

if TYPE_CHECKING:
    from .notifications import Notification

_SECONDS = 15.0
"""How long a receiver may take; the service's own limit is not documented."""
_SHOWN = 20_000
"""Characters of a response that the history keeps."""


class Sent(msgspec.Struct, frozen=True):
    """What came of a try."""

    status: int | None
    """None when there was no answer."""
    request: str
    response: str
    error: str
    seconds: float


class Sender:
    """Posts notifications; connections are kept open between deliveries."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(
            num_pools=16, maxsize=16, retries=False, timeout=urllib3.Timeout(_SECONDS)
        )

    def send(self, notification: Notification) -> Sent:
        """Post the event and return what the receiver said; redirects are not followed."""
        inputs = notification.subscription.consumer_inputs
        url = inputs["url"]
        headers = request_headers(inputs)
        body = msgspec.json.encode(notification.event)
        request = _told(f"Method: POST\r\nURI: {url}", _public(headers), body)
        started = time.monotonic()
        try:
            answer = self._pool.request("POST", url, body=body, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as failure:
            text = f"The receiver did not answer: {failure}"
            return Sent(None, request, "", text, time.monotonic() - started)
        seconds = time.monotonic() - started
        first = f"Status Code: {answer.status}\r\nReason Phrase: {answer.reason or ''}"
        response = _told(first, dict(answer.headers), answer.data)[:_SHOWN]
        return Sent(answer.status, request, response, _complaint(answer), seconds)

    def close(self) -> None:
        """Let the connections go."""
        self._pool.clear()


def request_headers(inputs: dict[str, str]) -> dict[str, str]:
    """Return the headers of a delivery: the content type, the receiver's own, the credentials."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "VSServices/19"}
    for line in inputs.get("httpHeaders", "").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip()] = value.strip()
    user, password = inputs.get("basicAuthUsername", ""), inputs.get("basicAuthPassword", "")
    if user or password:
        credentials = b64encode(f"{user}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {credentials}"
    return headers


def _public(headers: dict[str, str]) -> dict[str, str]:
    return {k: "Basic ********" if k == "Authorization" else v for k, v in headers.items()}


def _told(first: str, headers: dict[str, str], body: bytes) -> str:
    lines = "".join(f"  {name}: {value}\r\n" for name, value in headers.items())
    content = body.decode(errors="replace")
    return f"{first}\r\nHTTP Version: 1.1\r\nHeaders:\r\n{{\r\n{lines}}}\r\nContent:\r\n{content}"


def _complaint(answer: urllib3.BaseHTTPResponse) -> str:
    if answer.status // 100 == 2:  # noqa: PLR2004 — the class of good answers
        return ""
    return f"{answer.reason or 'Refused'} ({answer.status})"
