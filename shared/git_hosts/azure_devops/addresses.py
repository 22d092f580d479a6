"""What admins paste as the address of an Azure DevOps organization, brought to one form.

Understood are `https://dev.azure.com/acme`, the older `https://acme.visualstudio.com` with or
without `/DefaultCollection`, the pages below them, and clone addresses of both, SSH ones too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from shared.errors import BadRequestError
from shared.interfaces.git_host_family import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

_ORGANIZATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?")
_SERVICES_HOST = "dev.azure.com"
_OLD_HOST = ".visualstudio.com"
_OLD_SSH_HOST = "vs-ssh.visualstudio.com"
_SSH = re.compile(
    r"(?:ssh://)?(?P<user>[^@/]+)@(?P<host>[^:/]+)(?::22)?[:/]v3/(?P<organization>[^/]+)/.*"
)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What can stand behind the word Bearer (RFC 6750, section 2.1); a PAT is plainer still."""
_LONGEST_TOKEN = 4096


def read_address(url: str, organizations: Sequence[str], *, services_url: str) -> Address:
    """Return the address under *services_url* and the organizations to index.

    Without *organizations* it is the one that the url names, and for the Services' own address
    none: every one that the connection opens. BadRequestError says what is wrong with either.
    """
    named = organization_in(url.strip(), services_url)
    by_name: dict[str, str] = {}
    for organization in map(str.strip, organizations):
        by_name.setdefault(organization.lower(), organization)
    chosen = tuple(by_name.values())
    for organization in (*chosen, *([named] if named else [])):
        if not _ORGANIZATION.fullmatch(organization):
            raise _bad("organizations", f"{organization!r} is no name of an organization")
    if named and chosen and named.lower() not in {o.lower() for o in chosen}:
        raise _bad("organizations", f"the url names {named}, which is not among them")
    indexed = chosen or ((named,) if named else ())
    used = f"{services_url}/{named or indexed[0]}" if indexed else services_url
    return Address(used, indexed, rewritten=why_rewritten(url, used))


def why_rewritten(given: str, used: str) -> str:
    """Return why an address is not used as it was given, as a sentence; "" where it nearly is."""
    text = given.strip().rstrip("/").lower()
    if text.partition("://")[2] == used.partition("://")[2].lower() or text in used.lower():
        return ""
    if _OLD_HOST in text and "@" not in text:
        return "visualstudio.com is the older address of the same organization."
    if "_git" in text or "@" in text:
        return "This is the address of a repository: the whole organization can be connected."
    if "defaultcollection" in text:
        return "DefaultCollection is a part of older addresses that is not needed any more."
    return "Only what names the organization is kept of the address."


def read_token(token: str) -> str:
    """Return a token as pasted without the blanks around it; BadRequestError for any within."""
    trimmed = token.strip()
    if not _TOKEN.fullmatch(trimmed) or len(trimmed) > _LONGEST_TOKEN:
        raise _bad(
            "connection.token", "a token is letters and digits only; copy it again as a whole"
        )
    return trimmed


def organization_in(url: str, services_url: str) -> str:
    """Return the organization that an address names, or "" when it names none.

    BadRequestError when it lies elsewhere.
    """
    ssh = _SSH.fullmatch(url)
    if ssh:
        if ssh["host"].lower() not in {"ssh.dev.azure.com", _OLD_SSH_HOST}:
            raise _bad("url", f"{ssh['host']} is not Azure DevOps Services")
        return unquote(ssh["organization"])
    services = urlsplit(services_url)
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise _bad("url", "it is no address") from error
    if parts.scheme == "ssh" and host == _OLD_SSH_HOST and services.hostname == _SERVICES_HOST:
        return parts.username or ""
    is_old = host.endswith(_OLD_HOST) and services.hostname == _SERVICES_HOST
    if parts.scheme not in {"https", services.scheme, *(["ssh"] if is_old else [])} or (
        parts.password
    ):
        raise _bad("url", "it must begin with https:// and hold no password")
    if is_old and host != _OLD_HOST:
        return host.removesuffix(_OLD_HOST)
    if (host, port or 443) != (services.hostname, services.port or 443):
        raise _bad("url", f"it does not lie under {services_url}")
    path = parts.path.removeprefix(services.path).strip("/")
    return unquote(path.partition("/")[0])


def _bad(field: str, reason: str) -> BadRequestError:
    return BadRequestError(
        "The address of the integration cannot be used.",
        fields={field: reason},
        next_step=f"Correct {field}: {reason}.",
    )
