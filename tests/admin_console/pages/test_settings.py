"""What is indexed of an integration, for whom, and how it hears of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.configuration import IndexSwitches
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.people import Role
    from tests.shared.web.in_memory import Installation

FORM = {
    "name": "Contoso",
    "commits": "yes",
    "branches": "yes",
    "pull_requests": "yes",
    "pull_request_window_days": "183",
    "tracker": "default",
    "webhooks": "yes",
    "writes": "own_token",
}


@pytest.fixture
def integration(installation: Installation, sample: SampleOrganization) -> str:
    made = installation.connect(sample)
    installation.work()
    return made


@pytest.fixture
def page(integration: str) -> str:
    return f"/integrations/{integration}/settings"


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in FORM.items() if name not in names}


def test_a_form_that_changes_nothing_changes_nothing(
    installation: Installation, page: str, integration: str
) -> None:
    before = installation.integration(integration)

    saved = Visitor(installation.services).post(page, FORM)

    assert saved.status == 303
    assert installation.integration(integration) == before


def test_what_is_changed_is_kept(installation: Installation, page: str, integration: str) -> None:
    form = {
        **without("branches", "webhooks"),
        "name": "Web shop",
        "work_items": "yes",
        "pull_request_window_days": "30",
        "writes": "off",
    }

    saved = Visitor(installation.services).post(page, form)

    changed = installation.integration(integration)
    assert saved.location.endswith("/settings?done=saved")
    assert (changed.name, changed.writes, changed.webhooks) == ("Web shop", "off", False)
    assert changed.pull_request_window_days == 30
    assert changed.index == IndexSwitches(branches=False, work_items=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pull_request_window_days": "many"}, "a whole number of days"),
        ({"pull_request_window_days": "0"}, "a whole number of days"),
        ({"pull_request_window_days": "40000"}, "between 1 and 36500"),
        ({"tracker": "unknown"}, "there is no tracker"),
        ({"webhooks": None, "hooks_only": "yes"}, "hooks_only lives on them"),
    ],
)
def test_a_mistake_is_shown_with_what_was_typed_and_nothing_is_kept(
    installation: Installation,
    page: str,
    integration: str,
    change: dict[str, str | None],
    said: str,
) -> None:
    before = installation.integration(integration)
    form = {key: text for key, text in {**FORM, "name": "Typed", **change}.items() if text}

    seen = Visitor(installation.services).post(page, form)

    assert seen.status == 400
    assert said in seen.text
    assert 'value="Typed"' in seen.html
    assert installation.integration(integration) == before


def test_the_rule_of_an_empty_filter_is_always_shown(installation: Installation, page: str) -> None:
    seen = Visitor(installation.services).get(page)

    assert "An empty filter always keeps every one." in seen.text


def test_who_changed_it_stands_in_the_audit(installation: Installation, page: str) -> None:
    Visitor(installation.services).post(page, {**FORM, "name": "Other"})

    entries = installation.call("GET", "audit").json["entries"]
    changed = next(entry for entry in entries if entry["action"] == "integration_changed")
    assert (changed["by"]["kind"], changed["detail"]) == ("user", "settings")


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_nobody_but_an_admin_changes_it(
    installation: Installation, page: str, integration: str, role: Role
) -> None:
    before = installation.integration(integration)

    seen = Visitor(installation.services, role=role).post(page, {**FORM, "name": "Other"})

    assert seen.status == 403
    assert installation.integration(integration) == before
