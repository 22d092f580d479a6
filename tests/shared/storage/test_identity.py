"""How an identity signs requests to storage; Entra itself cannot run here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ServiceRequestError
from azure.core.rest import HttpRequest, HttpResponse

from shared.storage.account import StorageAccount
from shared.storage.transport import PooledTransport

if TYPE_CHECKING:
    from tests.shared.conftest import Serve

SAFE = "https://acme.table.core.windows.net"
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Identity:
    """Gives out a new token each time that it is asked."""

    def __init__(self, *, lifetime: int) -> None:
        self._lifetime = lifetime
        self.given = 0

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        assert scopes == ("https://storage.azure.com/.default",)
        del options
        self.given += 1
        return AccessToken(f"token-{self.given}", int(time.time()) + self._lifetime)


class Diverted(PooledTransport):
    """Sends what is meant for the account to a server here, and remembers how it was signed."""

    def __init__(self, url: str) -> None:
        super().__init__(connections=1)
        self._url = url
        self.signed: list[str] = []

    def send(self, request: HttpRequest, **options: Any) -> HttpResponse:
        self.signed.append(request.headers["Authorization"])
        return super().send(HttpRequest(request.method, f"{self._url}/"), **options)


def account(identity: Identity, url: str = SAFE) -> StorageAccount:
    return StorageAccount(table_url=url, queue_url=url, identity=identity)


@pytest.mark.parametrize(("lifetime", "given"), [(3600, 1), (200, 3)])
def test_token_is_kept_until_shortly_before_it_expires(
    serve: Serve, lifetime: int, given: int
) -> None:
    identity = Identity(lifetime=lifetime)
    url, _ = serve(lambda connection: connection.sendall(OK))
    transport = Diverted(url)
    client = account(identity).client("table", transport=transport)

    for _ in range(3):
        assert client.send_request(HttpRequest("GET", f"{SAFE}/")).status_code == 200

    assert identity.given == given
    assert transport.signed[0] == "Bearer token-1"


def test_token_that_is_refused_is_replaced(serve: Serve) -> None:
    identity = Identity(lifetime=3600)
    answers = iter([REFUSED, OK])
    url, _ = serve(lambda connection: connection.sendall(next(answers)))
    transport = Diverted(url)

    answer = (
        account(identity)
        .client("table", transport=transport)
        .send_request(HttpRequest("GET", f"{SAFE}/"))
    )

    assert answer.status_code == 200
    assert transport.signed == ["Bearer token-1", "Bearer token-2"]


def test_token_is_not_sent_where_it_could_be_read(serve: Serve) -> None:
    url, heard = serve(lambda connection: connection.sendall(OK))
    client = account(Identity(lifetime=3600), url).client("table", transport=Diverted(url))

    with pytest.raises(ServiceRequestError, match="TLS only"):
        client.send_request(HttpRequest("GET", f"{url}/"))

    assert heard == []
