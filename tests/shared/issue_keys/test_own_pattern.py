from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shared.issue_keys import (
    Candidate,
    Form,
    Rules,
    Source,
    count_prefixes,
    id_of_pattern,
    pack,
    unpack,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.issue_keys import Reading

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PATTERN = "case ([0-9]+)"


def cases(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
    """Find *case 7*, an issue of the project CASE."""
    for match in re.finditer(PATTERN, text):
        yield match.start(), found("CASE", int(match[1]), source=source)


def found(
    project: str, number: int, *, pattern: str = PATTERN, source: Source = Source.MESSAGE
) -> Candidate:
    text = f"case {number}"
    return Candidate(Form.OWN_PATTERN, project, number, text, source, id_of_pattern(pattern))


def keys(reading: Reading, candidate: Candidate, *, at: datetime = NOW) -> list[str]:
    return [str(key) for key in reading.accept([candidate], at=at).keys]


def test_what_the_pattern_finds_counts_beside_what_the_grammars_find() -> None:
    reading = Rules(pattern=PATTERN).for_repository("shop", pattern=cases)

    outcome = reading.read("PAY-1: case 7, AB#3")

    assert [str(key) for key in outcome.keys] == ["PAY-1", "CASE-7", "AB#3"]


def test_without_a_grammar_the_pattern_alone_finds_keys() -> None:
    reading = Rules(pattern=PATTERN, grammars=()).for_repository("shop", pattern=cases)

    outcome = reading.read("PAY-1: case 7")

    assert [str(key) for key in outcome.keys] == ["CASE-7"]
    assert [candidate.text for candidate in outcome.not_accepted] == ["PAY-1"]


def test_a_list_of_projects_holds_for_the_pattern_too() -> None:
    listed = Rules(pattern=PATTERN, projects=("CASE",)).for_repository("shop")
    other = Rules(pattern=PATTERN, projects=("PAY",)).for_repository("shop")

    assert keys(listed, found("CASE", 7)) == ["CASE-7"]
    assert keys(other, found("CASE", 7)) == []


@pytest.mark.parametrize("project", ["UTF", "KIP", "X"])
def test_without_a_list_any_project_of_the_pattern_counts(project: str) -> None:
    reading = Rules(pattern=PATTERN).for_repository("shop")

    assert keys(reading, found(project, 8)) == [f"{project}-8"]


def test_what_it_found_is_renamed_like_any_key() -> None:
    rules = Rules(pattern=PATTERN, projects=("NEW",), aliases={"CASE": "NEW", "OLD-1": "NEW-9"})
    reading = rules.for_repository("shop")

    assert keys(reading, found("CASE", 7)) == ["NEW-7"]
    assert keys(reading, found("OLD", 1)) == ["NEW-9"]


def test_plain_numbers_of_the_pattern_keep_to_their_range_and_start() -> None:
    rules = Rules(pattern=PATTERN, number_range=(5, 9), number_since=NOW)
    reading = rules.for_repository("shop")

    assert keys(reading, found("#", 7)) == ["#7"]
    assert keys(reading, found("#", 4)) == []
    assert keys(reading, found("#", 7), at=datetime(2026, 1, 1, tzinfo=UTC)) == []


def test_work_items_of_the_pattern_are_those_of_the_tracker_s_organization() -> None:
    rules = Rules(pattern=PATTERN, kind="azure_boards", url="https://dev.azure.com/acme")

    ours = rules.for_repository("shop", organization="acme")
    other = rules.for_repository("shop", organization="contoso")

    assert keys(ours, found("AB", 7)) == ["AB#7"]
    assert keys(other, found("AB", 7)) == []


@pytest.mark.parametrize("pattern", ["", "another"])
def test_what_another_pattern_found_counts_no_more(pattern: str) -> None:
    reading = Rules(pattern=pattern).for_repository("shop")

    assert keys(reading, found("CASE", 7)) == []


def test_a_pattern_is_part_of_the_rules_version() -> None:
    versions = {Rules(pattern=pattern).version for pattern in ("", "a", "b")}
    read = {Rules(pattern=p).for_repository("shop").version for p in ("", "a", "b")}

    assert len(versions) == len(read) == 3


def test_what_it_found_is_stored_and_read_again_as_it_was() -> None:
    candidate = found("CASE", 7)

    assert unpack(pack([candidate])) == (candidate,)


def test_what_it_found_teaches_nothing_about_projects() -> None:
    statistics = count_prefixes([[found("CASE", number)] for number in range(1, 30)])

    assert statistics.prefixes == {}
