"""The dashboard: what is indexed, and what is wrong, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.integrations.overview import MOST_LOOKED_AT
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.people import Role
    from tests.shared.web.in_memory import Installation


def test_a_newcomer_is_told_what_to_do_next(installation: Installation) -> None:
    seen = Visitor(installation.services).get("")

    assert "Nothing is connected yet" in seen.text
    assert 'href="/api/console/integrations/new"' in seen.html


def test_a_viewer_is_not_shown_what_only_admins_do(installation: Installation) -> None:
    seen = Visitor(installation.services, role="viewer").get("")

    assert "An admin of Devlinks connects an organization first." in seen.text
    assert "integrations/new" not in seen.html


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_everybody_sees_how_far_the_integrations_are(
    installation: Installation, sample: SampleOrganization, role: Role
) -> None:
    installation.connect(sample)
    installation.work()

    seen = Visitor(installation.services, role=role).get("")

    assert seen.status == 200
    assert "3 of 3 repositories" in seen.text
    assert "up to date" in seen.text


def test_what_is_wrong_stands_before_the_figures_with_what_to_do(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample)
    installation.work()
    sample.revoke_token()
    installation.call("POST", f"integrations/{integration}/reindex")
    installation.work()

    seen = Visitor(installation.services).get("")

    assert seen.html.index("What needs attention") < seen.html.index('class="figures"')
    assert f'href="/api/console/integrations/{integration}/connection"' in seen.html
    assert 'href="/api/console/help/reconnect#refused"' in seen.html


def test_the_week_is_drawn_and_told_as_a_table(
    installation: Installation, sample: SampleOrganization
) -> None:
    installation.connect(sample)
    installation.work()

    seen = Visitor(installation.services).get("")

    assert seen.html.count("<svg viewBox=") == 3
    assert "2026-11-15" in seen.text
    assert "2026-11-21" in seen.text
    assert "style=" not in seen.html


def test_what_others_write_is_text_and_never_a_part_of_the_page(
    installation: Installation, sample: SampleOrganization
) -> None:
    installation.connect(sample, name="<img src=x onerror=alert(1)>\u202egpj")
    installation.work()

    seen = Visitor(installation.services).get("")

    assert "<img src=x" not in seen.html
    assert "&lt;img src=x" in seen.html
    assert "\u202e" not in seen.html


def test_many_integrations_are_told_without_looking_at_each(
    installation: Installation, sample: SampleOrganization
) -> None:
    for number in range(MOST_LOOKED_AT + 2):
        installation.connect(sample, name=f"Integration {number}")
    installation.work()

    seen = Visitor(installation.services).get("")

    assert seen.html.count("<article") == MOST_LOOKED_AT + 2
    assert "Commits read" not in seen.text, "that is known of what is looked at as a whole"
