"""Whatever changes something is noted in the audit: routes, pages and commands, each of them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

import pytest

import oauth_callback
from admin_console import ROUTES
from admin_console.commands.table import COMMANDS
from admin_console.pages.table import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from admin_console.commands.parsing import Command

_OURS: Final = ("admin_console", "oauth_callback", "shared.access", "shared.transfer")
_NOTING: Final = {"ByHand", "audit", "note"}
CHANGE_NOTHING: Final = {
    "integrations/{integration_id}/repositories/preview",
    "integrations/{integration_id}/test", "integrations/test",
    "trackers/{tracker_id}/rules/preview", "trackers/{tracker_id}/try",
    "page integrations/{integration_id}/doctor",
    "page integrations/{integration_id}/repositories/choose/preview",
    "page trackers/{tracker_id}/preview", "page trackers/{tracker_id}/try",
    "page transfer/check",
}  # fmt: skip
"""What is sent by POST because it is long."""
READING: Final = {
    "audit", "commits", "deliveries list", "health", "integration activity", "integration list",
    "integration preview", "integration repositories", "integration show", "integration status",
    "integration test", "keys list", "links", "token list", "tracker list", "tracker prefixes",
    "tracker preview", "tracker show", "tracker try", "upgrade", "user list", "webhook show",
}  # fmt: skip
"""Commands that change nothing, or what the timer would change by itself."""


def called(function: Callable[..., object]) -> Iterator[Callable[..., object]]:
    """Yield the functions of ours that a function names, by themselves or in a module."""
    names, known = function.__code__.co_names, function.__globals__
    places = [known, *(vars(known[name]) for name in names if inspect.ismodule(known.get(name)))]
    for place in places:
        for name in names:
            found = place.get(name)
            if inspect.isfunction(found) and found.__module__.startswith(_OURS):
                yield found


def notes(function: Callable[..., object], seen: frozenset[object] = frozenset()) -> bool:
    """Tell whether a function notes something, or calls one of ours that does."""
    if not _NOTING.isdisjoint(function.__code__.co_names):
        return True
    return any(notes(one, seen | {function}) for one in called(function) if one not in seen)


CHANGING: Final = {
    **{r.path: r.handle for r in ROUTES if r.method != "GET"},
    **{f"page {p.path}": p.handle for p in PAGES if p.method != "GET"},
    "oauth/callback": oauth_callback.end,
}


@pytest.mark.parametrize("path", sorted(CHANGING.keys() - CHANGE_NOTHING))
def test_route_or_page_that_changes_something_is_noted(path: str) -> None:
    assert notes(CHANGING[path])


def test_what_changes_nothing_is_there() -> None:
    assert CHANGING.keys() >= CHANGE_NOTHING
    assert not [path for path in CHANGE_NOTHING if notes(CHANGING[path])]


@pytest.mark.parametrize(
    "command",
    [command for command in COMMANDS if command.words not in READING],
    ids=lambda command: command.words,
)
def test_command_that_changes_something_is_noted(command: Command) -> None:
    assert notes(command.run)


def test_commands_that_read_are_there() -> None:
    assert {command.words for command in COMMANDS} >= READING
