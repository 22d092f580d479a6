"""How MSAL's requests leave: no redirects, nothing of the environment, and an end to everything.

What passes is an error here already, so that MSAL sees nothing but JSON: it would take a page for
an answer, remember a 5xx, and write what it cannot read to the log.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

import msgspec
from requests import Request, RequestException, Response
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from shared.entra.refusals import plain
from shared.errors import IdentityServerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECT_SECONDS: Final = 10.0
_MOST_BYTES: Final = 1_000_000
_CHUNK_BYTES: Final = 65_536
_TOO_MANY: Final = 429
_FIRST_REDIRECT, _FIRST_OF_CLIENT, _FIRST_OF_SERVER = 300, 400, 500


class Reply:
    """An answer that is a JSON object, in the form that MSAL wants it."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status_code = status
        self.headers = headers
        self.text = text

    def raise_for_status(self) -> None:
        """Do nothing: what this is for was an error before there was a reply."""


class Calls:
    """Sends requests over connections of one operation; MSAL's `http_client`."""

    def __init__(self, *, ca_bundle: str = "", answers_within: float = 20.0) -> None:
        """*ca_bundle* is the path of certificates to trust in place of the public ones."""
        # Without a session there are no cookies, no redirects, and nothing of the environment. One
        # that is told to follow none reads the body of a redirect all the same, to its end.
        self._adapter = HTTPAdapter()
        self._trusted = ca_bundle or True
        self._seconds = answers_within

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Return what there is at an address; IdentityServerUnavailableError."""
        return self._send("GET", url, params=params, headers=headers)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Return what is answered to a form; IdentityServerUnavailableError."""
        return self._send("POST", url, params=params, data=data, headers=headers)

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        data: Mapping[str, str] | None = None,
    ) -> Reply:
        request = Request(method, url, params=params, data=data, headers=headers).prepare()
        until = time.monotonic() + self._seconds
        patience = (min(_CONNECT_SECONDS, self._seconds), self._seconds)
        try:
            with self._adapter.send(
                request, stream=True, timeout=patience, verify=self._trusted
            ) as response:
                if trouble := passing_trouble(response.status_code, response.headers):
                    raise IdentityServerUnavailableError(f"{_host(url)} {trouble}")
                body = _read(response, until=until, url=url)
                return Reply(response.status_code, response.headers, body)
        except (RequestException, HTTPError) as error:
            text = f"{_host(url)} did not answer: {type(error).__name__}."
            raise IdentityServerUnavailableError(text) from error


def passing_trouble(status: int, headers: Mapping[str, str]) -> str:
    """Return what is wrong with an answer that says nothing about us; nothing if it is fine."""
    if status == _TOO_MANY:
        wait = plain(headers.get("Retry-After", ""))[:40]
        return f"asks to wait{f', Retry-After: {wait}' if wait else ''}."
    if status >= _FIRST_OF_SERVER or _FIRST_REDIRECT <= status < _FIRST_OF_CLIENT:
        return f"answered {status}."
    return ""


def is_object(body: bytes) -> bool:
    """Return whether an answer is a JSON object, as all of the protocol are."""
    try:
        return isinstance(msgspec.json.decode(body), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _read(response: Response, *, until: float, url: str) -> str:
    body = b""
    # What there is, as it comes: a whole chunk may take for ever.
    while part := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        body += part
        if len(body) > _MOST_BYTES or time.monotonic() > until:
            raise IdentityServerUnavailableError(f"{_host(url)} did not come to an end.")
    if not is_object(body):
        text = f"{_host(url)} answered {response.status_code} with what is not of its API."
        raise IdentityServerUnavailableError(text)
    return body.decode()


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
