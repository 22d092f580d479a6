"""One integration at a glance, and what can be done with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from tests.admin_console.conftest import add_parts
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.people import Role
    from tests.shared.web.in_memory import Installation

ACTIONS = ("/reindex", "/stop", "/pause", "/resume", "/remove")


@pytest.fixture
def here(installation: Installation, sample: SampleOrganization) -> str:
    """Return the page of an integration that is indexed."""
    integration = installation.connect(sample)
    installation.work()
    return f"/integrations/{integration}"


@pytest.mark.parametrize(
    ("role", "shown"),
    [("viewer", set()), ("operator", {"/reindex"}), ("admin", {"/reindex", "/pause"})],
)
def test_only_the_buttons_that_somebody_may_use_are_shown(
    installation: Installation, here: str, role: Role, shown: set[str]
) -> None:
    seen = Visitor(installation.services, role=role).get(here)

    assert seen.status == 200
    assert "Everything is indexed." in seen.text
    assert {
        action for action in ACTIONS if f'action="/api/console{here}{action}"' in seen.html
    } == shown


@pytest.mark.parametrize(
    ("role", "refused"),
    [("viewer", set(ACTIONS)), ("operator", {"/pause", "/resume", "/remove"}), ("admin", set())],
)
def test_a_form_is_refused_to_who_may_not(
    installation: Installation, here: str, role: Role, refused: set[str]
) -> None:
    visitor = Visitor(installation.services, role=role)

    statuses = {action: visitor.post(f"{here}{action}").status for action in ACTIONS}

    assert {action for action, status in statuses.items() if status == 403} == refused
    assert {statuses[action] for action in set(ACTIONS) - refused} <= {303}


def test_a_reindex_is_begun_and_noted(
    installation: Installation, sample: SampleOrganization, here: str
) -> None:
    add_parts(sample, 1)
    visitor = Visitor(installation.services, role="operator")

    begun = visitor.post(f"{here}/reindex")

    assert "The reindex has begun." in visitor.follow(begun).text
    assert installation.waiting()
    entries = installation.call("GET", "audit").json["entries"]
    assert "reindex_started" in {entry["action"] for entry in entries}


def test_a_paused_integration_is_resumed_from_its_page(
    installation: Installation, here: str
) -> None:
    visitor = Visitor(installation.services)

    paused = visitor.follow(visitor.post(f"{here}/pause"))
    resumed = visitor.follow(visitor.post(f"{here}/resume"))

    assert "The integration is paused." in paused.text
    assert f'action="/api/console{here}/resume"' in paused.html
    assert f'action="/api/console{here}/pause"' in resumed.html


def test_what_goes_with_an_integration_is_said_before_it_goes(
    installation: Installation, here: str
) -> None:
    visitor = Visitor(installation.services)

    asked = visitor.get(f"{here}/remove")
    gone = visitor.post(f"{here}/remove")

    assert "3 links to 3 commits" in asked.text
    assert gone.location == "/api/console/integrations?done=removed"
    assert visitor.get(here).status == 404


def test_progress_is_told_apart_for_the_script_until_all_is_settled(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample)
    visitor = Visitor(installation.services, role="viewer")
    address = f"/integrations/{integration}/progress"

    before = visitor.get(address)
    installation.work()
    after = visitor.get(address)

    assert 'data-live="yes"' in before.html
    assert 'data-live="no"' in after.html
    assert "<html" not in after.html
    assert "3 of 3 repositories" in after.text


def test_whoever_has_chosen_nothing_is_led_to_the_choice(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample, repositories={"mode": "selected"})
    installation.work()

    seen = Visitor(installation.services).get(f"/integrations/{integration}")

    assert "No repository is chosen yet." in seen.text
    assert f'href="/api/console/integrations/{integration}/repositories/choose"' in seen.html


def test_an_alarm_says_what_to_do_and_where(
    installation: Installation, sample: SampleOrganization, here: str
) -> None:
    sample.revoke_token()
    visitor = Visitor(installation.services)
    visitor.post(f"{here}/reindex")
    installation.work()

    seen = visitor.get(here)

    assert "needs reconnecting" in seen.text
    assert f'href="/api/console{here}/connection">Connect again</a>' in seen.html


def test_an_integration_that_is_never_called_is_not_reindexed(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample, connection={"kind": "none"}, hooks_only=True)
    visitor = Visitor(installation.services)

    seen = visitor.post(f"/integrations/{integration}/reindex")

    assert seen.status == 409
    assert "lives on service hooks alone" in seen.text
    assert "Reindex all" not in seen.text


@pytest.mark.parametrize(
    "page",
    ["", "/progress", "/repositories", "/repositories/choose", "/settings", "/connection",
     "/doctor", "/organizations", "/remove"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(installation: Installation, page: str) -> None:
    seen = Visitor(installation.services).get(f"/integrations/nowhere{page}")

    assert seen.status == 404


@pytest.mark.parametrize(
    "page",
    ["/repositories/choose", "/settings", "/connection", "/doctor", "/organizations", "/remove"],
)
@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_pages_of_admins_are_refused_to_others(
    installation: Installation, here: str, page: str, role: Role
) -> None:
    assert Visitor(installation.services, role=role).get(f"{here}{page}").status == 403


def test_what_others_write_is_text_on_every_page(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample, name="<script>alert(1)</script>\u202e")
    installation.work()
    first = installation.services.repositories.list(integration)[0]
    repository = structs.replace(
        first.value.repository, name="<i>part</i>", project="<b>bold</b>", url="javascript:alert(1)"
    )
    installation.services.repositories.replace(
        first, structs.replace(first.value, repository=repository)
    )
    visitor = Visitor(installation.services)

    for page in ("", "/progress", "/repositories", "/repositories/choose", "/settings",
                 "/connection", "/doctor", "/organizations", "/remove"):  # fmt: skip
        seen = visitor.get(f"/integrations/{integration}{page}")
        assert seen.status == 200
        # What stands in a field is what will be sent again: it is not made readable.
        shown = re.sub(r'value="[^"]*"', "", seen.html)
        for told in ("<script>alert", "<b>bold", "<i>part", "\u202e", "javascript:"):
            assert told not in shown, (page, told)
