"""A repository over SSH: the server's key is known before, and nothing of this machine is used.

No agent, no file of the user's, no shell here: the one command that is sent is built for the other
side from the path alone. https://git-scm.com/docs/pack-protocol#_ssh_transport
"""

from __future__ import annotations

import io
import logging
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import paramiko
from msgspec import Struct

from shared.errors import (
    BadRequestError,
    HostKeyChangedError,
    RefusedError,
    SignedOutError,
    UnavailableError,
)
from shared.git_hosts.git_protocol.keys import HostKey, read_host_keys
from shared.git_hosts.git_protocol.packets import read_greeting
from shared.git_hosts.git_protocol.remote import Incoming, said_no

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.git_hosts.dialling import Egress

_SHORT: Final = re.compile(
    r"(?:(?P<user>[^@/:]+)@)?(?P<host>\[[^\]]+\]|[^@/:\[\]]+):(?P<path>[^:].*)"
)
"""`git@host:path`, as `scp` writes it."""
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f]")
_PORT: Final = 22
_USER: Final = "git"
_SECONDS: Final = 30.0
"""For each step of the greeting."""
_SILENCE: Final = 60.0
_WORDS: Final = 4096
_RSA: Final = ("rsa-sha2-512", "rsa-sha2-256")
_KEY_KINDS: Final = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)

# What goes wrong is raised; its tracebacks beside that would say no more.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class SshAddress(Struct, frozen=True):
    """Where a repository lies."""

    user: str
    host: str
    port: int
    path: str

    @property
    def name(self) -> str:
        """What people call it."""
        port = "" if self.port == _PORT else f":{self.port}"
        return f"{self.host}{port}/{self.path.lstrip('/')}"


class SshRemote:
    """See Remote. *url* is `ssh://user@host:port/path` or `user@host:path`."""

    def __init__(
        self,
        url: str,
        *,
        egress: Egress,
        private_key: str,
        host_key: str,
        seconds: float | None = None,
    ) -> None:
        """Wait no longer than some *seconds* for each answer, where that is not the usual time."""
        self._seconds = seconds or _SECONDS
        self._address = read_ssh_url(url)
        self.name = self._address.name
        self._egress = egress
        self._private_key = private_key
        self._host_keys = read_host_keys(host_key)

    @contextmanager
    def talk(self, *, until: float) -> Iterator[_Talk]:
        """See Remote.talk."""
        key = _private_key(self._private_key)
        with _transport(
            self._address, self._egress, self._host_keys, seconds=self._seconds
        ) as transport:
            _check_host_key(transport, self._host_keys, self.name)
            with _failures(self.name):
                transport.auth_publickey(self._address.user, key)
            yield _Talk(transport, self._address, until)


class _Talk:
    """See Conversation. Each request after the first is a command of its own."""

    told_at: datetime | None = None

    def __init__(self, transport: paramiko.Transport, address: SshAddress, until: float) -> None:
        self._transport = transport
        self._path = address.path
        self._name = address.name
        self._until = until
        self._channel: paramiko.Channel | None = None
        self._is_asked = False

    def greeting(self, *, most: int) -> Incoming:
        """See Conversation.greeting."""
        with _failures(self._name):
            channel = self._transport.open_session(timeout=_SECONDS)
            channel.settimeout(min(_SILENCE, max(0.1, self._until - time.monotonic())))
            # Servers that know no versions ignore it, and greet in the oldest one.
            channel.update_environment({"GIT_PROTOCOL": "version=2"})
            self._begin(channel)
        self._channel = channel
        return Incoming(self._recv, name=self._name, most=most, until=self._until)

    def ask(self, request: bytes, *, most: int) -> Incoming:
        """See Conversation.ask."""
        if self._is_asked or self._channel is None:
            self._skip(self.greeting(most=most))
        assert self._channel is not None
        self._is_asked = True
        with _failures(self._name):
            self._channel.sendall(request)
        return Incoming(self._recv, name=self._name, most=most, until=self._until)

    def _begin(self, channel: paramiko.Channel) -> None:
        try:
            channel.exec_command(f"git-upload-pack {_quoted(self._path)}".encode())
        except paramiko.SSHException:
            # A command may be over before the server says that it has begun.
            self._check_last_words(channel)
            raise

    def _check_last_words(self, channel: paramiko.Channel) -> None:
        """Raise what the words for people mean that a command left, if there are any."""
        if channel.recv_stderr_ready():
            raise said_no(self._name, channel.recv_stderr(_WORDS))

    def _skip(self, greeting: Incoming) -> None:
        read_greeting(greeting, name=self._name)

    def _recv(self, most: int) -> bytes:
        assert self._channel is not None
        with _failures(self._name):
            found = self._channel.recv(most)
            if not found:  # it ended before it should have
                self._check_last_words(self._channel)
        return found


def read_ssh_url(url: str) -> SshAddress:
    """Return the parts of an address; BadRequestError when it is none that can be called safely.

    A folder of a user's begins with `~`, as in git; what could be taken for an option is refused.
    """
    try:
        address = _parts(url)
    except ValueError as error:
        raise _bad("it is no address of SSH") from error
    if _UNSEEN.search(url) or not address.host or not address.path.strip("/"):
        raise _bad("it is no address of SSH")
    if any(part.startswith("-") for part in (address.user, address.host, address.path)):
        raise _bad("no part of it may begin with -")
    return address


def remote_host_key(url: str, *, egress: Egress, seconds: float = _SECONDS) -> str:
    """Return the key that a server shows, as `known_hosts` writes it, for somebody to confirm."""
    address = read_ssh_url(url)
    with _transport(address, egress, (), seconds=seconds) as transport:
        key = transport.get_remote_server_key()
    host = address.host if address.port == _PORT else f"[{address.host}]:{address.port}"
    return f"{host} {key.get_name()} {key.get_base64()}"


def _parts(url: str) -> SshAddress:
    if "://" not in url:
        match = _SHORT.fullmatch(url)
        if match is None:
            raise ValueError(url)
        return SshAddress(match["user"] or _USER, match["host"].strip("[]"), _PORT, match["path"])
    parts = urlsplit(url)
    if parts.scheme not in {"ssh", "git+ssh", "ssh+git"} or parts.password is not None:
        raise ValueError(url)
    path = unquote(parts.path)
    if _UNSEEN.search(path):
        raise ValueError(url)
    path = path.removeprefix("/") if path.startswith("/~") else path
    user = unquote(parts.username or _USER)
    return SshAddress(user, parts.hostname or "", parts.port or _PORT, path)


@contextmanager
def _transport(
    address: SshAddress, egress: Egress, host_keys: tuple[HostKey, ...], *, seconds: float
) -> Iterator[paramiko.Transport]:
    """Connect and agree on keys; nothing was said yet of who we are."""
    connection = egress.connect(address.host, address.port)
    try:
        with _failures(address.name):
            transport = paramiko.Transport(connection)
        try:
            with _failures(address.name):
                _prefer(transport, host_keys)
                transport.banner_timeout = transport.auth_timeout = seconds
                transport.start_client(timeout=seconds)
                # It returns as well when time is up; without a key there is no session.
                transport.get_remote_server_key()
            yield transport
        finally:
            transport.close()
    finally:
        connection.close()


def _prefer(transport: paramiko.Transport, host_keys: tuple[HostKey, ...]) -> None:
    """Ask for the kind of key that is known first, of a server that has several."""
    options = transport.get_security_options()
    kinds = {kind for key in host_keys for kind in (_RSA if "rsa" in key.kind else (key.kind,))}
    options.key_types = sorted(options.key_types, key=lambda kind: kind not in kinds)


def _check_host_key(
    transport: paramiko.Transport, host_keys: tuple[HostKey, ...], name: str
) -> None:
    shown = transport.get_remote_server_key()
    key = HostKey(shown.get_name(), shown.get_base64())
    if key not in host_keys:
        known = " or ".join(k.fingerprint for k in host_keys) or "none"
        raise HostKeyChangedError(
            f"{name} showed the host key {key.fingerprint}; known is {known}."
        )


def _private_key(text: str) -> paramiko.PKey:
    for kind in _KEY_KINDS:
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError):
            continue
    raise SignedOutError(
        "The private key of the connection cannot be read.",
        next_step="Replace the connection, and copy the new public key to the git host.",
    )


@contextmanager
def _failures(name: str) -> Iterator[None]:
    """Turn what paramiko raises into what it means."""
    try:
        yield
    except paramiko.ssh_exception.IncompatiblePeer as error:
        if "host key" not in str(error):
            raise RefusedError(f"{name} knows no way of SSH that is safe: {error}.") from error
        # A kind is asked for only where a key of it is known.
        raise HostKeyChangedError(f"{name} has no host key of the kind that is known.") from error
    except paramiko.AuthenticationException as error:
        raise SignedOutError(
            f"{name} did not accept the key.",
            next_step="Copy the connection's public key to the git host: to the deploy keys of "
            "the repository, or to the keys of a user who may read it.",
        ) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        text = f"{name} did not answer: {type(error).__name__}."
        raise UnavailableError(text) from error


def _quoted(path: str) -> str:
    """Return a path as one word of a shell's, whatever is in it."""
    return "'" + path.replace("'", "'\\''").replace("!", "'\\!'") + "'"


def _bad(reason: str) -> BadRequestError:
    return BadRequestError(
        "The address of the repository cannot be used.",
        fields={"url": reason},
        next_step=f"Correct url: {reason}.",
    )
