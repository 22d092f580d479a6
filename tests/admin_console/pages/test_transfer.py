"""Export and import in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.shared.web.in_memory import Installation
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization


@pytest.fixture
def document(installation: Installation) -> str:
    """Return what another installation exported, with a tracker that this one lacks."""
    installation.call("POST", "trackers", {"name": "Second", "id": "second"})
    return installation.call("GET", "export").body.decode()


@pytest.fixture
def elsewhere(sample: SampleOrganization) -> Installation:
    return Installation(clock=sample.clock, services_url=sample.base_url)


def trackers_of(installation: Installation) -> set[str]:
    return {row["id"] for row in installation.call("GET", "trackers").json["trackers"]}


def test_the_configuration_is_downloaded(installation: Installation) -> None:
    seen = Visitor(installation.services).get("/transfer")

    assert 'href="/api/export" download="devlinks-configuration.json"' in seen.html


def test_a_check_reports_and_keeps_nothing(elsewhere: Installation, document: str) -> None:
    seen = Visitor(elsewhere.services).post("/transfer/check", {"document": document})

    assert seen.status == 200
    assert "What an import would do" in seen.text
    assert "tracker Second" in seen.text
    assert "Import this" in seen.text
    assert trackers_of(elsewhere) == {"default"}


def test_an_import_is_carried_out_and_told(elsewhere: Installation, document: str) -> None:
    visitor = Visitor(elsewhere.services)

    seen = visitor.post("/transfer", {"document": document})
    again = visitor.post("/transfer/check", {"document": document})

    assert "What was imported" in seen.text
    assert trackers_of(elsewhere) == {"default", "second"}
    actions = {entry["action"] for entry in elsewhere.call("GET", "audit").json["entries"]}
    assert "configuration_imported" in actions
    assert "Import this" not in again.text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("", "choose a file, or paste what it holds"),
        ("{", "The document is no JSON."),
        ('{"version": 1, "trackers": [{"nothing": 1}]}', "trackers[0]"),
        ('{"version": 1, "secrets": []}', "unknown field"),
    ],
)
@pytest.mark.parametrize("action", ["/transfer/check", "/transfer"])
def test_a_document_with_a_mistake_is_refused_and_stays_typed(
    elsewhere: Installation, action: str, wrong: str, told: str
) -> None:
    seen = Visitor(elsewhere.services).post(action, {"document": wrong})

    assert seen.status == 400
    assert told in seen.text
    assert wrong in seen.text
    assert trackers_of(elsewhere) == {"default"}
