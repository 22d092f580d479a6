"""Lines for a shell by which people check by hand what an examination found.

They hold no secret: whoever runs one sets `TOKEN` before. What an admin typed is quoted.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.interfaces.git_host_family import Credential

_BEARERS: Final = frozenset({"oauth", "managed_identity", "service_principal"})


def curl(url: str, credential: Credential | None = None, *, body: str = "") -> str:
    """Return a line that asks *url*, signed in with a credential; a *body* makes it a POST."""
    words = ["curl"]
    if credential is not None and credential.kind in _BEARERS:
        words += ["-H", '"Authorization: Bearer $TOKEN"']
    elif credential is not None and credential.user_name:
        words += ["-u", f'{quote(credential.user_name)}:"$TOKEN"']
    elif credential is not None:
        words += ["-u", '":$TOKEN"']
    if body:
        words += ["-H", "'Content-Type: application/json'", "-d", quote(body)]
    return " ".join([*words, _always_quoted(url)])


def look_up(host: str) -> str:
    """Return a line that looks a name up."""
    return f"nslookup {quote(host)}"


def show_certificate(host: str, port: int) -> str:
    """Return a line that shows the certificates of a server, and whether they are trusted."""
    shown = f"[{host}]" if ":" in host else host
    where = quote(f"{shown}:{port}")
    return f"openssl s_client -connect {where} -servername {quote(host)} </dev/null"


def list_refs(url: str) -> str:
    """Return a line that lists the branches of a repository; git asks for the credential."""
    return f"git ls-remote --heads -- {_always_quoted(url)}"


def show_host_key(host: str, port: int) -> str:
    """Return a line that shows the keys of an SSH server."""
    return f"ssh-keyscan -p {port} -- {quote(host)}"


def _always_quoted(text: str) -> str:
    """Return a word with its quotes, so that what people change in it stays one word."""
    quoted = quote(text)
    return quoted if quoted != text else f"'{text}'"
