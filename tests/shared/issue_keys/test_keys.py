from __future__ import annotations

import pytest

from shared.errors import BadIssueKeyError
from shared.issue_keys import IssueKey, parse_issue_key


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("PAY-142", IssueKey("PAY", 142)),
        ("pay-7", IssueKey("PAY", 7)),
        ("PAY-007", IssueKey("PAY", 7)),
        ("AS7-1", IssueKey("AS7", 1)),
        ("EJB_SPEC-3", IssueKey("EJB_SPEC", 3)),
        ("W-12345678", IssueKey("W", 12345678)),
        ("PAY-9999999999", IssueKey("PAY", 9999999999)),
        ("AB#17", IssueKey("AB", 17)),
        ("ab#17", IssueKey("AB", 17)),
        ("#17", IssueKey("#", 17)),
        ("#017", IssueKey("#", 17)),
    ],
)
def test_what_a_caller_types_is_read_in_every_grammar(typed: str, key: IssueKey) -> None:
    assert parse_issue_key(typed) == key


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "PAY",
        "PAY-",
        "-1",
        "PAY-0",
        "PAY-00",
        "#0",
        "PAY-12345678901",
        "PAY--1",
        "PAY-1-2",
        "PAY_-1",
        "_PAY-1",
        "7PAY-1",
        "CD#17",
        "!17",
        " PAY-1",
        "PAY-1\n",
        "PAY-1\x00",
        "PAY-1\t",
        "PAY-1\x7f",
        "PAY-1/2",
        "PAY-1\\2",
        "PAY-1?x",
        "P-1' or PartitionKey ne 'x",
        "P" * 51 + "-1",
        "P" * 100_000 + "-1",
        "PAY-1" * 1000,
        "\uff30\uff21\uff39-1",
        "PAY-\uff11",
        "PAY-\u0661",
        "\u0420\u0410\u0423-1",
        "KAF\u017fKA-1",
        "\u212aAY-1",
        "PAY\u20101",
        "PAY-1\u0301",
        "PÄY-1",
        "😀-1",
        "\ud800-1",
    ],
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(BadIssueKeyError):
        parse_issue_key(typed)


def test_refusal_shows_the_text_cut_and_escaped() -> None:
    with pytest.raises(BadIssueKeyError) as refusal:
        parse_issue_key("\u202e\x00" + "x" * 1000)

    assert str(refusal.value).startswith(r"'\u202e\x00xxx")
    assert len(str(refusal.value)) < 100


@pytest.mark.parametrize("written", ["PAY-142", "AB#17", "#17", "EJB_SPEC-3"])
def test_key_is_written_as_its_tracker_shows_it(written: str) -> None:
    assert str(parse_issue_key(written)) == written


def test_keys_sort_by_project_then_by_number() -> None:
    keys = [IssueKey("PAY", 10), IssueKey("PAY", 9), IssueKey("AAA", 11)]

    assert [str(key) for key in sorted(keys)] == ["AAA-11", "PAY-9", "PAY-10"]
