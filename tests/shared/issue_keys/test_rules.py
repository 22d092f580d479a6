from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from shared.issue_keys import SHORT_LIST, Learned, Rules, Source

MONDAY = datetime(2024, 6, 3, tzinfo=UTC)
MANY = tuple(f"P{number}X" for number in range(SHORT_LIST + 1))


def keys(text: str, rules: Rules) -> list[str]:
    return [str(key) for key in rules.for_repository("shop").read(text).keys]


def test_equal_rules_have_equal_versions_whatever_the_order() -> None:
    one = Rules(projects=("A", "b"), grammars=("jira", "number"), aliases={"X": "A", "Y": "B"})
    other = Rules(
        projects=("B", "A", "a"), grammars=("number", "jira"), aliases={"Y": "B", "X": "A"}
    )

    assert one.version == other.version
    assert one.for_repository("shop").version == other.for_repository("shop").version


@pytest.mark.parametrize(
    "other",
    [
        Rules(projects=("PAY",)),
        Rules(grammars=("jira",)),
        Rules(kind="jira"),
        Rules(url="https://tracker.example"),
        Rules(aliases={"OLD": "NEW"}),
        Rules(number_range=(1, 2)),
        Rules(number_since=MONDAY),
        Rules(left_out=()),
        Rules(learned={"shop": Learned(own=("PAY",))}),
    ],
)
def test_every_change_makes_another_version(other: Rules) -> None:
    assert other.version != Rules().version
    assert other.for_repository("shop").version != Rules().for_repository("shop").version


def test_what_one_repository_teaches_leaves_the_version_of_others_alone() -> None:
    before = Rules()

    after = before.with_learned({"shop": Learned(own=("PAY",))})

    assert after.version != before.version
    assert after.for_repository("other").version == before.for_repository("other").version


def test_learning_makes_new_rules_and_keeps_the_old_ones() -> None:
    first = Rules().with_learned({"shop": Learned(own=("PAY",)), "other": Learned(own=("A1B",))})

    second = first.with_learned({"shop": Learned(own=("NEW",))})

    assert first.learned["shop"].own == ("PAY",)
    assert {name: learned.own for name, learned in second.learned.items()} == {
        "shop": ("NEW",),
        "other": ("A1B",),
    }


def test_rules_survive_being_stored() -> None:
    rules = Rules(
        projects=("PAY",),
        aliases={"OLD": "PAY"},
        number_since=MONDAY,
        left_out=(Source.TAG, Source.DESCRIPTION),
        learned={"shop": Learned(own=("PAY",), hosts=("tracker.example",))},
    )

    stored = msgspec.json.decode(msgspec.json.encode(rules), type=Rules)

    assert stored == rules
    assert stored.version == rules.version


def test_long_list_counts_in_upper_case_and_any_case_is_learned() -> None:
    rules = Rules(projects=MANY)
    taught = rules.with_learned({"shop": Learned(own=("P2X", "UNLISTED"))})

    assert keys("P1X-142 p1x-143 p2x-144 UNLISTED-1", rules) == ["P1X-142"]
    assert keys("P1X-142 p1x-143 p2x-144 unlisted-145", taught) == ["P1X-142", "P2X-144"]


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ("OLD-5", ["NEW-5"]),
        ("old-500", ["NEW-500"]),
        ("OLDER-5", ["NEW-5"]),
        ("MOVED-7", ["NEW-9"]),
        ("MOVED-8", []),
        ("#3", ["NEW-3"]),
        ("OLD-5 NEW-5", ["NEW-5"]),
    ],
)
def test_renamed_project_or_issue_is_found_under_its_last_name(
    text: str, renamed: list[str]
) -> None:
    aliases = {"OLD": "new", "older": "OLD", "MOVED-7": "NEW-9", "#3": "NEW-3"}
    rules = Rules(
        projects=("NEW",), grammars=("jira", "number"), aliases=aliases, number_range=(3, 3)
    )

    assert keys(text, rules) == renamed


def test_both_ways_of_writing_a_renamed_issue_are_its_evidence() -> None:
    reading = Rules(projects=("NEW",), aliases={"OLD": "NEW"}).for_repository("shop")

    ((_, evidence),) = reading.read("OLD-5, now NEW-5").keys.items()

    assert [one.text for one in evidence] == ["OLD-5", "NEW-5"]


@pytest.mark.parametrize(
    "aliases", [{"A": "B", "B": "A"}, {"A": "A"}, {"PAY": "PAY-1", "PAY-1": "PAY"}]
)
def test_aliases_that_make_no_sense_do_no_harm(aliases: dict[str, str]) -> None:
    assert keys("PAY-142", Rules(projects=("PAY",), aliases=aliases)) == ["PAY-142"]


def test_without_a_list_a_renamed_project_counts_however_it_is_written() -> None:
    assert keys("old-142; OLD_143", Rules(aliases={"OLD": "NEW"})) == ["NEW-142"]
    assert keys("OLD_143", Rules(aliases={"OLD": "NEW"})) == ["NEW-143"]


@pytest.mark.parametrize(
    ("grammars", "found"),
    [
        (("jira",), ["PAY-1"]),
        (("azure_boards",), ["AB#2"]),
        (("number",), ["#3"]),
        (("jira", "azure_boards", "number"), ["PAY-1", "AB#2", "#3"]),
        ((), []),
    ],
)
def test_only_the_grammars_of_the_tracker_count(
    grammars: tuple[str, ...], found: list[str]
) -> None:
    assert keys("PAY-1 AB#2 #3", Rules(grammars=grammars)) == found
