"""Asks a running installation what links to a great many issues, as a tracker's plugin would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from msgspec import Struct, field

from devhost.connecting import call
from shared.issue_keys import IssueKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_ISSUES_AT_ONCE: Final = 100
_MOST_LINKS: Final = 200


class Named(Struct):
    """What commits and branches name, as far as was asked."""

    commits: dict[str, set[IssueKey]] = field(default_factory=dict)
    """By id."""
    branches: dict[str, set[IssueKey]] = field(default_factory=dict)
    """By name."""
    links: int = 0


def ask(api: str, issue_keys: Collection[IssueKey], *, token: str) -> Named:
    """Return everything that links to the issues: many at a time, then the rest of long lists."""
    named = Named()
    ordered = sorted(issue_keys)
    for start in range(0, len(ordered), _ISSUES_AT_ONCE):
        some = ordered[start : start + _ISSUES_AT_ONCE]
        body = {"issues": list(map(str, some)), "limit_per_issue": _MOST_LINKS}
        answer = call("POST", f"{api}/links/query", token=token, body=body)
        for issue_key, found in zip(some, answer["issues"], strict=True):
            if found["truncated"]:
                _note(named, issue_key, _all_links(api, issue_key, token))
            else:
                _note(named, issue_key, found["links"])
    return named


def _all_links(api: str, issue_key: IssueKey, token: str) -> list[dict[str, Any]]:
    address = f"{api}/links/{quote(str(issue_key), safe='')}?limit={_MOST_LINKS}"
    links: list[dict[str, Any]] = []
    page = call("GET", address, token=token)
    while True:
        links += page["links"]
        if page["next"] is None:
            return links
        page = call("GET", f"{address}&cursor={page['next']}", token=token)


def _note(named: Named, issue_key: IssueKey, links: Iterable[dict[str, Any]]) -> None:
    for link in links:
        items = named.commits if link["kind"] == "commit" else named.branches
        items.setdefault(link["id"], set()).add(issue_key)
        named.links += 1
