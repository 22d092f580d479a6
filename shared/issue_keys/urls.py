"""Addresses of issues: whose page it is decides whose issue it is."""

from __future__ import annotations

from typing import Final

_LONGEST_ADDRESS: Final = 300
_SERVICES = "dev.azure.com/"
_OLD_SERVICES = ".visualstudio.com"


def address_before(text: str, end: int) -> tuple[int, str]:
    """Return where the URL that goes on at *end* begins, and what stands after its `://`.

    The latter is as `address_of` returns it, and `""` when there is no whole address.
    """
    floor = max(0, end - _LONGEST_ADDRESS)
    mark = text.rfind("://", floor, end)
    written = text[mark + 3 : end] if mark >= 0 else ""
    if not written or not written.isascii() or any(c <= " " for c in written):
        return end, ""
    begin = mark
    while begin > floor and text[begin - 1].isalpha():
        begin -= 1
    return begin, address_of(written)


def address_of(url: str) -> str:
    """Return host and path in lower case, without credentials and query: what two URLs share."""
    address = url.partition("://")[2] or url
    host, slash, path = address.partition("?")[0].partition("#")[0].partition("/")
    return (host.rpartition("@")[2] + slash + path).lower().rstrip("/")


def organization_of(address: str) -> str:
    """Return the Azure DevOps organization of an address, else the address as it is (a Server's).

    `dev.azure.com/acme/shop` and `acme.visualstudio.com/shop` are both `acme`.
    """
    if address.startswith(_SERVICES):
        return address.removeprefix(_SERVICES).partition("/")[0]
    host = address.partition("/")[0]
    return host.removesuffix(_OLD_SERVICES) if host.endswith(_OLD_SERVICES) else address


def is_within(address: str, container: str) -> bool:
    """Tell whether *address* is *container* or a page of it."""
    return address == container or address.startswith(container + "/")
