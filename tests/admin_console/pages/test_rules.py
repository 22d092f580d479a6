"""What a tracker's rules do, before they are kept."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared import trackers
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from datetime import datetime

    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation

ONE = "/trackers/default"
FORM = {
    "name": "Default",
    "kind": "other",
    "grammars": ["jira", "azure_boards"],
    "description": "1",
}


@pytest.fixture
def visitor(installation: Installation) -> Visitor:
    return Visitor(installation.services)


@pytest.fixture
def indexed(installation: Installation, sample: SampleOrganization) -> str:
    """Return an integration whose commits name issues of several projects."""
    sample.push("part-00", "main", *(f"SHOP-{number} Propose" for number in range(1, 13)))
    sample.push("part-01", "main", "UTF-8 everywhere", "OPS-1 Run", "PAY-7 and OPS-2")
    made = installation.connect(sample)
    installation.work()
    return made


def test_keys_are_found_by_the_rules_as_they_are_typed(
    installation: Installation, visitor: Visitor
) -> None:
    texts = "Fixes PAY-7\n\nUTF-8 and #17"

    seen = visitor.post(f"{ONE}/try", {**FORM, "projects": "WEB", "texts": texts})

    assert seen.status == 200
    assert "PAY-7 is of PAY, which is not in the list of projects" in seen.text
    assert installation.tracker.projects == ()
    assert texts.splitlines()[0] in seen.text


@pytest.mark.parametrize(
    ("form", "text", "told"),
    [
        ({}, "Fixes PAY-7", "PAY-7 , which closes it"),
        ({}, "UTF-8 again", "UTF-8 is the name of a standard or the like: UTF"),
        ({}, "ORA-01234 raised", "ORA-01234 begins with a zero, as error codes do"),
        ({}, "pay-142 too", "pay-142 counts in this writing only where PAY is known"),
        ({"projects": "WEB"}, "PAY-7", "PAY-7 is of PAY, which is not in the list"),
        ({}, "Look at #17", "#17 is a plain number, and these are no issues of the tracker"),
        (
            {"grammars": ["number"], "first_number": "20", "last_number": "99"},
            "Look at #17",
            "#17 is not between 20 and 99",
        ),
        (
            {"grammars": ["number"], "number_since": "2026-01-01"},
            "Look at #17",
            "#17 counts only in what was made since the day",
        ),
        ({"grammars": ["number"]}, "AB#17 done", "AB#17 is a work item, and work items are no"),
        ({"grammars": ["number"]}, "PAY-7", "PAY-7 is a key with a project, and the tracker has"),
        (
            {"kind": "jira", "url": "https://issues.example.com"},
            "https://elsewhere.example/browse/PAY-7",
            "is an address of another tracker",
        ),
        (
            {"kind": "azure_boards", "url": "https://dev.azure.com/acme"},
            "https://dev.azure.com/other/shop/_workitems/edit/17",
            "belongs to another organization than the tracker's",
        ),
        ({}, "Nothing at all", "Nothing here looks like an issue key"),
    ],
)
def test_what_is_no_key_says_why(
    visitor: Visitor, form: dict[str, str | list[str]], text: str, told: str
) -> None:
    seen = visitor.post(f"{ONE}/try", {**FORM, **form, "texts": text})

    assert seen.status == 200
    assert told in seen.text


def test_texts_are_text(visitor: Visitor) -> None:
    seen = visitor.post(f"{ONE}/try", {**FORM, "texts": "<script>alert(1)</script> PAY-1\u202e"})

    assert "PAY-1" in seen.text
    assert "<script>alert" not in seen.html


def test_a_preview_tells_what_would_come_and_go_and_keeps_nothing(
    installation: Installation, visitor: Visitor, indexed: str
) -> None:
    seen = visitor.post(f"{ONE}/preview", {**FORM, "projects": "PAY"})

    assert seen.status == 200
    assert "SHOP 0 12" in seen.text
    assert "Save this change" in seen.text
    assert "goes SHOP-" in seen.text
    assert installation.tracker.projects == ()


def test_a_preview_that_changes_nothing_says_so(visitor: Visitor, indexed: str) -> None:
    seen = visitor.post(f"{ONE}/preview", FORM)

    assert "No link comes or goes." in seen.text


def late(installation: Installation) -> datetime:
    """Return what a clock says that eleven seconds pass by between two looks at."""
    installation.clock.advance(timedelta(seconds=11))
    return installation.clock.now()


def test_a_preview_says_when_it_is_of_a_part(
    installation: Installation, indexed: str, sample: SampleOrganization
) -> None:
    sample.push("part-00", "main", *(f"MANY-{number} Step" for number in range(1, 502)))
    installation.call("POST", f"integrations/{indexed}/reindex")
    installation.work()
    services = dataclasses.replace(installation.services, clock=lambda: late(installation))

    seen = Visitor(services).post(f"{ONE}/preview", {**FORM, "projects": "PAY"})

    assert "the counts are of a part" in seen.text


def test_a_new_pattern_says_how_much_is_read_again(visitor: Visitor, indexed: str) -> None:
    pattern = r"(?P<project>[A-Z]+)/(?P<number>[0-9]+)"

    seen = visitor.post(f"{ONE}/preview", {**FORM, "pattern": pattern})

    assert seen.status == 200
    assert "3 repositories are read again once it is saved" in seen.text


def test_a_pattern_that_cannot_be_used_says_which_part(visitor: Visitor) -> None:
    seen = visitor.post(f"{ONE}/try", {**FORM, "pattern": "PAY(?=-)"})

    assert seen.status == 400
    assert "(?=" in seen.text.split("Pattern of your own")[1]


def test_prefixes_are_told_with_what_counts(
    installation: Installation, visitor: Visitor, indexed: str
) -> None:
    learned = visitor.get(f"{ONE}/prefixes")
    known = installation.tracker
    trackers.change_tracker(installation.services, replace(known, projects=("SHOP",)))
    listed = visitor.get(f"{ONE}/prefixes")

    assert "SHOP 12 12 1 learned" in learned.text
    assert "UTF 1 1 1 no the name of a standard" in learned.text
    assert "SHOP 12 12 1 listed" in listed.text
    assert "OPS 2 2 1 not listed" in listed.text


def test_prefixes_of_nothing_say_so(visitor: Visitor) -> None:
    assert "Nothing that looks like a key is indexed yet" in visitor.get(f"{ONE}/prefixes").text
