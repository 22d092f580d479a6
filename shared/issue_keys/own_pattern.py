"""What an admin's own pattern found, judged as the kind of key that it is.

The engine is passed in as a `Finder`. What it finds stands beside what the grammars find in the
same place, so that nothing is lost when the pattern is taken away.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from msgspec.structs import replace

from shared.issue_keys.keys import AZURE_BOARDS, PLAIN_NUMBER, IssueKey
from shared.issue_keys.plain_numbers import judge_plain_number
from shared.issue_keys.work_items import judge_work_item

if TYPE_CHECKING:
    from datetime import datetime

    from shared.issue_keys.candidates import Candidate
    from shared.issue_keys.reading import Reading


def id_of_pattern(pattern: str) -> str:
    """Return what stands for a pattern in storage; `""` for none."""
    return blake2b(pattern.encode("utf-8", "replace"), digest_size=4).hexdigest() if pattern else ""


def judge_own_pattern(
    candidate: Candidate, reading: Reading, at: datetime | None
) -> IssueKey | None:
    """Return the issue that a candidate names, or None: it is of another pattern, or not listed.

    Where no project is listed, any counts: the admin said how keys are written.
    """
    if candidate.origin != reading.pattern_id:
        return None
    if candidate.project == PLAIN_NUMBER:
        return judge_plain_number(candidate, reading, at)
    if candidate.project == AZURE_BOARDS:
        return judge_work_item(replace(candidate, origin=""), reading, at)
    key = IssueKey(candidate.project, candidate.number)
    is_known = key.project in reading.listed or key in reading.renamed_keys
    return key if reading.takes_unlisted or is_known else None
