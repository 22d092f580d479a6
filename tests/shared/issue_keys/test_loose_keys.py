from __future__ import annotations

import pytest

from shared.issue_keys import Source, find

LOOSE = {"SPACED", "GLUED"}


def loose(text: str, source: Source = Source.MESSAGE) -> list[tuple[str, int, str]]:
    return [
        (candidate.project, candidate.number, candidate.text)
        for candidate in find(text, source=source).candidates
        if candidate.form.name in LOOSE
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("PAY 142 Round up", ("PAY", 142, "PAY 142")),
        ("PAY_142 Round up", ("PAY", 142, "PAY_142")),
        ("PAY142; Round up", ("PAY", 142, "PAY142")),
        ("[PAY- 142] Round up", ("PAY", 142, "PAY- 142")),
        ("PAY - 142 Round up", ("PAY", 142, "PAY - 142")),
        ("PAY:142 Round up", ("PAY", 142, "PAY:142")),
        ("PAY: 142 Round up", ("PAY", 142, "PAY: 142")),
        ("Pay 142 Round up", ("PAY", 142, "Pay 142")),
        ("AS7 711 is fixed", ("AS7", 711, "AS7 711")),
        ("PAY 1 Round up", ("PAY", 1, "PAY 1")),
        ('Revert "PAY 142 Round up"', ("PAY", 142, "PAY 142")),
        ("* PAY_142", ("PAY", 142, "PAY_142")),
        ("PAY_142_TEST", ("PAY", 142, "PAY_142")),
        ("EJB_SPEC_3 Round up", ("EJB_SPEC", 3, "EJB_SPEC_3")),
    ],
)
@pytest.mark.parametrize("before", ["", "Subject\n\n", "Subject\r\n"])
def test_key_without_its_dash_is_found_at_the_head_of_a_line(
    before: str, line: str, found: tuple[str, int, str]
) -> None:
    assert loose(before + line) == [found]


@pytest.mark.parametrize(
    "text",
    [
        "Round up, see PAY 142",
        "Use PAY142 now",
        "Copy 12 files",
        "Java 17 is needed",
        "KAFKA 2.8.0 is out",
        "KAFKA_2_8_IV0 is out",
        "kafka_2.13-3.3.0.tgz",
        "JBAS014101: Failed to find",
        "PAY-142 Round up",
        "PAY 142nd",
        "PAY 0",
        "PAY  142",
        "PAY 12345678901",
        "A" * 100_000 + " 142",
        "12 PAY 142",
    ],
)
def test_other_words_with_numbers_are_not_found(text: str) -> None:
    assert loose(text) == []


@pytest.mark.parametrize(
    ("branch", "found"),
    [
        ("pay142", [("PAY", 142, "pay142")]),
        ("pay_142_round_up", [("PAY", 142, "pay_142")]),
        ("PAY_142", [("PAY", 142, "PAY_142")]),
        ("feature/PAY142-round-up", [("PAY", 142, "PAY142")]),
        ("me/ignore_PAY142_26x", [("PAY", 142, "PAY142")]),
        ("fix_pay_142", [("FIX_PAY", 142, "fix_pay_142")]),
        ("PAY_142_PAY_143", [("PAY", 142, "PAY_142"), ("PAY", 143, "PAY_143")]),
        ("pay142-9x", [("PAY", 142, "pay142")]),
        ("AS7-1121", []),
        ("upgrade_orm5.0.0", []),
        ("pay_12", []),
        ("PAY142Fix", []),
        ("pay142é", []),
        ("20240101_142", []),
        ("142", []),
        ("_142", []),
        ("", []),
    ],
)
@pytest.mark.parametrize("source", [Source.BRANCH_NAME, Source.SOURCE_BRANCH])
def test_key_without_its_dash_is_found_anywhere_in_a_branch_name(
    source: Source, branch: str, found: list[tuple[str, int, str]]
) -> None:
    assert loose(branch, source) == found


@pytest.mark.parametrize(
    "line",
    [
        "Merge pull request #12 from me/pay142_round_up",
        "Merge branch 'main' into pay142",
        "Merge remote-tracking branch 'origin/pay142'",
        "Merged in feature/pay142 (pull request #12)",
        "Merge pull request 12 from feature/pay142 into main",
        "Round up\n\nCloses #12 from me/pay142",
    ],
)
def test_line_that_tells_of_a_merge_is_read_like_a_branch_name(line: str) -> None:
    assert loose(line) == [("PAY", 142, "pay142")]


def test_merge_line_ends_with_its_line() -> None:
    assert loose("Merge branch 'main'\nthen use pay142") == []


def test_word_far_too_long_for_a_branch_name_is_cut() -> None:
    assert loose("a_" * 200 + "PAY142", Source.BRANCH_NAME) == []
    assert loose("a_" * 100 + "PAY142", Source.BRANCH_NAME) == [("PAY", 142, "PAY142")]
