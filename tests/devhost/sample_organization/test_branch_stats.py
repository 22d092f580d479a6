from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


def test_branches_are_counted_against_the_default_one(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    sample.push("web", "feature/PAY-2", "PAY-2", "PAY-3")
    sample.push("web", "main", "PAY-4")

    found = api.get(f"{web}/stats/branches")["value"]
    single = api.get(f"{web}/stats/branches", name="feature/PAY-2")

    counts = [(s["name"], s["aheadCount"], s["behindCount"], s["isBaseVersion"]) for s in found]
    assert counts == [("feature/PAY-2", 2, 1, False), ("main", 0, 0, True)]
    assert single == found[0]


def test_empty_repository_is_an_error(api: Api, web: str) -> None:
    answer = api.call("GET", f"{web}/stats/branches")

    assert answer.status_code == 404
    assert answer.json()["message"].startswith("VS403403")
