"""Issue keys: finding them in text, and deciding which of what was found they are.

Finding knows no rules and judging needs no text, so that a change of rules, or what a
repository teaches, is applied to what is stored without fetching anything again::

    found = find(commit.message)                     # once, stored with `pack`
    reading = rules.for_repository(repository.id)    # whenever the rules change
    outcome = reading.accept(found.candidates)
"""

from shared.issue_keys.by_hand import given_by_hand
from shared.issue_keys.candidates import Candidate, Finder, Form, Found, Source
from shared.issue_keys.finding import MOST_CANDIDATES, find
from shared.issue_keys.keys import AZURE_BOARDS, PLAIN_NUMBER, IssueKey, parse_issue_key
from shared.issue_keys.learning import (
    Learned,
    PrefixCounts,
    PrefixStatistics,
    count_prefixes,
    learn,
)
from shared.issue_keys.own_pattern import id_of_pattern
from shared.issue_keys.packing import pack, unpack
from shared.issue_keys.reading import MOST_KEYS, Evidence, Outcome, Reading
from shared.issue_keys.rules import SHORT_LIST, Rules
from shared.issue_keys.work_items import attached_work_item

__all__ = [
    "AZURE_BOARDS",
    "MOST_CANDIDATES",
    "MOST_KEYS",
    "PLAIN_NUMBER",
    "SHORT_LIST",
    "Candidate",
    "Evidence",
    "Finder",
    "Form",
    "Found",
    "IssueKey",
    "Learned",
    "Outcome",
    "PrefixCounts",
    "PrefixStatistics",
    "Reading",
    "Rules",
    "Source",
    "attached_work_item",
    "count_prefixes",
    "find",
    "given_by_hand",
    "id_of_pattern",
    "learn",
    "pack",
    "parse_issue_key",
    "unpack",
]
