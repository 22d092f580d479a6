"""The grammars that a tracker's issue keys may have: one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from shared.issue_keys.candidates import Form
from shared.issue_keys.dashed_keys import find_dashed_keys
from shared.issue_keys.jira import judge_key
from shared.issue_keys.loose_keys import find_loose_keys
from shared.issue_keys.plain_numbers import find_plain_numbers, judge_plain_number
from shared.issue_keys.work_items import find_work_items, judge_work_item

if TYPE_CHECKING:
    from shared.issue_keys.candidates import Finder
    from shared.issue_keys.reading import Judge


class Grammar(NamedTuple):
    """How the keys of one kind are found, and how a found one is judged under rules."""

    finders: tuple[Finder, ...]
    judge: Judge
    forms: frozenset[Form]
    """The forms that `find` yields and `judge` knows."""


GRAMMARS: Final = {
    "jira": Grammar(
        (find_dashed_keys, find_loose_keys),
        judge_key,
        frozenset(
            {
                Form.KEY,
                Form.ANY_CASE,
                Form.TOUCHED,
                Form.DOTTED,
                Form.SPACED,
                Form.GLUED,
                Form.CONTINUED,
                Form.BROWSE_URL,
            }
        ),
    ),
    "azure_boards": Grammar(
        (find_work_items,),
        judge_work_item,
        frozenset({Form.WORK_ITEM, Form.RELATED, Form.WORK_ITEM_URL, Form.ATTACHED}),
    ),
    "number": Grammar(
        (find_plain_numbers,), judge_plain_number, frozenset({Form.NUMBER, Form.NUMBER_URL})
    ),
}
