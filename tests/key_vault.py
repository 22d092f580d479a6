"""A key vault for tests: the routes that wrapping takes, behind the real client.

https://learn.microsoft.com/rest/api/keyvault/keys
"""

from __future__ import annotations

import base64
import json
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import RequestsTransport
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from shared.caching import CachedSecrets
from shared.services import SECRETS_WITHIN, Services
from shared.storage.data_keys import DataKey, WrappedKeys
from shared.storage.key_vault import KeyVault, key_vault
from shared.storage.vaults import SealingVault

if TYPE_CHECKING:
    from shared.interfaces import Clock
    from shared.interfaces.storage import KeyedVault, Records

VAULT = "https://acme.vault.azure.net"
KEY_URL = f"{VAULT}/keys/devlinks"
TOKEN = "canary-token-of-the-app"
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class Identity:
    """The app's identity, which the vault knows."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        assert scopes == ("https://vault.azure.net/.default",)
        del options
        return AccessToken(TOKEN, int(time.time()) + 3600)


class FakeKeyVault:
    """A vault with one key of several versions; a context manager."""

    def __init__(self) -> None:
        self.versions: dict[str, rsa.RSAPrivateKey] = {}
        self.disabled: set[str] = set()
        self.calls: list[str] = []
        """Method and version of each call that brought the app's token."""
        self.refusal: tuple[int, str, str] | None = None
        """What everything is answered with: status, code, closer code."""
        self.is_down = False
        self.rotate()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def rotate(self) -> str:
        """Give the key a new version, and return its name."""
        version = f"{len(self.versions) + 1:032x}"
        self.versions[version] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return version

    def key(self, key_url: str = KEY_URL) -> KeyVault:
        """Return the key as the product uses it."""
        return key_vault(key_url, Identity, transport=self.transport)

    def transport(self) -> RequestsTransport:
        """Return a way to the vault, from whatever address is asked."""
        return _Diverted(self, f"http://127.0.0.1:{self._server.server_port}")

    def vault(self, records: Records[DataKey], clock: Clock) -> SealingVault:
        """Return the vault of a process of its own."""
        return SealingVault(WrappedKeys(records, self.key(), clock))

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Return the answer to a call."""
        if self.refusal is not None:
            return _problem(*self.refusal)
        _, name, *rest = path.strip("/").split("/")
        version = rest[0] if rest and rest[0] in self.versions else list(self.versions)[-1]
        asked_for_another = bool(rest) and rest[0] not in {*self.versions, "wrapkey", "unwrapkey"}
        self.calls.append(f"{method} {path}")
        if name != "devlinks" or asked_for_another:
            return _problem(404, "KeyNotFound", "")
        if version in self.disabled:
            return _problem(403, "Forbidden", "KeyDisabled")
        key_id = f"{KEY_URL}/{version}"
        if method == "GET":
            return 200, {"key": _public(self.versions[version], key_id), "attributes": {}}
        asked = json.loads(body)
        assert asked["alg"] == "RSA-OAEP-256"
        assert path.endswith("/unwrapkey")
        try:
            found = self.versions[version].decrypt(_decoded(asked["value"]), _OAEP)
        except ValueError:
            return _problem(400, "BadParameter", "")
        return 200, {"kid": key_id, "value": _encoded(found)}


def restarted(services: Services, vault: KeyedVault) -> Services:
    """Return the services of a process that has just started, with keys of its own."""
    known_secrets = CachedSecrets(vault, services.clock, SECRETS_WITHIN)
    return replace(services, vault=vault, known_secrets=known_secrets)


class _Diverted(RequestsTransport):  # type: ignore[misc]  # it is imported lazily there
    """Sends what is meant for the vault to a server here, and waits for nothing."""

    def __init__(self, vault: FakeKeyVault, address: str) -> None:
        super().__init__(use_env_settings=False)
        self._vault = vault
        self._address = address

    def send(self, request: Any, **options: Any) -> Any:
        if self._vault.is_down:
            raise ServiceRequestError("Nobody answers.")
        meant = request.url
        parts = urlsplit(meant)
        request.url = f"{self._address}{parts.path}?{parts.query}"
        try:
            return super().send(request, **options)
        finally:
            request.url = meant

    def sleep(self, duration: float) -> None:
        del duration


def _handler(vault: FakeKeyVault) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — as inherited
            del format, args

        def _answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, answer = _problem(401, "Unauthorized", "")
            else:
                status, answer = vault.answer(method, self.path.partition("?")[0], body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            challenge = (
                'Bearer authorization="https://login.microsoftonline.com/acme", '
                'resource="https://vault.azure.net"'
            )
            self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _problem(status: int, code: str, closer: str) -> tuple[int, dict[str, Any]]:
    inner = {"innererror": {"code": closer}} if closer else {}
    return status, {"error": {"code": code, "message": "It is refused.", **inner}}


def _public(key: rsa.RSAPrivateKey, key_id: str) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    return {
        "kid": key_id,
        "kty": "RSA",
        "key_ops": ["wrapKey", "unwrapKey"],
        "n": _encoded(numbers.n.to_bytes(256, "big")),
        "e": _encoded(numbers.e.to_bytes(3, "big")),
    }


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
