"""The list of integrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from admin_console.pages import overviews
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.people import Role
    from tests.shared.web.in_memory import Installation


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_each_integration_is_listed_with_its_state(
    installation: Installation, sample: SampleOrganization, role: Role
) -> None:
    integration = installation.connect(sample)
    installation.work()

    seen = Visitor(installation.services, role=role).get("/integrations")

    assert seen.status == 200
    assert f'href="/api/console/integrations/{integration}"' in seen.html
    assert "up to date" in seen.text
    assert "3 of 3" in seen.text
    assert ("Add integration" in seen.text) is (role == "admin")


def test_an_empty_list_says_what_to_do_next(installation: Installation) -> None:
    seen = Visitor(installation.services).get("/integrations")

    assert "Nothing is connected yet" in seen.text


def test_what_does_not_fit_on_a_page_follows_on_the_next(
    installation: Installation, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overviews, "MOST_LISTED", 2)
    names = {f"Integration {letter}" for letter in "ABC"}
    for name in names:
        installation.connect(sample, name=name)
    visitor = Visitor(installation.services)

    first = visitor.get("/integrations")
    following = first.html.partition('class="pager"')[2].partition('href="')[2].partition('"')[0]
    second = visitor.get(following.removeprefix("/api/console"))

    told = [sum(name in seen.text for name in names) for seen in (first, second)]
    assert told == [2, 1]
    assert 'class="pager"' not in second.html
