"""The storage account: where its services are, and how requests to them are signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol
from wsgiref.handlers import format_date_time

from azure.core import PipelineClient
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
)
from azure.core.utils import parse_connection_string
from msgspec import Struct

from shared.errors import SettingsError

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineRequest
    from azure.core.pipeline.transport import HttpTransport
    from azure.core.rest import HttpRequest, HttpResponse

Service = Literal["table", "queue"]

_DEVELOPMENT = (
    "AccountName=devstoreaccount1;"
    # The well-known key of the storage emulator; it opens nothing else.
    # https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
    "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
    "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1"
)
_STORAGE_SCOPE = "https://storage.azure.com/.default"
_VERSION = "2019-02-02"
"""The newest version of the protocol that tables and queues share everywhere."""
_BEHIND_SCHEME: Final = len("https://")
_PASSING: Final = frozenset({401, 408, 429, 500, 502, 503, 504})
"""Statuses that another try may change; 401, when a token was taken back before its time."""
_RENEWED_BEFORE: Final = 300
"""Seconds before a token expires."""


class StorageAccount(Struct, frozen=True):
    """Addresses without a slash at the end, and either an account key or an identity."""

    table_url: str
    queue_url: str
    name: str = ""
    key: str = ""
    identity: TokenCredential | None = None

    def __repr__(self) -> str:
        return f"StorageAccount({self.table_url!r}, …)"

    @classmethod
    def from_connection_string(cls, text: str) -> StorageAccount:
        """Read a connection string; SettingsError says what it lacks."""
        if text.strip().rstrip(";").lower() == "usedevelopmentstorage=true":
            text = _DEVELOPMENT
        try:
            parts = parse_connection_string(text)
        except ValueError as error:
            raise SettingsError(["AzureWebJobsStorage is no connection string"]) from error
        name, key = parts.get("accountname", ""), parts.get("accountkey", "")
        if not name or not key:
            raise SettingsError(["AzureWebJobsStorage lacks AccountName or AccountKey"])
        try:
            base64.b64decode(key, validate=True)
        except binascii.Error as error:
            raise SettingsError(["AzureWebJobsStorage has a broken AccountKey"]) from error
        scheme = parts.get("defaultendpointsprotocol", "https")
        suffix = parts.get("endpointsuffix", "core.windows.net")
        return cls(
            table_url=parts.get("tableendpoint", f"{scheme}://{name}.table.{suffix}").rstrip("/"),
            queue_url=parts.get("queueendpoint", f"{scheme}://{name}.queue.{suffix}").rstrip("/"),
            name=name,
            key=key,
        )

    def client(self, service: Service, *, transport: HttpTransport[Any, Any]) -> Client:
        """Return a client that signs each try anew and tries a few times.

        A request that may have been carried out is repeated too: our writes are safe to repeat.
        """
        retries = RetryPolicy(
            retry_total=3,
            retry_connect=2,
            retry_read=2,
            retry_backoff_factor=0.2,
            retry_on_methods=["GET", "PUT", "POST", "PATCH", "DELETE"],
        )
        url = self.table_url if service == "table" else self.queue_url
        signer: _Signer
        policy: Any
        if self.identity is None:
            signer = policy = _SharedKeyLite(self.name, self.key, service)
        else:
            signer = _Bearer(self.identity)
            policy = BearerTokenCredentialPolicy(self.identity, _STORAGE_SCOPE)
        pipeline: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            url, transport=transport, policies=[retries, policy]
        )
        return _DirectClient(signer, transport, pipeline)


class Client(Protocol):
    """Sends requests to one service of an account; AzureError when it stays without an answer."""

    def send_request(self, request: HttpRequest) -> HttpResponse:
        """Return the answer to a request, whatever its status."""


class _DirectClient:
    """Sends a request the shortest way, and what that fails at through a pipeline.

    The pipeline takes longer than signing, sending and reading together.
    """

    def __init__(
        self,
        signer: _Signer,
        transport: HttpTransport[HttpRequest, HttpResponse],
        pipeline: PipelineClient[HttpRequest, HttpResponse],
    ) -> None:
        self._signer = signer
        self._transport = transport
        self._pipeline = pipeline

    def send_request(self, request: HttpRequest) -> HttpResponse:
        """See Client.send_request."""
        self._signer.sign(request)
        try:
            answer = self._transport.send(request)
        except (ServiceRequestError, ServiceResponseError):
            return self._pipeline.send_request(request)
        if answer.status_code in _PASSING:
            return self._pipeline.send_request(request)
        return answer


class _Signer(Protocol):
    """Says in a request who makes it."""

    def sign(self, http: HttpRequest) -> None:
        """Sign a request, or sign it anew."""


class _Bearer:
    """Signs with an identity's token, which is kept until shortly before it expires."""

    def __init__(self, identity: TokenCredential) -> None:
        self._identity = identity
        self._token: AccessToken | None = None

    def sign(self, http: HttpRequest) -> None:
        """See _Signer.sign; ServiceRequestError where the token could be read on its way."""
        if not http.url.startswith("https://"):
            raise ServiceRequestError("The token of an identity is sent over TLS only.")
        token = self._token
        if token is None or token.expires_on - time.time() < _RENEWED_BEFORE:
            token = self._token = self._identity.get_token(_STORAGE_SCOPE)
        http.headers["Authorization"] = f"Bearer {token.token}"


class _SharedKeyLite(SansIOHTTPPolicy["HttpRequest", "HttpResponse"]):
    """Signs with the account key in the short form.

    https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
    """

    def __init__(self, name: str, key: str, service: Service) -> None:
        self._name = name
        self._key = base64.b64decode(key)
        self._is_table = service == "table"

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        self.sign(request.http_request)

    def sign(self, http: HttpRequest) -> None:
        """Sign a request, or sign it anew."""
        headers = http.headers
        date = format_date_time(time.time())
        headers["x-ms-date"] = date
        path, _, query = http.url[http.url.index("/", _BEHIND_SCHEME) :].partition("?")
        resource = f"/{self._name}{path}"
        if query.startswith("comp="):
            resource += f"?{query}"
        if self._is_table:
            text = f"{date}\n{resource}"
        else:
            named = f"x-ms-date:{date}\nx-ms-version:{_VERSION}\n"
            kind = headers.get("Content-Type", "")
            text = f"{http.method}\n\n{kind}\n\n{named}{resource}"
        digest = hmac.new(self._key, text.encode(), hashlib.sha256).digest()
        signature = base64.b64encode(digest).decode()
        headers["Authorization"] = f"SharedKeyLite {self._name}:{signature}"


PROTOCOL_HEADERS = {"x-ms-version": _VERSION}
