"""Decide who may come in: loopback names only, no foreign web page, the right key.

A page on the internet can make a browser call this machine, under a name of its own that
resolves to 127.0.0.1 (DNS rebinding) or from its own origin. The first shows in Host, the
second in Origin. A program that sends webhooks sends no Origin. One path is meant for the pages of
others: an identity server has the browser send its answer there.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = ("localhost", "127.0.0.1", "[::1]")
ANSWERS_OF_SITES = "/api/oauth/callback"
"""Where a page of another site may send a form."""


class Keys(msgspec.Struct, frozen=True):
    """The keys that functions ask for, unless they are anonymous."""

    function: str
    """The host's default key: opens every function of level `function`."""
    master: str
    """Opens everything."""

    @classmethod
    def random(cls) -> Keys:
        """Return new keys."""
        return cls(function=secrets.token_urlsafe(24), master=secrets.token_urlsafe(24))

    def fit(self, level: str, *, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
        """Tell whether a request may call a function of that authorization level."""
        if level == "anonymous":
            return True
        given = (headers.get("x-functions-key") or query.get("code") or "").encode()
        accepted = [self.master] if level == "admin" else [self.function, self.master]
        return any(hmac.compare_digest(given, key.encode()) for key in accepted)


class LoopbackDoor:
    """Lets through what is meant for this address."""

    def __init__(self, port: int) -> None:
        hosts = [f"{name}:{port}" for name in _NAMES]
        if port == 80:  # noqa: PLR2004 — a browser leaves out HTTP's own port
            hosts += _NAMES
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"http://{host}" for host in hosts)

    def refusal(self, headers: Mapping[str, str], *, path: str = "/") -> tuple[int, str] | None:
        """Return the status and the reason for which the request stays outside, or None."""
        if headers.get("host", "").lower() not in self._hosts:
            return 400, "the Host header is not this address"
        origin = headers.get("origin")
        is_ours = origin is None or origin.lower() in self._origins
        if not is_ours and path.lower() != ANSWERS_OF_SITES:
            return 403, "the Origin header is another site"
        return None
