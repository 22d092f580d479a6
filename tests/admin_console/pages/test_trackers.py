"""Trackers in the console: their list, and the form that changes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared import trackers
from shared.services import ONE_GROUP
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Tracker
    from tests.shared.web.in_memory import Installation

ONE = "/trackers/default"
FORM = {
    "name": "Payments",
    "kind": "jira",
    "url": "https://issues.example.com",
    "grammars": ["jira", "number"],
    "projects": "pay, WEB\n ops",
    "inherit": "yes",
    "first_number": "10",
    "last_number": "99999",
    "number_since": "2026-01-02",
    "pattern": "",
    "origins": "https://acme.example.net",
    "aliases": "OLD PAY\nOLD-5 = PAY-7",
}


@pytest.fixture
def visitor(installation: Installation) -> Visitor:
    return Visitor(installation.services)


def actions(installation: Installation) -> list[tuple[str, str]]:
    entries = installation.call("GET", "audit").json["entries"]
    return [(entry["action"], entry["detail"]) for entry in entries]


def added(installation: Installation, visitor: Visitor, **form: str) -> Tracker:
    """Return a tracker added by the form."""
    seen = visitor.post("/trackers", {"name": "Second", "kind": "redmine", **form})
    tracker_id = seen.location.rpartition("/")[2].partition("?")[0]
    return trackers.tracker_record(installation.services, tracker_id).value


def test_a_tracker_is_added_with_what_suits_its_kind(
    installation: Installation, visitor: Visitor
) -> None:
    tracker = added(installation, visitor)

    assert (tracker.name, tracker.kind, tracker.grammars) == ("Second", "redmine", ("number",))
    assert ("tracker_added", tracker.id) in actions(installation)
    assert "Second" in visitor.get("/trackers").text


@pytest.mark.parametrize("form", [{"name": "", "kind": "jira"}, {"name": "X", "kind": "nothing"}])
def test_a_tracker_without_a_name_or_a_kind_is_refused(
    installation: Installation, visitor: Visitor, form: dict[str, str]
) -> None:
    seen = visitor.post("/trackers", form)

    assert seen.status == 400
    assert len(installation.services.trackers.list(ONE_GROUP)) == 1


def test_everything_that_is_typed_is_kept(installation: Installation, visitor: Visitor) -> None:
    seen = visitor.post(ONE, FORM)

    assert seen.location == "/api/console/trackers/default?done=saved"
    kept = installation.tracker
    assert (kept.name, kept.kind, kept.url) == ("Payments", "jira", "https://issues.example.com")
    assert kept.grammars == ("jira", "number")
    assert kept.projects == ("PAY", "WEB", "OPS")
    assert (kept.sources.description, kept.sources.tags, kept.sources.inherit) == (
        False,
        False,
        True,
    )
    assert kept.number_range == (10, 99999)
    assert f"{kept.number_since:%Y-%m-%d %H:%M %Z}" == "2026-01-02 00:00 UTC"
    assert kept.origins == ("https://acme.example.net",)
    assert kept.aliases == {"OLD": "PAY", "OLD-5": "PAY-7"}
    assert ("tracker_changed", "default") in actions(installation)


def test_a_form_that_is_sent_back_as_it_was_changes_nothing(
    installation: Installation, visitor: Visitor
) -> None:
    visitor.post(ONE, FORM)
    before = installation.tracker
    page = visitor.get(ONE)

    visitor.post(ONE, {**FORM, "projects": "PAY WEB OPS", "aliases": "OLD PAY\r\nOLD-5 PAY-7"})

    assert installation.tracker == before
    assert 'value="2026-01-02"' in page.html
    assert "OLD-5 PAY-7" in page.text


def test_an_alias_that_is_left_out_is_gone(installation: Installation, visitor: Visitor) -> None:
    visitor.post(ONE, FORM)

    visitor.post(ONE, {**FORM, "aliases": "OLD PAY"})

    assert installation.tracker.aliases == {"OLD": "PAY"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"projects": "PAY p€y"}, "is no project key"),
        ({"grammars": []}, "at least one"),
        ({"first_number": "ten"}, "two numbers, or neither"),
        ({"first_number": "9" * 5000, "last_number": "9"}, "two numbers, or neither"),
        ({"last_number": ""}, "two numbers, or neither"),
        ({"first_number": "9", "last_number": "1"}, "the smaller first"),
        ({"aliases": "ALONE"}, "is not an old and a new one"),
        ({"aliases": "OLD PAY-1"}, "neither project to project nor key to key"),
        ({"url": "javascript:alert(1)"}, "it must begin with https://"),
        ({"name": ""}, "it is empty"),
        ({"number_since": "yesterday"}, "number_since"),
        ({"kind": "nothing"}, "kind"),
    ],
)
@pytest.mark.parametrize("action", ["", "/preview", "/try"])
def test_a_mistake_is_named_and_what_was_typed_stays(
    installation: Installation,
    visitor: Visitor,
    action: str,
    wrong: dict[str, str | list[str]],
    told: str,
) -> None:
    before = installation.tracker

    seen = visitor.post(f"{ONE}{action}", {**FORM, **wrong, "origins": "https://typed.example"})

    assert seen.status == 400
    assert told in seen.text
    assert "https://typed.example" in seen.text
    assert installation.tracker == before


def test_a_tracker_is_removed_unless_an_integration_feeds_it(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    free, fed = added(installation, visitor), added(installation, visitor, name="Fed")
    installation.connect(sample, trackers=["default", fed.id])

    gone = visitor.post(f"/trackers/{free.id}/remove")
    refused = visitor.post(f"/trackers/{fed.id}/remove")

    assert gone.location == "/api/console/trackers?done=tracker_removed"
    assert ("tracker_removed", free.id) in actions(installation)
    assert refused.status == 409
    assert "feeds this tracker" in refused.text


def test_the_default_tracker_stays(visitor: Visitor) -> None:
    page, seen = visitor.get(ONE), visitor.post(f"{ONE}/remove")

    assert f"{ONE}/remove" not in page.html
    assert seen.status == 409


def test_an_unknown_tracker_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/trackers/nothing").status == 404


def test_a_name_is_text(installation: Installation, visitor: Visitor) -> None:
    tracker = added(installation, visitor, name="<script>alert(1)</script>\u202e")

    pages = [visitor.get(path) for path in ("/trackers", f"/trackers/{tracker.id}", "/tokens/new")]

    for seen in pages:
        assert "&lt;script&gt;" in seen.html
        assert "<script>alert" not in seen.html
