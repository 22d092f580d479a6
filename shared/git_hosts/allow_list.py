"""Which servers may be called at all: those that the operator lists, else public ones.

An address is judged when a connection is made, after every name, odd number and full-width dot has
become one; so that what is judged is what is called.
"""

from __future__ import annotations

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, TypeAlias

from msgspec import Struct

from shared.errors import SettingsError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

SETTING: Final = "GIT_SERVER_ALLOWLIST"

_NAMED: Final = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+)(?::(?P<port>\d{1,5}))?")
_LAST_PORT: Final = 65_535

_NEVER_PUBLIC: Final = tuple(
    ip_network(block)
    for block in (
        # `is_global` is true for each of these, and behind each there may be something of ours.
        "168.63.129.16/32",  # Azure's own services, on every virtual machine
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # relays of 6to4
        "::/96",  # an IPv4 address, deprecated
        "64:ff9b::/96",  # an IPv4 address, through NAT64
        "64:ff9b:1::/48",  # the same, locally
        "2002::/16",  # an IPv4 address, through 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, deprecated
    )
)
_OF_THE_MACHINE: Final = tuple(
    ip_network(block)
    for block in ("0.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "::/128", "fe80::/10")
)
"""What describes the machine itself: no name leads there, and only its own network admits it."""


class AllowList(Struct, frozen=True):
    """What an operator lists; empty, public addresses may be called and nothing else."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    """Names in lower case with the port, or None for any port."""
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, text: str) -> AllowList:
        """Return what is listed: hosts, `host:port` and networks, with commas or blanks between.

        SettingsError names every entry that is none of these.
        """
        hosts: set[tuple[str, int | None]] = set()
        networks: list[Network] = []
        mistakes: list[str] = []
        for entry in filter(None, re.split(r"[\s,;]+", text)):
            network = _network(entry)
            host = _host(entry)
            if network is not None:
                networks.append(network)
            elif host is not None:
                hosts.add(host)
            else:
                mistakes.append(
                    f"{SETTING} has {entry!r}: write a host, host:port or a network as 10.0.0.0/8"
                )
        if mistakes:
            raise SettingsError(mistakes)
        return cls(frozenset(hosts), tuple(networks))

    def may_be_open(self, host: str, port: int) -> bool:
        """Whether http will do: what is sent there does not leave a network that is trusted.

        A name may still be refused when its address is known to lie outside the networks.
        """
        literal = _literal(host)
        if self._names(host, port):
            return True
        return bool(self.networks) if literal is None else self._holds(literal)

    def admits(self, found: str, *, host: str, port: int) -> bool:
        """Whether the address *found* may be called as *host*."""
        address = _literal(found)
        if address is None:
            return False
        if self._holds(address):
            return True
        if not (self.hosts or self.networks):
            return _is_public(address)
        is_of_machine = any(address in network for network in _OF_THE_MACHINE)
        return self._names(host, port) and not (is_of_machine or address.is_multicast)

    def _names(self, host: str, port: int) -> bool:
        name = host.strip("[]").rstrip(".").lower()
        return not self.hosts.isdisjoint({(name, None), (name, port)})

    def _holds(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


ANYWHERE: Final = AllowList(networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
"""For what the operator's own settings name."""


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    return not any(address in network for network in _NEVER_PUBLIC)


def _literal(text: str) -> Address | None:
    """Return the address that *text* is, an IPv4 one in IPv6's form as itself; None for a name."""
    try:
        address = ip_address(_bare(text))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _network(entry: str) -> Network | None:
    """Return a network, or an address as a network of one."""
    try:
        return ip_network(_bare(entry))
    except ValueError:
        return None


def _host(entry: str) -> tuple[str, int | None] | None:
    match = _NAMED.fullmatch(entry)
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port <= _LAST_PORT:
        return None
    name = match["host"].strip("[]").rstrip(".").lower()
    # The digits and dots of a network that was not right are no name either.
    is_number = bool(re.fullmatch(r"[\d.]+", name)) and _literal(name) is None
    return None if not name or is_number else (name, port)


def _bare(text: str) -> str:
    """Return an address without the brackets that set it apart from a port."""
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text
