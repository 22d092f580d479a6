from __future__ import annotations

import random

import msgspec
import pytest

from shared.issue_keys import (
    Candidate,
    Learned,
    PrefixStatistics,
    Source,
    count_prefixes,
    find,
    learn,
)
from shared.issue_keys.learning import is_one_slip

Items = list[tuple[Candidate, ...]]


def history(*messages: str, source: Source = Source.MESSAGE) -> Items:
    return [find(message, source=source).candidates for message in messages]


def subjects(project: str, count: int, *, start: int = 100) -> list[str]:
    return [f"{project}-{number}: Round up" for number in range(start, start + count)]


def learned(*messages: str) -> Learned:
    return learn(count_prefixes(history(*messages)))


def test_counts_say_how_a_prefix_is_used() -> None:
    items = history(
        "PAY-142: Round up\n\nhttps://tracker.example/jira/browse/PAY-142",
        "Round up (PAY-143)",
        "me/pay-142",
        "UTF-8",
    )

    counts = count_prefixes(items).prefixes["PAY"]

    assert (counts.upper, counts.other, counts.heads, counts.mentions) == (3, 1, 1, 4)
    assert counts.pages == {"tracker.example": 1}
    assert counts.numbers == 2


def test_unknown_prefixes_keep_their_counts_for_the_admin() -> None:
    prefixes = count_prefixes(history("KIP-500 and KIP-501", "KIP-500")).prefixes

    assert (prefixes["KIP"].mentions, prefixes["KIP"].numbers) == (3, 2)


@pytest.mark.parametrize("count", [1, 63, 64, 1_000, 50_000])
def test_count_of_different_numbers_is_exact_at_first_and_near_later(count: int) -> None:
    items = history(*(f"PAY-{number}" for number in range(1, count + 1)))

    numbers = count_prefixes(items).prefixes["PAY"].numbers

    assert numbers == pytest.approx(count, rel=0.5 if count > 63 else 0)


def test_statistics_are_the_same_in_any_order_and_in_any_parts() -> None:
    messages = [*subjects("PAY", 300), *subjects("SHOP", 70), "Round up pay-142", "UTF-8"] * 2
    items = history(*messages, "https://a.example/browse/PAY-1", "https://b.example/browse/PAY-1")
    whole = count_prefixes(items)
    shuffled = random.Random(7).sample(items, len(items))

    parts = [count_prefixes(shuffled[start::3]) for start in range(3)]
    together = PrefixStatistics()
    for part in parts:
        together = together.plus(part)

    assert together == whole
    assert learn(together) == learn(whole)
    assert msgspec.json.encode(together.plus(PrefixStatistics()), order="sorted") == (
        msgspec.json.encode(whole, order="sorted")
    )


def test_statistics_survive_being_stored() -> None:
    statistics = count_prefixes(history(*subjects("PAY", 100)))

    stored = msgspec.json.decode(msgspec.json.encode(statistics), type=PrefixStatistics)

    assert stored == statistics


def test_project_of_the_repository_is_learned() -> None:
    assert learned(*subjects("PAY", 30)) == Learned(own=("PAY",), most_used=("PAY",))


def test_project_named_now_and_then_counts_in_any_case_but_not_without_its_dash() -> None:
    messages = [*subjects("PAY", 300), *(f"Round up (SHOP-{n})" for n in range(1, 8))]

    assert learned(*messages) == Learned(own=("PAY", "SHOP"), most_used=("PAY",))


@pytest.mark.parametrize(
    "messages",
    [
        subjects("SHOP", 4),
        ["SHOP-8"] * 50,
        [*subjects("SHOP", 5), *(f"use shop-{n}" for n in range(100, 120))],
        ["UTF-8", "UTF-16", "UTF-32", "UTF-7", "UTF-64", "UTF-1"] * 3,
        [f"Round up (KIP-{n})" for n in range(500)],
        [f"Round up (PR-{n})" for n in range(500)],
        [f"T1-{n} Round up" for n in range(1, 10)],
    ],
    ids=["rare", "one number", "mostly a word", "standard", "proposals", "pull requests", "letter"],
)
def test_prefix_that_is_not_used_like_a_project_is_not_learned(messages: list[str]) -> None:
    assert learned(*subjects("PAY", 300), *messages).own == ("PAY",)


@pytest.mark.parametrize("project", ["KIP", "BUILD", "SEP", "AB", "X"])
def test_name_of_the_stop_list_is_learned_where_most_of_the_history_opens_with_it(
    project: str,
) -> None:
    own = learned(*subjects(project, 100), *subjects("SHOP", 20)).own

    assert set(own) == {project, "SHOP"}


@pytest.mark.parametrize("slip", ["SHPO", "SOP", "SHOPP", "SHIP", "HSOP"])
def test_rare_slip_of_the_pen_is_not_a_project(slip: str) -> None:
    messages = [*subjects("SHOP", 600), *subjects(slip, 6)]

    assert learned(*messages) == Learned(own=("SHOP",), most_used=("SHOP",), misspelt=(slip,))


@pytest.mark.parametrize(
    "others",
    [
        subjects("SHIP", 10),
        ["https://tracker.example/browse/SHIP-1"],
        subjects("STOCK", 5),
    ],
    ids=["not that rare", "has a page", "no slip"],
)
def test_similar_project_is_not_taken_for_a_slip(others: list[str]) -> None:
    assert learned(*subjects("SHOP", 600), *others).misspelt == ()


@pytest.mark.parametrize(
    ("written", "right", "expected"),
    [
        ("KAKFA", "KAFKA", True),
        ("KAFK", "KAFKA", True),
        ("KAFKAA", "KAFKA", True),
        ("KAFJA", "KAFKA", True),
        ("AS", "AS7", True),
        ("AB7", "AS7", False),
        ("KA", "KAFKA", False),
        ("KAFKA", "KAFKA", False),
        ("AKFAK", "KAFKA", False),
        ("KB", "KA", False),
        ("K", "KA", False),
        ("KFAKA", "KAFKA", True),
        ("AFKAK", "KAFKA", False),
    ],
)
def test_one_slip_is_one_letter(written: str, right: str, *, expected: bool) -> None:
    assert is_one_slip(written, right) is expected


def test_hosts_of_the_tracker_are_learned_from_the_pages_of_its_issues() -> None:
    old = [f"https://old.example/browse/PAY-{n}" for n in range(1, 6)]
    other = [f"https://other.example/browse/SHOP-{n}" for n in range(1, 9)]

    assert learned(*subjects("PAY", 300), *old, *other).hosts == ("old.example",)
    assert learned(*subjects("PAY", 300), *old[:4]).hosts == ()


def test_with_a_list_only_listed_projects_are_learned() -> None:
    old = [f"https://old.example/browse/PAY-{n}" for n in range(1, 6)]
    statistics = count_prefixes(history(*subjects("PAY", 3), *subjects("NEW", 50), *old, "SHOP-1"))

    assert learn(statistics, projects=("pay", "SHOP", "NEVER")) == Learned(
        own=("PAY",), hosts=("old.example",)
    )


def test_nothing_is_learned_from_nothing() -> None:
    assert learn(PrefixStatistics()) == Learned()


def test_key_that_one_item_names_often_counts_once() -> None:
    (candidates,) = history("PAY-1 PAY-1 PAY-1")

    assert count_prefixes([candidates]).prefixes["PAY"].mentions == 1
