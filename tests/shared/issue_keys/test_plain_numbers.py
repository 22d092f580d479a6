from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.issue_keys import Form, Rules, find

MONDAY = datetime(2024, 6, 3, tzinfo=UTC)
SUNDAY = datetime(2024, 6, 2, tzinfo=UTC)


def numbers(text: str) -> list[int]:
    return [c.number for c in find(text).candidates if c.form is Form.NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        "#17",
        "Fix #17.",
        "Fixed #17 -- Round up",
        "(#17)",
        "[#17]",
        "bug #17",
        "修正#17",
        "#17,",
        "-#17",
    ],
)
def test_bare_number_is_found(text: str) -> None:
    assert numbers(text) == [17]


@pytest.mark.parametrize(
    "text",
    [
        "Merged PR 45: Round up",
        "!45",
        "PR #45",
        "See MR #45",
        "Merge pull request #45 from me/fix",
        "pull request #45",
        "Merge Request #45",
        "Closes #45 from me/fix",
        "&#39;",
        "acme/shop#12",
        "shop#12",
        "issue#12",
        "C#7",
        "_#12",
        "##12",
        "http://x/#12",
        "#0",
        "#012",
        "#12ab34",
        "#1.2",
        "#12é",
        "é#12",
        "# 12",
        "#12345678901",
        "color: #123456",
        "background-color:#333",
        'fill="#123"',
        "AB#12",
    ],
)
def test_pull_requests_entities_colours_and_versions_are_no_numbers(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.parametrize("text", ["feature request #45", "see #123456", "Fixes #123, from now on"])
def test_what_only_resembles_them_is_found(text: str) -> None:
    assert len(numbers(text)) == 1


def test_numbers_count_only_in_a_tracker_that_asks_for_them() -> None:
    text = "Fix #17"

    without = Rules().for_repository("shop").read(text)
    with_numbers = Rules(grammars=("number",)).for_repository("shop").read(text)

    assert [len(without.keys), len(without.not_accepted)] == [0, 1]
    assert [str(key) for key in with_numbers.keys] == ["#17"]


def test_number_counts_within_its_range_ends_included() -> None:
    rules = Rules(grammars=("number",), number_range=(10, 20))

    outcome = rules.for_repository("shop").read("#9 #10 #20 #21")

    assert [str(key) for key in outcome.keys] == ["#10", "#20"]


@pytest.mark.parametrize(("at", "accepted"), [(MONDAY, 1), (SUNDAY, 0), (None, 0)])
def test_number_counts_in_items_made_since(at: datetime | None, accepted: int) -> None:
    rules = Rules(grammars=("number",), number_since=MONDAY)

    assert len(rules.for_repository("shop").read("#17", at=at).keys) == accepted


@pytest.mark.parametrize(
    ("tracker", "url", "accepted"),
    [
        ("https://redmine.example", "https://redmine.example/issues/17", True),
        ("https://redmine.example/", "https://redmine.example/issues/17?tab=history", True),
        ("https://example/redmine", "https://example/redmine/issues/17", True),
        ("https://example/trac/shop", "https://example/trac/shop/ticket/17#comment:2", True),
        ("https://redmine.example", "https://git.example/acme/shop/issues/17", False),
        ("https://example/redmine", "https://example/redmine2/issues/17", False),
        ("", "https://redmine.example/issues/17", False),
        ("https://redmine.example", "/issues/17 of https://redmine.example", False),
    ],
)
def test_url_of_an_issue_counts_when_it_is_the_tracker_s(
    tracker: str, url: str, *, accepted: bool
) -> None:
    rules = Rules(grammars=("number",), url=tracker, number_since=MONDAY)

    assert len(rules.for_repository("shop").read(url).keys) == accepted


def test_number_of_a_work_item_and_plain_number_are_different_issues() -> None:
    rules = Rules(grammars=("azure_boards", "number"))

    outcome = rules.for_repository("shop").read("AB#17 #17")

    assert [str(key) for key in outcome.keys] == ["AB#17", "#17"]
