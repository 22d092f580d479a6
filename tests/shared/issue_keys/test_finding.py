from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.issue_keys import MOST_CANDIDATES, Candidate, Form, Found, Source, find

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = 8_000
HOSTILE = {
    "one key over and over": "KEY-1 ",
    "keys that touch": "KEY-1",
    "dashes": "-",
    "words and dashes": "a-a-a-",
    "digits": "1",
    "dash and digits": "-1",
    "numbers": "#1 ",
    "numbers that touch": "#1#1",
    "work items that touch": "AB#1",
    "underscores": "_",
    "pieces": "A_",
    "pieces and digits": "a_1_",
    "a list without end": "/2",
    "related items": "#12, ",
    "listings": "Related work items: ",
    "addresses": "://",
    "pages": "https://x/browse/KEY-1 ",
    "empty lines": "\n",
    "heads of lines": "\nAB 1",
    "brackets": "\n(",
    "merges": "Merge " + "ab_100_" * 60 + "\n",
    "quotes": '\nRevert "',
    "UUIDs": "abcdefab-1234-4321-9999-1234567890ab ",
    "hashes": "DEAD-1234-",
    "advisories": "GHSA-1234-",
    "closing words": "fixes KEY-1 ",
    "no blanks": "修ABC-12",
    "letters that touch": "éABC-12",
    "half surrogates": "\ud800KEY-1 ",
    "NUL": "\0",
    "colours": "color: #123 ",
}
BEFORE = {"a list without end": "KEY-1", "related items": "Related work items: "}


def seconds(text: str, source: Source) -> float:
    """Return how long the fastest of three searches took."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        find(text, source=source)
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.parametrize("source", [Source.MESSAGE, Source.BRANCH_NAME])
@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_the_size_of_a_hostile_text_and_no_faster(
    name: str, source: Source
) -> None:
    piece = HOSTILE[name]
    small = BEFORE.get(name, "") + piece * (SMALL // len(piece))
    large = BEFORE.get(name, "") + piece * (SMALL * 16 // len(piece))

    ratio = seconds(large, source) / max(seconds(small, source), 0.000_1)

    # A square would be 256.
    assert ratio < 64


def test_message_of_two_megabytes_is_read() -> None:
    message = "KEY-1" * 100_000 + "1" * 1_000_000 + " PAY-142 " + "-" * 500_000

    found = find(message)

    assert "PAY-142" in [candidate.text for candidate in found.candidates]


def test_candidates_come_in_the_order_of_the_text_and_each_once() -> None:
    found = find("#17 AB#9 PAY-1\nSHOP_2: PAY-1 again, #17 again, pay-142")

    assert [candidate.text for candidate in found.candidates] == [
        "#17",
        "AB#9",
        "PAY-1",
        "SHOP_2",
        "pay-142",
    ]
    assert not found.is_cut


@pytest.mark.parametrize("before", ["", "Do it\n", "Do it\n\n", "A much longer line before\n- "])
def test_closing_word_counts_whatever_ends_the_line_before(before: str) -> None:
    (found,) = find(f"{before}Fixes: PAY-142").candidates

    assert found.closes


def test_key_written_twice_closes_if_either_does() -> None:
    (found,) = find("See PAY-142.\n\nPAY-142\n\nFixes PAY-142").candidates

    assert (found.closes, found.heads_line) == (True, True)


@pytest.mark.parametrize("text", ["", "No digit at all", "1", "-", "\n\n\n", "#", "PAY-"])
def test_text_without_a_candidate_gives_none(text: str) -> None:
    assert find(text) == Found(())


def test_too_many_candidates_are_cut_and_the_cut_is_said() -> None:
    text = " ".join(f"PAY-{n} #{n}" for n in range(1, 3 * MOST_CANDIDATES))

    found = find(text)

    assert found.is_cut
    assert [c.number for c in found.candidates if c.form is Form.KEY] == [
        *range(1, MOST_CANDIDATES + 1)
    ]


def test_text_as_written_is_cut_at_a_hundred_characters() -> None:
    (found,) = find(f"https://tracker.example/{'x' * 200}/browse/PAY-7").candidates

    assert len(found.text) == 100


def test_what_an_admin_s_own_pattern_finds_stands_beside_everything_else() -> None:
    def cases(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
        for match in re.finditer(r"case (\d+)|PAY-(\d+)", text):
            number = int(match[1] or match[2])
            yield match.start(), Candidate(Form.OWN_PATTERN, "CASE", number, match[0], source)

    found = find("PAY-1, case 7, SHOP-2", pattern=cases)

    assert [(c.form, c.project, c.number) for c in found.candidates] == [
        (Form.OWN_PATTERN, "CASE", 1),
        (Form.KEY, "PAY", 1),
        (Form.OWN_PATTERN, "CASE", 7),
        (Form.KEY, "SHOP", 2),
    ]


@given(
    st.text(st.sampled_from("AZaz019-_#/:.,& \n\tAB(é修\ud800"), max_size=60),
    st.sampled_from(Source),
)
def test_any_text_gives_candidates_that_stand_in_it(text: str, source: Source) -> None:
    for candidate in find(text, source=source).candidates:
        assert candidate.text in text
        assert candidate.text.isascii()
        assert candidate.source is source
        assert candidate.project == candidate.project.upper()
        assert 1 <= candidate.number < 10**10


@given(st.text(max_size=200))
def test_any_text_at_all_can_be_searched(text: str) -> None:
    assert not find(text).is_cut
