"""Links to an issue, as a tracker would show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation

HOSTILE = "feature/PAY-9-<script>alert(1)</script>"


@pytest.fixture
def visitor(installation: Installation) -> Visitor:
    return Visitor(installation.services, role="viewer")


def test_links_are_shown_with_their_evidence(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    sample.push("part-00", "feature/PAY-1-total", "Fixes PAY-1")
    sample.open_pull_request("part-00", "feature/PAY-1-total", title="PAY-1 Round the total")
    installation.connect(sample)
    installation.work()

    seen = visitor.get("/issues?key=pay-1")

    assert seen.status == 200
    assert "Links to PAY-1" in seen.text
    for text in (
        "Branches",
        "Pull requests",
        "Commits",
        "“PAY-1” in the branch's name",
        "“PAY-1” in the title",
        "“PAY-1” in the message, which closes the issue",
        "From feature/PAY-1-total into main",
    ):
        assert text in seen.text
    assert 'rel="noreferrer noopener"' in seen.html


def test_names_of_others_are_text(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    sample.push("part-00", HOSTILE, "PAY-9 \u202eevil <img src=x onerror=alert(1)>")
    installation.connect(sample)
    installation.work()

    seen = visitor.get("/issues?key=PAY-9")

    assert HOSTILE in seen.text.replace("alert(1) </script>", "alert(1)</script>") or (
        "&lt;script&gt;" in seen.html
    )
    assert "<script>" not in seen.html
    assert "<img src=x" not in seen.html
    assert "\u202e" not in seen.html


def test_what_is_no_key_is_refused_as_text(visitor: Visitor) -> None:
    seen = visitor.get("/issues?key=%3Cscript%3E")

    assert seen.status == 400
    assert "is not an issue key" in seen.text
    assert "<script>" not in seen.html


def test_nothing_is_connected_yet(visitor: Visitor) -> None:
    seen = visitor.get("/issues?key=PAY-1")

    assert "Nothing is connected yet" in seen.text
    assert "/api/console/help/missing-repositories" in seen.html


@pytest.mark.parametrize(
    ("patch", "key", "reason"),
    [
        ({"projects": ["WEB"]}, "PAY-77", "has a list of projects, and PAY is not among them"),
        ({}, "%2377", "does not take plain numbers for issues"),
        ({"grammars": ["jira"]}, "AB%2377", "does not take work items for issues"),
        ({"grammars": ["number"]}, "PAY-77", "takes no keys with a project for issues"),
        ({}, "PAY-77", "Nobody wrote the key yet"),
    ],
)
def test_an_issue_without_links_says_why_that_may_be(
    installation: Installation,
    sample: SampleOrganization,
    visitor: Visitor,
    patch: dict[str, object],
    key: str,
    reason: str,
) -> None:
    installation.connect(sample)
    installation.work()
    installation.call("PATCH", "trackers/default", patch)

    seen = visitor.get(f"/issues?key={key}")

    assert seen.status == 200
    assert reason in seen.text


def test_every_tracker_is_looked_through(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    made = installation.call("POST", "trackers", {"name": "Second", "id": "second"})
    installation.connect(sample, trackers=["default", "second"])
    installation.work()

    both = visitor.get("/issues?key=PAY-1")
    one = visitor.get("/issues?key=PAY-1&tracker=second")
    unknown = visitor.get("/issues?key=PAY-1&tracker=third")

    assert made.status == 201
    assert both.text.count("PAY-1 Start") == 2
    assert one.text.count("PAY-1 Start") == 1
    assert unknown.status == 404


def test_a_long_list_has_pages(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    sample.push("part-00", "main", *(f"PAY-5 Step {number}" for number in range(60)))
    installation.connect(sample)
    installation.work()

    first = visitor.get("/issues?key=PAY-5")
    following = first.html.split('class="pager"')[1].split('href="')[1].split('"')[0]
    second = visitor.get(following.replace("&amp;", "&").removeprefix("/api/console"))

    assert first.text.count("PAY-5 Step") == 50
    assert second.text.count("PAY-5 Step") == 10
