"""Pages as a table that can be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from shared.people import Role
from shared.web.pages import Html, Redirect
from shared.web.visits import Visit

ROOT: Final = "/api/console"
_PART: Final = re.compile(r"\{([a-z_]+)\}")

DONE: Final[dict[str, str]] = {
    "attached": "Attached by hand. It stays so, whatever is indexed, until somebody detaches it.",
    "detached": "Detached by hand. It stays hidden, whatever is indexed, until somebody attaches "
    "it again.",
    "reconcile": "The service hooks are being looked at. Load this page again in a minute.",
    "refilled": "Lost deliveries are being fetched, and everything is reindexed.",
    "replayed": "It is being processed again.",
    "saved": "Saved.",
    "signed_out": "You are signed out.",
    "token_revoked": "The token is revoked. It is refused within half a minute.",
    "tracker_added": "The tracker is there. Look through its rules below.",
    "tracker_removed": "The tracker is removed, with its links and its tokens.",
    "added": "The integration is added. One step is left.",
    "connected": "Successfully connected. Every check passed.",
    "connected_limited": "Successfully connected. Some things are limited: the doctor tells which.",
    "chosen": "Saved. What was chosen is being indexed.",
    "reindexing": "The reindex has begun.",
    "stopped": "Stopped. What is indexed stays; the next reindex carries on.",
    "paused": "Paused. The git host is left alone.",
    "resumed": "Resumed. What was missed is being read.",
    "removed": "Removed. What it stored is being deleted.",
    "reconnected": "Connected again. What is indexed stayed.",
}
"""What a page says after a form has led to it (`?done=`); others than these are not said."""


class Page(Struct, frozen=True):
    """One method on one path below the console."""

    method: str
    path: str
    """Parts in braces are the handler's."""
    handle: Callable[[Visit], Html | Redirect]
    role: Role | None
    """Who may; None: anybody, signed in or not."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the paths look like that it is for."""
        return re.compile(_PART.sub(r"(?P<\1>[^/]+)", self.path))


def show(visit: Visit, template: str, *, status: int = 200, **values: Any) -> Html:
    """Return a page of the console with what every page has: who visits, navigation, forms.

    *title* is among the values.
    """
    done = DONE.get(visit.query("done"), "")
    session = visit.session if visit.is_signed_in else None
    frame: dict[str, Any] = {
        "root": ROOT,
        "session": session,
        "csrf": visit.csrf if session else "",
        "may_operate": session is not None and visit.may("operator"),
        "may_admin": session is not None and visit.may("admin"),
        "done": done,
        "now": visit.services.clock(),
        "error": None,
        "fields": {},
    }
    return Html(template, {**frame, **values}, status)


def go(path: str, *, done: str = "") -> Redirect:
    """Return the way to a page of the console, which says what was done."""
    assert not done or done in DONE, "only what is written above is said"
    mark = "&" if "?" in path else "?"
    return Redirect(f"{ROOT}{path}" + (f"{mark}done={done}" if done else ""))
