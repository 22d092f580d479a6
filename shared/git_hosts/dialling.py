"""The way to servers that admins name: where it may lead, and whom TLS trusts on it."""

from __future__ import annotations

import socket
import ssl
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from shared.errors import BadRequestError, RefusedError, SettingsError, UnavailableError
from shared.git_hosts.allow_list import SETTING, AllowList

if TYPE_CHECKING:
    from collections.abc import Sequence

CA_BUNDLE: Final = "GIT_SERVER_CA_BUNDLE"
_CONNECT_SECONDS: Final = 10.0
_LOOK_UP_SECONDS: Final = 10.0
_PORTS: Final = {"http": 80, "https": 443}


class _Address(NamedTuple):
    family: int
    address: str
    whole: tuple[Any, ...]
    """As `connect` takes it: with the port, and for IPv6 more."""


class Found(NamedTuple):
    """Where a host lies; each of the addresses may be called."""

    host: str
    port: int
    addresses: tuple[_Address, ...]


class Egress:
    """What requests and connections to a server that an admin named go through."""

    def __init__(self, allow_list: AllowList | None = None, *, ca_bundle: str = "") -> None:
        self._allow_list = allow_list or AllowList()
        self._ca_bundle = ca_bundle
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    def check_url(self, url: str) -> None:
        """Refuse with BadRequestError an http address that leaves what the operator trusts.

        Nothing is looked up: where a name leads is judged by `connect`.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or _PORTS.get(parts.scheme, 0)
        if parts.scheme == "http" and not self._allow_list.may_be_open(host, port):
            raise BadRequestError(
                f"{host} may not be called without TLS.",
                fields={"url": "it must begin with https://"},
                next_step=f"Use https://, or have {host} added to {SETTING} if it lies within a "
                "network that you trust.",
            )

    def connect(
        self,
        host: str,
        port: int,
        *,
        is_open: bool = False,
        seconds: float = _CONNECT_SECONDS,
    ) -> socket.socket:
        """Return a connection to an address that was checked; errors of `find` and `call`."""
        return self.call(self.find(host, port, is_open=is_open), seconds=seconds)

    def find(
        self, host: str, port: int, *, is_open: bool = False, seconds: float | None = None
    ) -> Found:
        """Return where a host lies, checked; RefusedError, or UnavailableError when nobody knows.

        The name is looked up once. If any of its addresses may not be called none is: which one
        the next look-up would give is not ours to choose. *is_open* says that what is sent can be
        read on the way.
        """
        host = host.removeprefix("[").removesuffix("]")
        if is_open and not self._allow_list.may_be_open(host, port):
            raise _refusal(f"{host} may not be called without TLS", host)
        found = _look_up(host, port, _LOOK_UP_SECONDS if seconds is None else seconds)
        if not all(self._allow_list.admits(f.address, host=host, port=port) for f in found):
            raise _refusal(f"{host} lies where Devlinks may not call", host)
        return Found(host, port, tuple(found))

    def call(self, found: Found, *, seconds: float = _CONNECT_SECONDS) -> socket.socket:
        """Return a connection to the first address that takes it; UnavailableError."""
        reason: OSError | None = None
        for one in found.addresses:
            try:
                return _connect(one, seconds)
            except OSError as error:
                reason = error
        text = f"{found.host}:{found.port} did not answer: {_reason(reason)}."
        raise UnavailableError(text) from reason

    def tls(self) -> ssl.SSLContext:
        """Return whom to trust: the public authorities, and those that the operator names."""
        import certifi  # noqa: PLC0415 — only for servers that admins name

        with self._lock:
            if self._tls is None:
                self._tls = ssl.create_default_context(cafile=certifi.where())
                if self._ca_bundle:
                    self._tls.load_verify_locations(cafile=self._ca_bundle)
            return self._tls


def check_ca_bundle(path: str, *, setting: str = CA_BUNDLE) -> None:
    """Return when *path* holds certificates in PEM; else SettingsError."""
    try:
        ssl.create_default_context().load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise SettingsError([f"{setting} names a file without certificates in PEM"]) from error
    except OSError as error:
        raise SettingsError([f"{setting} cannot be read: {error.strerror}"]) from error


_Told: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
"""What a look-up tells of one address."""


def _refusal(text: str, host: str) -> RefusedError:
    return RefusedError(
        f"{text} ({SETTING}).",
        next_step=f"Check the address; if {host} is meant, ask whoever runs Devlinks to add it to "
        f"{SETTING}.",
    )


def _look_up(host: str, port: int, seconds: float) -> list[_Address]:
    """Return the addresses of a host.

    A look-up cannot be ended: one that takes too long is left behind in its thread, until the
    system gives it up.
    """
    heard: SimpleQueue[Sequence[_Told] | OSError | UnicodeError] = SimpleQueue()

    def ask() -> None:
        try:
            heard.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:  # a label may be too long, or empty
            heard.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        told = heard.get(timeout=seconds)
    except Empty:
        raise UnavailableError(f"Looking up the address of {host} took too long.") from None
    if isinstance(told, Exception):
        raise UnavailableError(f"There is no address for {host}.") from told
    return [_Address(family, str(address[0]), address) for family, _, _, _, address in told]


def _connect(found: _Address, seconds: float) -> socket.socket:
    connection = socket.socket(found.family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect(found.whole)
    except OSError:
        connection.close()
        raise
    return connection


def _reason(error: OSError | None) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    return (error.strerror if error else None) or "nobody listens"
