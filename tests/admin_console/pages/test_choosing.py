"""Choosing the repositories of an integration: all or some, a filter, and what it would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from admin_console.pages import choosing
from shared.configuration import Selection
from tests.admin_console.conftest import add_parts
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def integration(installation: Installation, sample: SampleOrganization) -> str:
    """Return an integration of which all is indexed: three repositories, and one is empty."""
    made = installation.connect(sample)
    installation.work()
    return made


@pytest.fixture
def page(integration: str) -> str:
    return f"/integrations/{integration}/repositories/choose"


def test_what_is_kept_and_dropped_is_shown_with_reasons(
    installation: Installation, page: str
) -> None:
    seen = Visitor(installation.services).get(page)

    assert "3 of 4 repositories will be indexed." in seen.text
    assert "Indexed: 3 part-00" in seen.text
    assert "Left out: 1 empty" in seen.text
    assert "It is indexed as soon as the first one is pushed." in seen.text


def test_a_preview_changes_nothing(installation: Installation, page: str, integration: str) -> None:
    form = {"mode": "all", "jmespath": "[?name=='part-01']"}

    seen = Visitor(installation.services).post(f"{page}/preview", form)

    assert seen.status == 200
    assert "1 of 4 repositories will be indexed." in seen.text
    assert "2 will be disconnected" in seen.text
    assert "Not kept by the filter." in seen.text
    assert installation.integration(integration).repositories == Selection()


@pytest.mark.parametrize(("action", "status"), [("/preview", 200), ("", 400)])
def test_the_place_of_a_mistake_is_shown_in_the_text(
    installation: Installation, page: str, integration: str, action: str, status: int
) -> None:
    form = {"mode": "all", "jmespath": "[?name ! 'x']"}

    seen = Visitor(installation.services).post(f"{page}{action}", form)

    assert seen.status == status
    assert "at position 7" in seen.text
    assert "[?name <mark>!</mark>" in seen.html
    assert "[?name ! &#39;x&#39;]</textarea>" in seen.html
    assert installation.integration(integration).repositories == Selection()


def test_some_are_ticked_and_only_they_stay(
    installation: Installation, page: str, integration: str
) -> None:
    listed = installation.services.repositories.list(integration)
    ids = [r.key for r in listed if r.value.repository.name in {"part-00", "part-02"}]

    saved = Visitor(installation.services).post(page, {"mode": "selected", "repository": ids})
    installation.work()

    assert saved.location == f"/api/console/integrations/{integration}?done=chosen"
    live = [
        r.value for r in installation.services.repositories.list(integration) if r.value.is_live
    ]
    assert sorted(record.repository.name for record in live) == ["part-00", "part-02"]


def test_many_repositories_are_disconnected_only_when_that_is_confirmed(
    installation: Installation, sample: SampleOrganization
) -> None:
    add_parts(sample, 9)
    integration = installation.connect(sample)
    installation.work()
    page = f"/integrations/{integration}/repositories/choose"
    form = {"mode": "all", "jmespath": "[?name=='part-01']"}
    visitor = Visitor(installation.services)

    asked = visitor.post(page, form)
    unchanged = installation.integration(integration).repositories
    confirmed = visitor.post(page, {**form, "confirmed": "11"})

    assert asked.status == 409
    assert "This will disconnect 11 repositories." in asked.text
    assert 'name="confirmed" value="11"' in asked.html
    assert unchanged == Selection()
    assert confirmed.status == 303
    assert installation.integration(integration).repositories.jmespath == form["jmespath"]


@pytest.mark.parametrize("confirmed", ["", "10", "eleven", "-11", "²"])
def test_another_number_confirms_nothing(
    installation: Installation, sample: SampleOrganization, confirmed: str
) -> None:
    add_parts(sample, 9)
    integration = installation.connect(sample)
    installation.work()
    form = {"mode": "selected", "jmespath": "", "confirmed": confirmed}

    seen = Visitor(installation.services).post(
        f"/integrations/{integration}/repositories/choose", form
    )

    assert seen.status == 409
    assert installation.integration(integration).repositories == Selection()


def test_where_nothing_was_chosen_all_is_proposed(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample, repositories={"mode": "selected"})

    seen = Visitor(installation.services).get(f"/integrations/{integration}/repositories/choose")

    assert 'value="all" checked' in seen.html
    assert "Start indexing" in seen.text


def test_a_git_host_that_does_not_answer_is_explained(
    installation: Installation, sample: SampleOrganization, page: str
) -> None:
    sample.revoke_token()

    seen = Visitor(installation.services).get(page)

    assert seen.status == 422
    assert "Run the doctor" in seen.text


def test_examples_can_be_picked(installation: Installation, page: str) -> None:
    seen = Visitor(installation.services).get(page)

    assert 'data-fill="jmespath"' in seen.html


def test_repositories_of_one_name_are_told_apart(
    installation: Installation, sample: SampleOrganization, page: str
) -> None:
    sample.add_project("Stock")
    twin = sample.create_repository("Stock", "part-00")
    sample.push(twin.id, "main", "PAY-8 Start")

    seen = Visitor(installation.services).get(page)

    assert "contoso/Shop/part-00" in seen.text
    assert "contoso/Stock/part-00" in seen.text


def test_a_script_is_told_the_outcome_without_the_list_to_tick(
    installation: Installation, page: str
) -> None:
    form = {"mode": "all", "part": "outcome"}

    seen = Visitor(installation.services).post(f"{page}/preview", form)

    assert "3 of 4 repositories will be indexed." in seen.text
    assert 'name="repository"' not in seen.html


def test_of_many_the_first_are_shown_and_all_are_counted(
    installation: Installation, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "_MOST_SHOWN", 2)

    seen = Visitor(installation.services).get(page)

    assert "Indexed: 3" in seen.text
    assert "and 1 more" in seen.text
