"""Keys that somebody gave by hand: no rule decides whether they count, and renaming applies."""

from __future__ import annotations

from typing import Final

from shared.issue_keys.candidates import Candidate, Form, Source
from shared.issue_keys.keys import AZURE_BOARDS, PLAIN_NUMBER, IssueKey

_FORMS: Final = {AZURE_BOARDS: Form.WORK_ITEM, PLAIN_NUMBER: Form.NUMBER}


def given_by_hand(key: IssueKey) -> Candidate:
    """Return the candidate for an issue that somebody attached an item to, or detached it from."""
    form = _FORMS.get(key.project, Form.KEY)
    return Candidate(form, key.project, key.number, str(key), Source.MANUAL)
