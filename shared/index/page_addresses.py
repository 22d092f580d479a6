"""Tells which commit, branch or pull request an address of a git host's pages is of."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.model import Kind, Repository


def item_at(
    address: str, repositories: Iterable[Repository]
) -> tuple[Repository, Kind, str] | None:
    """Return kind and id of the item of *repositories* that a page is of, None when it is of none.

    What a browser adds to the address, a view or a file, does not matter, nor does case before the
    id. Whether there is such an item is another question.
    """
    given = _encoded(address)
    for repository in repositories:
        pages = repository.pages
        forms: dict[Kind, str] = {
            "commit": pages.commit,
            "pull_request": pages.pull_request,
            "branch": pages.branch,
        }
        for kind, form in forms.items():
            before = _encoded(form.partition("{}")[0])
            if before and given.lower().startswith(before.lower()):
                item_id = _item_id(given[len(before) :], kind, is_in_query="?" in before)
                if item_id:
                    return repository, kind, item_id
    return None


def _item_id(rest: str, kind: Kind, *, is_in_query: bool) -> str:
    """Return what an address goes on with, up to what is no part of the id any more."""
    ends = "&#" if is_in_query else "?#"
    if kind != "branch":
        ends += "/"
    for end in ends:
        rest = rest.partition(end)[0]
    return unquote(rest)


def _encoded(address: str) -> str:
    """Return an address in ASCII: browsers show blanks and letters as they are."""
    return quote(address.strip(), safe=string.punctuation)
