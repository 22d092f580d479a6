"""What the tests of the development host share."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from devhost.azurite import Azurite
    from devhost.host import Host


@pytest.fixture
def settings(azurite: Azurite) -> dict[str, str]:
    """Return settings of an app whose timers and leases are no other test's."""
    return {
        "AzureWebJobsStorage": azurite.connection_string,
        "AzureFunctionsWebHost__hostid": uuid4().hex,
        "QUEUE": f"q{uuid4().hex[:12]}",
    }


class Answered:
    """A response as it came over the socket."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


class Send(Protocol):
    def __call__(
        self,
        host: Host,
        target: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answered: ...


@pytest.fixture
def send() -> Send:
    """Return a function that sends one request over a real socket."""

    def request(
        host: Host,
        target: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answered:
        connection = http.client.HTTPConnection("localhost", host.port, timeout=20)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            return Answered(connection.getresponse())
        finally:
            connection.close()

    return request
