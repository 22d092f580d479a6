"""Who may see and do what in the console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from admin_console.pages.table import PAGES
from shared.people import ROLES, Role
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from admin_console.pages.pages import Page
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation

_OF_AN_INTEGRATION = [
    page for page in PAGES if page.method == "GET" and page.path.startswith("integrations/{")
]


def path_of(page: Page, **parts: str) -> str:
    """Return an address that a page is for."""
    filled = re.sub(r"\{([a-z_]+)\}", lambda match: parts.get(match[1], "nothing"), page.path)
    return f"/{filled}"


def name_of(page: Page) -> str:
    return f"{page.method} /{page.path}"


@pytest.mark.parametrize(
    ("page", "role"),
    [
        pytest.param(page, role, id=f"{role} {name_of(page)}")
        for page in PAGES
        if page.role is not None
        for role in ROLES[: ROLES.index(page.role)]
    ],
)
def test_a_page_is_refused_to_who_has_a_lesser_role(
    installation: Installation, page: Page, role: Role
) -> None:
    visitor = Visitor(installation.services, role=role)
    path = path_of(page)

    seen = visitor.get(path) if page.method == "GET" else visitor.post(path)

    assert seen.status == 403
    assert f"This needs the role {page.role}; yours is {role}." in seen.text


@pytest.mark.parametrize("page", _OF_AN_INTEGRATION, ids=name_of)
def test_another_integration_is_unknown(installation: Installation, page: Page) -> None:
    seen = Visitor(installation.services).get(path_of(page))

    assert seen.status == 404


@pytest.mark.parametrize(
    ("role", "sees", "sees_not"),
    [
        ("viewer", ["Links", "Help"], ["Trackers", "API tokens", "Users", "Audit"]),
        ("operator", ["Links", "Help"], ["Trackers", "API tokens", "Users", "Audit"]),
        ("admin", ["Links", "Help", "Trackers", "API tokens", "Users", "Audit"], []),
    ],
)
def test_navigation_leads_only_where_somebody_may_go(
    installation: Installation, role: Role, sees: list[str], sees_not: list[str]
) -> None:
    navigation = Visitor(installation.services, role=role).get("/help").html.split("</nav>")[0]

    assert all(f">{text}</a>" in navigation for text in sees)
    assert not any(f">{text}</a>" in navigation for text in sees_not)


def test_an_operator_is_not_led_to_the_webhook(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = installation.connect(sample)

    seen = Visitor(installation.services, role="operator").get(f"/integrations/{made}/deliveries")

    assert seen.status == 200
    assert f"/integrations/{made}/webhook" not in seen.html
