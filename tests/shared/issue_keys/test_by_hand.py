"""A key that somebody gave by hand counts under any rules, and is renamed by them."""

from __future__ import annotations

import pytest

from shared.issue_keys import (
    Evidence,
    Rules,
    Source,
    given_by_hand,
    pack,
    parse_issue_key,
    unpack,
)

STRICT = Rules(grammars=("number",), projects=("OPS",), number_range=(1, 5))


@pytest.mark.parametrize("text", ["PAY-142", "AB#17", "#17", "UTF-8", "A_B-1"])
def test_it_counts_whatever_the_rules_are_and_comes_back_from_storage(text: str) -> None:
    key = parse_issue_key(text)
    [stored] = unpack(pack([given_by_hand(key)]))

    outcome = STRICT.for_repository("r").accept([stored])

    assert outcome.keys == {key: (Evidence(Source.MANUAL, text),)}


def test_it_follows_a_renamed_project() -> None:
    rules = Rules(aliases={"PAY": "SHOP"})

    outcome = rules.for_repository("r").accept([given_by_hand(parse_issue_key("PAY-1"))])

    assert list(outcome.keys) == [parse_issue_key("SHOP-1")]
