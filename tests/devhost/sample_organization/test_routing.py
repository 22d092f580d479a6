from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization.exchange import Answer, Request
from devhost.sample_organization.routing import Route, Router

if TYPE_CHECKING:
    from devhost.sample_organization.organization import Organization


def handler(_organization: Organization, _request: Request) -> Answer:
    return Answer(200)


@pytest.fixture
def router() -> Router:
    templates = ("a/{id}", "a/{id}/b", "a/fixed", "a/{id}/rest/{*path}", "a/fixed/b/{name}")
    return Router(Route("GET", template, handler, "") for template in templates)


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("a/1", "a/{id}", {"id": "1"}),
        ("A/1/B", "a/{id}/b", {"id": "1"}),
        ("a/fixed", "a/fixed", {}),
        ("a/fixed/b", "a/{id}/b", {"id": "fixed"}),
        ("a/fixed/b/x", "a/fixed/b/{name}", {"name": "x"}),
        ("a/1/rest/x/y/z", "a/{id}/rest/{*path}", {"id": "1", "path": "x/y/z"}),
    ],
)
def test_path_leads_to_the_nearest_template(
    router: Router, path: str, template: str, values: dict[str, str]
) -> None:
    found = router.find(path.split("/"))

    assert found is not None
    assert (found.template, found.values) == (template, values)


@pytest.mark.parametrize("path", ["", "a", "b", "a/1/c", "a/1/rest", "a/1/b/c"])
def test_other_paths_lead_nowhere(router: Router, path: str) -> None:
    assert router.find(path.split("/") if path else []) is None
