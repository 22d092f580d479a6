"""A reading: the rules of a tracker as they are for one repository, ready to be applied fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from shared.issue_keys.candidates import Candidate, Finder, Form, Source
from shared.issue_keys.finding import find
from shared.issue_keys.keys import IssueKey

MOST_KEYS = 1_000
"""Of one commit, branch or pull request."""

_URL_FORMS = frozenset({Form.BROWSE_URL, Form.WORK_ITEM_URL, Form.NUMBER_URL})


class Evidence(Struct, frozen=True, gc=False):
    """Where a key was seen, and how it was written there."""

    source: Source
    text: str
    closes: bool = False


class Outcome(Struct, frozen=True):
    """What a reading made of candidates."""

    keys: dict[IssueKey, tuple[Evidence, ...]]
    """In order of first appearance."""
    candidates: tuple[Candidate, ...]
    """All of them, accepted or not."""
    not_accepted: tuple[Candidate, ...] = ()
    is_cut: bool = False
    """There were more keys or candidates than are kept."""


class Reading(Struct, frozen=True, kw_only=True):
    """Which candidates of one repository are issue keys of one tracker."""

    version: str
    """Changes whenever this repository's mentions must be judged again."""
    judges: dict[Form, Judge]
    """How each form is judged; a form without a judge is never accepted."""
    listed: frozenset[str]
    """Projects that count in upper case."""
    own: frozenset[str]
    """Projects that count in any case."""
    loose: frozenset[str]
    """Projects that count without their dash: those of `own` that are used most."""
    takes_unlisted: bool
    """No list was given: any project counts that nothing speaks against."""
    misspelt: frozenset[str]
    """What does not count even so: slips of the pen."""
    renamed_projects: dict[str, str]
    renamed_keys: dict[IssueKey, IssueKey]
    left_out: frozenset[Source]
    number_range: tuple[int, int] | None
    number_since: datetime | None
    hosts: frozenset[str]
    """Those of the tracker's `browse` pages; empty: any."""
    address: str
    """Host and path of the tracker; `""`: unknown."""
    boards: str
    """The Azure DevOps organization of the tracker's work items; `""`: any."""
    organization: str
    """That of the repository, in lower case; `""`: unknown."""
    pattern: Finder | None = None
    """Finds what an admin's own pattern describes."""
    pattern_id: str = ""
    """See `id_of_pattern`."""

    def read(
        self, text: str, *, source: Source = Source.MESSAGE, at: datetime | None = None
    ) -> Outcome:
        """Return the keys in the text of an item that was made *at* that time."""
        found = find(text, source=source, pattern=self.pattern)
        outcome = self.accept(found.candidates, at=at)
        return replace(outcome, is_cut=True) if found.is_cut else outcome

    def accept(self, candidates: Iterable[Candidate], *, at: datetime | None = None) -> Outcome:
        """Return the keys among *candidates*, all of one item that was made *at* that time.

        Keys beyond the thousandth are not accepted, which the outcome says.
        """
        candidates = tuple(candidates)
        keys: dict[IssueKey, tuple[Evidence, ...]] = {}
        not_accepted: list[Candidate] = []
        is_cut = False
        for candidate in candidates:
            key = self._key_of(candidate, at)
            if key is None:
                not_accepted.append(candidate)
            elif key in keys:
                evidence = _evidence(candidate)
                if evidence not in keys[key]:
                    keys[key] = (*keys[key], evidence)
            elif len(keys) < MOST_KEYS:
                keys[key] = (_evidence(candidate),)
            else:
                is_cut = True
                not_accepted.append(candidate)
        return Outcome(keys, candidates, tuple(not_accepted), is_cut)

    def _key_of(self, candidate: Candidate, at: datetime | None) -> IssueKey | None:
        """Return what a candidate names now, after all renaming; None if it is not accepted."""
        if candidate.source is Source.MANUAL:
            key: IssueKey | None = IssueKey(candidate.project, candidate.number)
        else:
            key = self._judged(candidate, at)
        if key is None or not (self.renamed_keys or self.renamed_projects):
            return key
        key = self.renamed_keys.get(key, key)
        project = self.renamed_projects.get(key.project)
        return IssueKey(project, key.number) if project else key

    def _judged(self, candidate: Candidate, at: datetime | None) -> IssueKey | None:
        judge = self.judges.get(candidate.form)
        if judge is None or candidate.source in self.left_out:
            return None
        return judge(candidate, self, at)


def _evidence(candidate: Candidate) -> Evidence:
    source = Source.ISSUE_URL if candidate.form in _URL_FORMS else candidate.source
    return Evidence(source, candidate.text, candidate.closes)


Judge = Callable[[Candidate, Reading, datetime | None], IssueKey | None]
"""Returns the issue that a candidate names in a repository at that time, or None."""
