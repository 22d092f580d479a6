"""The repositories of an integration, and reading some of them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from shared.cursors import Failure
from tests.admin_console.conftest import add_parts
from tests.shared.web.in_memory import NOW
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def integration(installation: Installation, sample: SampleOrganization) -> str:
    made = installation.connect(sample)
    installation.work()
    return made


@pytest.fixture
def page(integration: str) -> str:
    return f"/integrations/{integration}/repositories"


def ids_of(installation: Installation, integration: str) -> dict[str, str]:
    listed = installation.services.repositories.list(integration)
    return {record.value.repository.name: record.key for record in listed}


def test_each_repository_tells_where_it_stands_and_why_another_is_left_out(
    installation: Installation, page: str
) -> None:
    seen = Visitor(installation.services, role="viewer").get(page)

    assert seen.status == 200
    assert seen.text.count("Indexed") >= 3
    assert "No branch yet. It has no branch yet." in seen.text
    assert "contoso / Shop" in seen.text
    assert "<button" not in seen.html.partition("<table")[2], "a viewer starts nothing"


def test_a_search_and_a_state_find_some(installation: Installation, page: str) -> None:
    visitor = Visitor(installation.services)

    by_name = visitor.get(f"{page}?search=PART-01&state=")
    by_state = visitor.get(f"{page}?search=&state=left_out")
    none = visitor.get(f"{page}?search=nothing")
    wrong = visitor.get(f"{page}?state=odd")

    assert ["part-01" in by_name.text, "part-02" in by_name.text] == [True, False]
    assert ["part-01" in by_state.text, "No branch yet" in by_state.text] == [False, True]
    assert "No repository is found." in none.text
    assert wrong.status == 400


def test_pages_carry_the_search_on(
    installation: Installation, sample: SampleOrganization, page: str, integration: str
) -> None:
    add_parts(sample, 50)
    visitor = Visitor(installation.services)
    visitor.post(f"/integrations/{integration}/repositories/choose", {"mode": "all"})
    installation.work()

    first = visitor.get(f"{page}?search=part&state=idle")
    following = first.html.partition('class="pager"')[2].partition('href="')[2].partition('"')[0]
    second = visitor.get(following.replace("&amp;", "&").removeprefix("/api/console"))

    assert "search=part" in following
    assert first.html.count('name="repository"') == 50
    assert second.html.count('name="repository"') == 3


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ({"only": "part-01"}, {"part-01"}),
        ({"what": "ticked", "repository": ["part-00", "part-02"]}, {"part-00", "part-02"}),
        ({"what": "all"}, {"part-00", "part-01", "part-02"}),
        ({"what": "failed"}, set()),
    ],
)
def test_one_some_all_or_what_failed_is_reindexed(
    installation: Installation,
    page: str,
    integration: str,
    form: Mapping[str, str | list[str]],
    asked: set[str],
) -> None:
    ids = ids_of(installation, integration)
    names = {identity: name for name, identity in ids.items()}
    sent = {
        field: [ids[name] for name in value] if isinstance(value, list) else ids.get(value, value)
        for field, value in form.items()
    }

    begun = Visitor(installation.services, role="operator").post(f"{page}/reindex", sent)

    assert begun.status == 303
    assert {names[job.repository] for job in installation.waiting() if job.repository} == asked


def test_nothing_ticked_is_said_and_nothing_begins(installation: Installation, page: str) -> None:
    seen = Visitor(installation.services).post(f"{page}/reindex", {"what": "ticked"})

    assert seen.status == 400
    assert "No repository is ticked." in seen.text
    assert installation.waiting() == []


def test_a_viewer_reindexes_nothing(installation: Installation, page: str) -> None:
    seen = Visitor(installation.services, role="viewer").post(f"{page}/reindex", {"what": "all"})

    assert seen.status == 403
    assert installation.waiting() == []


def test_a_failure_is_told_with_since_when_and_can_be_tried_again(
    installation: Installation, page: str, integration: str
) -> None:
    failing = ids_of(installation, integration)["part-01"]
    cursors = installation.services.cursors
    record = cursors.get(integration, failing)
    assert record is not None
    failure = Failure("forbidden", "The branches are <b>hidden</b>.", NOW, attempts=3)
    cursors.replace(record, structs.replace(record.value, failure=failure))

    seen = Visitor(installation.services).get(f"{page}?search=part-01")

    assert "The branches are <b>hidden</b>. Since 2026-11-21 09:00 UTC" in seen.text
    assert "3 attempts." in seen.text
    assert "<b>hidden" not in seen.html
    assert 'href="/api/console/help/missing-repositories#permissions"' in seen.html
    assert "Retry" in seen.text


def test_without_a_choice_the_page_leads_to_it(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample, repositories={"mode": "selected"})

    seen = Visitor(installation.services).get(f"/integrations/{integration}/repositories")

    assert "No repository is chosen yet" in seen.text
