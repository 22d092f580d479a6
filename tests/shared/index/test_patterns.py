"""An admin's own pattern: what it finds, and what it may not ask for."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.index.patterns import (
    LONGEST_PATTERN,
    LONGEST_SEARCHED,
    finder_of,
    wrong_with_pattern,
)
from shared.issue_keys import Candidate, Source

SECONDS: float = 10
"""What takes one here may take a slow machine some; what blows up takes minutes."""


def found(pattern: str, text: str) -> list[Candidate]:
    return [candidate for _, candidate in finder_of(pattern)(text, Source.MESSAGE)]


def keys(pattern: str, text: str) -> list[tuple[str, int]]:
    return [(candidate.project, candidate.number) for candidate in found(pattern, text)]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"[A-Z]+-\d+", "PAY-12 and OPS-3", [("PAY", 12), ("OPS", 3)]),
        (r"\[([A-Z]+-\d+)\]", "[PAY-12] OPS-3", [("PAY", 12)]),
        (r"(?i)\bpay-\d+\b", "pay-007", [("PAY", 7)]),
        (r"(?i)(?P<project>pay|ops) issue (?P<number>\d+)", "Pay issue 5", [("PAY", 5)]),
        (r"(?P<number>\d+) of (?P<project>[a-z]+)", "5 of pay", [("PAY", 5)]),
        (r"refs (?P<number>\d+)", "refs 17", [("#", 17)]),
        (r"(?:(?P<project>PAY)-)?(?P<number>\d+)", "PAY-3 4", [("PAY", 3), ("#", 4)]),
        (r"AB#\d+", "AB#17", [("AB", 17)]),
        (r"(?P<project>AB)!(?P<number>\d+)", "AB!17", [("AB", 17)]),
        (r"#\d+", "#17", [("#", 17)]),
        (r"^PAY-\d+$", "No\nPAY-1\nPAY-2 no\nPAY-3", [("PAY", 1), ("PAY", 3)]),
        (r"PAY\s+-\d+", "PAY\n-1", []),
        (r"\d+", "17", []),
        (r"PAY-\d+", "PAY-0 PAY-12345678901", []),
        (r"(?:x|(PAY-\d+))", "x PAY-1", [("PAY", 1)]),
        (r"[A-Z]+-\d+", "", []),
    ],
)
def test_a_pattern_finds_the_keys_that_it_describes(
    pattern: str, text: str, expected: list[tuple[str, int]]
) -> None:
    assert wrong_with_pattern(pattern) == ""
    assert keys(pattern, text) == expected


def test_it_is_told_where_a_key_stands_and_how_it_is_written() -> None:
    ((start, candidate),) = finder_of(r"(?i)case (?P<number>\d+)")(
        "Großes 修正\nFixes: Case 07", Source.TITLE
    )

    assert start == len("Großes 修正\nFixes: ")
    assert (candidate.text, candidate.source) == ("Case 07", Source.TITLE)
    assert (candidate.closes, candidate.heads_line) == (True, False)


def test_of_a_group_its_own_text_is_told() -> None:
    (candidate,) = found(r"\[(PAY-\d+)\]", "[PAY-7] Go on")

    assert (candidate.text, candidate.heads_line) == ("PAY-7", True)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "empty text"),
        ("x*", "empty text"),
        ("(?:PAY-1)?", "empty text"),
        ("[A-Z", "missing ] '[A-Z'"),
        ("PAY-(1", "missing )"),
        ("PAY-++", "bad repetition operator '++' at position 4"),
        ("PAY(?=-1)", "invalid perl operator '(?=' at position 3; it cannot look ahead"),
        ("(?<!x)PAY-1", "invalid perl operator '(?<!' at position 0; it cannot look ahead"),
        (r"(P)AY-\1", r"invalid escape sequence '\1' at position 6; it cannot go back"),
        ("(A)-(1)", "several groups"),
        ("(?P<project>A)-1", "needs a group number"),
        ("(?P<number>1)(2)", "no other"),
        ("(?P<number>1)|(?P<number>2)", "no other"),
        (r"\pL{1,99}-\d", "too large"),
        ("(?:a{1000}){1000}", "invalid repetition size"),
        ("a{900}b{900}c{900}", "too large"),
        ("a" * (LONGEST_PATTERN + 1), "longer than 500 characters"),
        ("PAY\ud800", "half of a character"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_the_part_and_its_place(
    pattern: str, reason: str
) -> None:
    assert reason in wrong_with_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?:x+x+)+y-(?P<number>\d+)", "x" * 10**6 + "1"),
        (r"(?:a|aa)+b-(?P<number>\d+)", "a" * 10**6 + "1"),
        (r"(?:a?){300}a{300}-(?P<number>\d+)", "a" * 10**6 + "1"),
        (r"(?:a|b)*?a(?:a|b){400}-(?P<number>\d+)", "abaab" * 10**5 + "1"),
        (r"([a-z]+-\d+)(?:.*a(?:a|b){600}X)?", "pay-12 ab " * 10**5),
        (r"([a-z]+-\d+)(?:.*a(?:a|b){600}X)?", ("pay-12 ab " * 100 + "\n") * 1000),
        (r"(?:.*)*(?:.*)*(?:.*)*=(?P<number>\d+)", "1" * 10**6),
    ],
    ids=lambda value: value[:30],
)
def test_no_pattern_takes_long_on_any_text(pattern: str, text: str) -> None:
    began = time.process_time()

    count = len(keys(pattern, text))

    assert time.process_time() - began < SECONDS
    assert count < 3000


def test_of_a_long_text_the_first_part_is_looked_through() -> None:
    text = "\n".join(f"PAY-{n}" for n in range(1, 20_001))

    told = found(r"PAY-\d+", text)

    assert len(told) == len(re.findall(r"PAY-\d+", text[:LONGEST_SEARCHED]))
    assert 10_000 < len(told) < 20_000


@given(st.text(st.sampled_from("AZaz09-#\n é修\ud800"), max_size=60))
def test_any_text_can_be_searched(text: str) -> None:
    pattern = r"(?i)[a-z]+-\d+|#\d+"

    for start, candidate in finder_of(pattern)(text, Source.MESSAGE):
        assert text[start:].startswith(candidate.text)
        assert candidate.project == candidate.project.upper()
