"""Finds out how far the way to a server leads: its name, a connection, its certificate."""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shared.errors import DevlinksError, RefusedError
from shared.git_hosts.commands import curl, look_up, show_certificate
from shared.git_hosts.dialling import CA_BUNDLE
from shared.interfaces.examining import Step, StepName, not_asked

if TYPE_CHECKING:
    import socket
    from collections.abc import Generator

    from shared.git_hosts.dialling import Egress, Found

SECONDS: Final = 5.0
"""For a look-up, a connection, a handshake."""
_PORTS: Final = {"https": 443, "http": 80, "ssh": 22}

# The numbers are those of X509_verify_cert(3); their texts change with the library.
# https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
_OTHER_NAMES: Final = frozenset({62, 64})
_NOT_TRUSTED: Final = frozenset({18, 19, 20, 21, 27})


def examine_way(url: str, egress: Egress) -> Generator[Step, None, bool]:
    """Yield the steps to a server, and return whether it can be talked to.

    Of an ssh:// address there is no certificate: its key is judged by who speaks SSH.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    left: list[StepName] = ["reach"] if parts.scheme == "ssh" else ["reach", "tls"]
    try:
        found = egress.find(host, port, is_open=parts.scheme == "http", seconds=SECONDS)
    except DevlinksError as error:
        yield _unknown(error, host)
        yield from (not_asked(name, f"{host} was not found") for name in left)
        return False
    yield Step("dns", ok=True, message=f"{host} has an address.", command=look_up(host))
    try:
        connection = egress.call(found, seconds=SECONDS)
    except DevlinksError as error:
        yield _silent(error, found)
        yield from (not_asked(name, f"{host} does not answer") for name in left[1:])
        return False
    with connection:
        yield Step("reach", ok=True, message=f"{host} answers at port {port}.")
        if parts.scheme == "https":
            step = examine_certificate(connection, found, egress)
            yield step
            return step.ok is True
    if parts.scheme == "http":
        yield Step("tls", None, f"There is none: what is sent to {host} can be read on the way.")
    return True


def examine_certificate(connection: socket.socket, found: Found, egress: Egress) -> Step:
    """Return whether a server shows a certificate that is trusted, for its own name."""
    command = show_certificate(found.host, found.port)
    try:
        with egress.tls().wrap_socket(connection, server_hostname=found.host) as sealed:
            with suppress(OSError):
                sealed.unwrap()
            return Step(
                "tls", ok=True, message=f"{found.host} shows a certificate that is trusted."
            )
    except ssl.SSLCertVerificationError as error:
        message, next_step = _distrust(error, found.host)
    except ssl.SSLError as error:
        message = f"{found.host} speaks no TLS at port {found.port} that is safe: {error.reason}."
        next_step = "Check the port; TLS 1.2 or later must be on there."
    except OSError as error:
        message = f"{found.host} broke off the handshake: {error.strerror or 'it took too long'}."
        next_step = "Look at what stands before the server: a proxy or a firewall may end TLS."
    return Step("tls", ok=False, message=message, next_step=next_step, command=command)


def _distrust(error: ssl.SSLCertVerificationError, host: str) -> tuple[str, str]:
    """Return why a certificate is not trusted, and what to do about it."""
    code = error.verify_code
    if code == _EXPIRED:
        return f"The certificate of {host} has expired.", "Have it renewed on the server."
    if code == _NOT_YET_VALID:
        return (
            f"The certificate of {host} is not valid yet.",
            "Check the clocks of the server and of whoever issued it.",
        )
    if code in _OTHER_NAMES:
        return (
            f"The certificate is for another name than {host}.",
            "Use the name that it is for, or have a certificate made for this one.",
        )
    trusted_by = (
        f"Ask whoever runs Devlinks to name your certificate authority in {CA_BUNDLE}; "
        "verification is never switched off."
    )
    if code in _NOT_TRUSTED:
        return f"The certificate of {host} is not signed by anybody who is trusted.", trusted_by
    return f"The certificate of {host} is not trusted: {error.verify_message}.", trusted_by


def _unknown(error: DevlinksError, host: str) -> Step:
    is_refused = isinstance(error, RefusedError)
    next_step = error.next_step if is_refused else "Check the spelling of the server's name."
    if not is_refused and "." not in host:
        next_step += " Within your own network Devlinks needs its full name, with the domain."
    return Step("dns", ok=False, message=str(error), next_step=next_step, command=look_up(host))


def _silent(error: DevlinksError, found: Found) -> Step:
    scheme = "http" if found.port == _PORTS["http"] else "https"
    shown = f"[{found.host}]" if ":" in found.host else found.host
    return Step(
        "reach",
        ok=False,
        message=str(error),
        next_step="Check the port, that the server runs, and that a firewall lets the addresses "
        "through that Devlinks calls from. One that must not be reached can be connected with "
        "hooks_only.",
        command=curl(f"{scheme}://{shown}:{found.port}/"),
    )
