"""Who tells of an item beside the item itself: tags, a pull request, a work item, or a person.

An origin is short and plain enough to be part of a key, so that what it told can be found again
and taken back without touching what anybody else told of the same item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.model import Kind, Origin

if TYPE_CHECKING:
    from shared.issue_keys import IssueKey

HIDING: Final = "x"
"""Begins the origins that take links away, and no other."""
ITSELF: Final = Origin("")
"""The item's own text."""
TAGS: Final = Origin("t")
"""All tags of a repository together: what they tell is read together, too."""

_PULL_REQUEST: Final = "p"
_WORK_ITEM: Final = "w"
_ATTACHED: Final = "m"
_ALL: Final[tuple[Kind, ...]] = ("branch", "pull_request", "commit")
_KINDS: Final[dict[str, tuple[Kind, ...]]] = {
    TAGS: ("commit",),
    _PULL_REQUEST: ("commit",),
    _WORK_ITEM: _ALL,
    _ATTACHED: _ALL,
    HIDING: _ALL,
}


def of_pull_request(number: int) -> Origin:
    """Return the origin that a pull request is for its commits."""
    return Origin(f"{_PULL_REQUEST}{number}")


def of_work_item(number: int) -> Origin:
    """Return the origin that a work item is for what is attached to it."""
    return Origin(f"{_WORK_ITEM}{number}")


def attached_to(issue_key: IssueKey) -> Origin:
    """Return the origin of what somebody attached to an issue by hand."""
    return Origin(_ATTACHED + _plain(issue_key))


def detached_from(issue_key: IssueKey) -> Origin:
    """Return the origin that hides what somebody detached from an issue by hand."""
    return Origin(HIDING + _plain(issue_key))


def is_by_hand(origin: Origin) -> bool:
    """Tell whether an origin is somebody who attached an item to an issue."""
    return origin.startswith(_ATTACHED)


def hides(origin: Origin) -> bool:
    """Tell whether what an origin tells takes links away."""
    return origin.startswith(HIDING)


def inherited_from(origin: Origin) -> str:
    """Return the number of the pull request that an origin is, or an empty text."""
    return origin[1:] if origin.startswith(_PULL_REQUEST) else ""


def kinds_of(origin: Origin) -> tuple[Kind, ...]:
    """Return the kinds of items that an origin can tell of."""
    return _KINDS[origin[:1]]


def _plain(issue_key: IssueKey) -> str:
    return f"{issue_key.project.replace('#', '~')}-{issue_key.number}"
