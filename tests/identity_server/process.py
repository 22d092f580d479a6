"""Run an identity server of our own over TLS, for tests to sign in at; it stands for Entra.

It is npm's oidc-provider, certified for OpenID Connect: consent, refresh tokens that are good for
one use, and revocation are not ours. It ends when our end of its standard input closes.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self

import msgspec
import requests

from devhost import npm
from devhost.node import find_node
from shared.entra.credentials import ClientSecret, Registration
from shared.entra.server import EntraServer
from tests.identity_server.browsing import Person
from tests.identity_server.certificates import CertifiedKey

if TYPE_CHECKING:
    from shared.entra.credentials import Credential
    from shared.interfaces import Clock

Failure = Literal[
    "throttled", "unavailable", "html", "hang", "invalid_client", "unauthorized_client", "markup",
    "conditional_access", "password_expired", "nothing_new",
    "wrong_tid", "wrong_aud", "wrong_iss", "wrong_nonce", "expired", "nobody",
]  # fmt: skip
"""How a token request goes wrong; from `wrong_tid` on, in a claim of the ID token.

`nothing_new` is an answer without a refresh token.
"""

_HERE = Path(__file__).resolve().parent
_TOOLS = npm.TOOLS / "identity_server"
_SECONDS = 60.0

TENANT: Final = "11111111-1111-4111-8111-111111111111"
CLIENT: Final = "22222222-2222-4222-8222-222222222222"
CERTIFIED_CLIENT: Final = "33333333-3333-4333-8333-333333333333"
ADMIN: Final = "admin@contoso.example"
READER: Final = "reader@contoso.example"


class Account(msgspec.Struct, frozen=True):
    """Somebody who can sign in, with nothing but their name."""

    oid: str
    name: str
    roles: tuple[str, ...] = ()


PEOPLE: Final = {
    ADMIN: Account("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "Administrator", ("Admin",)),
    READER: Account("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", "Release reader"),
}


class IdentityServerProcess:
    """A running identity server; a context manager."""

    tenant_id = TENANT
    client_id = CLIENT
    certified_client_id = CERTIFIED_CLIENT
    """Of the app that signs in with `certificate` in place of a secret."""
    client_secret = "the secret of the app registration"
    people = tuple(PEOPLE)
    """Whom one can sign in as."""
    object_ids: ClassVar = {name: account.oid for name, account in PEOPLE.items()}

    def __init__(self, folder: Path, *, access_token_seconds: int) -> None:
        self._folder = folder
        own = CertifiedKey.make("localhost")
        self.certificate = CertifiedKey.make("devlinks")
        self.ca_bundle = str(folder / "ca.pem")
        Path(self.ca_bundle).write_text(own.certificate)
        for script in _HERE.glob("*.mjs"):
            shutil.copy(script, folder)
        self._said = (folder / "said.txt").open("w+")
        self._process = subprocess.Popen(
            [find_node().node, "server.mjs"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            start_new_session=True,
        )
        self._tell(own, access_token_seconds=access_token_seconds)
        self.url = f"https://localhost:{self._port()}"
        self.authority = f"{self.url}/{TENANT}"

    @classmethod
    def start(cls, *, access_token_seconds: int = 60) -> IdentityServerProcess:
        """Return a server that answers; the first time it is downloaded, 1 MB."""
        place = npm.place_of(_HERE, tools=_TOOLS)
        if not place.exists():
            npm.install(find_node(), locked=_HERE, place=place)
        folder = Path(tempfile.mkdtemp(prefix="identity-server-"))
        # Scripts find their modules from where they lie.
        (folder / "node_modules").symlink_to(place / "node_modules")
        return cls(folder, access_token_seconds=access_token_seconds)

    @property
    def process_id(self) -> int:
        """Return the id of its process."""
        return self._process.pid

    def stop(self) -> None:
        """End it and wait until it is gone; may be called again."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._said.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def entra(
        self,
        *,
        clock: Clock | None = None,
        client_id: str = CLIENT,
        credential: Credential | None = None,
        tenant_id: str = TENANT,
        answers_within: float = 20.0,
    ) -> EntraServer:
        """Return what the product calls it with."""
        registration = Registration(
            tenant_id=tenant_id,
            client_id=client_id,
            credential=credential or ClientSecret(self.client_secret),
            authority=self.url,
        )
        return EntraServer(
            registration,
            clock=clock or _utc_now,
            ca_bundle=self.ca_bundle,
            answers_within=answers_within,
        )

    def fail(self, kind: Failure, *, times: int = 1) -> None:
        """Let the next *times* token requests go wrong."""
        self._control(fail=kind, times=times)

    def well(self) -> None:
        """Let nothing go wrong that has not yet."""
        self._control(well=True)

    def revoke_all(self) -> None:
        """Revoke what was granted so far: no token of it is good any more."""
        self._control(revokeAll=True)

    def knows_access_token(self, text: str) -> bool:
        """Return whether it gave this out, and it is neither expired nor revoked."""
        return bool(self._control(knows=text)["knows"])

    def token_requests(self) -> int:
        """Return how many requests the token endpoint has had so far."""
        return int(self._control()["requests"])

    def allow(self, url: str, *, account: str = ADMIN) -> dict[str, str]:
        """Sign in and consent at *url*; return the form that the browser is sent back with."""
        return Person(self.ca_bundle).allow(url, account=account)

    def cancel(self, url: str) -> dict[str, str]:
        """Press Cancel at *url*; return the same."""
        return Person(self.ca_bundle).cancel(url)

    def _tell(self, own: CertifiedKey, *, access_token_seconds: int) -> None:
        wanted = {
            "port": 0,
            "tenant": TENANT,
            "tls": {"key": own.key, "certificate": own.certificate},
            "client": {"id": CLIENT, "secret": self.client_secret},
            "certified": {"id": CERTIFIED_CLIENT, "jwks": self.certificate.jwks()},
            "people": PEOPLE,
            "accessTokenSeconds": access_token_seconds,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(wanted).decode() + "\n")
        self._process.stdin.flush()

    def _port(self) -> int:
        assert self._process.stdout is not None
        patience = threading.Timer(_SECONDS, self._process.kill)
        patience.start()
        try:
            for line in self._process.stdout:
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    return int(json.loads(line)["port"])
        finally:
            patience.cancel()
        self._said.seek(0)
        said = self._said.read()
        self.stop()
        raise RuntimeError(f"The identity server did not start: {said}")

    def _control(self, **wish: object) -> dict[str, int]:
        answer = requests.post(
            f"{self.url}/control", json=wish, verify=self.ca_bundle, timeout=_SECONDS
        )
        answer.raise_for_status()
        found: dict[str, int] = answer.json()
        return found


def _utc_now() -> datetime:
    return datetime.now(UTC)
