"""Candidates: everything in a text that may be an issue key, before any rules are known.

A candidate says *how* it was written, so that rules made later can judge it without the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

LONGEST_TEXT: Final = 100


class Source(StrEnum):
    """Where a key was seen; the value is what the links endpoint answers."""

    MESSAGE = "message"
    BRANCH_NAME = "branch_name"
    TITLE = "title"
    SOURCE_BRANCH = "source_branch"
    DESCRIPTION = "description"
    WORK_ITEM = "work_item"
    """Attached in Azure DevOps."""
    ISSUE_URL = "issue_url"
    TAG = "tag"
    INHERITED = "inherited"
    """Of the pull request that a commit belongs to."""
    MANUAL = "manual"


BRANCH_SOURCES: Final = frozenset({Source.BRANCH_NAME, Source.SOURCE_BRANCH})


class Form(StrEnum):
    """How a candidate is written; the value is its code in storage."""

    KEY = "k"
    """`PAY-142`, in upper case and standing alone."""
    ANY_CASE = "c"
    """`pay-142`; never below 100, where versions and names are (`maven-3`)."""
    TOUCHED = "t"
    """`PAY-142b`, in any case: letters follow at once."""
    DOTTED = "d"
    """`PAY-142.2`, in any case, never below 100 nor a year."""
    SPACED = "s"
    """`PAY_142`, `PAY 142`, `PAY- 142`, `PAY: 142`, at the head of a line or in a branch name."""
    GLUED = "g"
    """`PAY142`, at the head of a line or in a branch name."""
    CONTINUED = "l"
    """`143` in `PAY-142/143`."""
    BROWSE_URL = "b"
    """`https://tracker.example/browse/PAY-142`."""
    WORK_ITEM = "a"
    """`AB#17`."""
    RELATED = "r"
    """`#17` in `Related work items: #12, #17`."""
    WORK_ITEM_URL = "u"
    """`https://dev.azure.com/acme/shop/_workitems/edit/17`."""
    ATTACHED = "w"
    """A work item attached to a pull request in Azure DevOps."""
    NUMBER = "n"
    """A bare `#17`."""
    NUMBER_URL = "i"
    """`https://tracker.example/issues/17`."""
    OWN_PATTERN = "p"
    """Whatever an admin's own pattern describes."""


class Candidate(Struct, frozen=True, gc=False):
    """One thing that may be an issue key."""

    form: Form
    project: str
    """In upper case, with all that stands before it up to the last boundary: `FEATURE_PAY`."""
    number: int
    text: str
    """As written, at most 100 characters."""
    source: Source = Source.MESSAGE
    origin: str = ""
    """Of a URL: what stands between `://` and the part that names the issue, in lower case.

    Of what an admin's own pattern found: the id of the pattern.
    """
    closes: bool = False
    """A word like *fixes* or *resolves* stood before it."""
    heads_line: bool = False
    """It opens a line, brackets and bullets aside."""


class Found(Struct, frozen=True, gc=False):
    """What `find` found."""

    candidates: tuple[Candidate, ...]
    """In order of first appearance, each once."""
    is_cut: bool = False
    """There were more."""


Finder = Callable[[str, Source], Iterator[tuple[int, Candidate]]]
"""Yields the candidates of a text, each with where it begins."""
