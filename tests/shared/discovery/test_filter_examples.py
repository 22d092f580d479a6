"""The examples of filters keep what they say, of repositories as Azure DevOps lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.discovery.filter_examples import FILTER_EXAMPLES
from shared.discovery.filtering import kept_by
from shared.discovery.listing import ask

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.world import World

ALL = {"shop", "stock", "shop-fork", "retired-shop", "payment types", "notes"}
KEPT = {
    "All of one project": {"shop", "stock", "shop-fork", "retired-shop"},
    "All of some projects": ALL - {"notes"},
    "All but one project": ALL - {"notes"},
    "Some by name": {"shop", "payment types"},
    "Names that begin alike": {"shop", "shop-fork"},
    "Names that hold a word": {"payment types"},
    "All but names that end alike": ALL - {"shop-fork"},
    "No forks": ALL - {"shop-fork"},
    "Those whose default branch is main": ALL - {"payment types"},
    "None larger than 1 GB": ALL,
    "All of one organization": ALL,
    "One project without what is retired": {"shop", "stock", "shop-fork"},
}


@pytest.fixture
def listed(world: World, sample: SampleOrganization) -> list[dict[str, object]]:
    """Return repositories of three projects as they are listed."""
    for project, names in {
        "Payments": ["payment types"],
        "Sandbox": ["notes"],
        "Shop": ["shop", "stock", "retired-shop"],
    }.items():
        if project != "Shop":
            sample.add_project(project)
        for name in names:
            sample.create_repository(project, name)
            sample.push(name, "master" if project == "Payments" else "main", "Begin")
    sample.fork_repository("shop", "Shop", "shop-fork")
    found = ask(world.services, world.connect(), stored=[])
    return [dict(one.as_listed) for one in found.listed.values()]


def test_each_example_keeps_what_it_says(listed: list[dict[str, object]]) -> None:
    names = {str(one["id"]): str(one["name"]) for one in listed}

    kept = {
        example.title: {names[i] for i in kept_by(example.expression, listed)}
        for example in FILTER_EXAMPLES
    }

    assert set(names.values()) == ALL
    assert kept == KEPT


def test_example_of_a_size_leaves_out_what_is_larger() -> None:
    (example,) = (e for e in FILTER_EXAMPLES if "larger" in e.title)
    listed = [{"id": str(size), "size": size} for size in (10**9, 2**30, 2 * 10**9)]

    assert kept_by(example.expression, listed) == {str(10**9)}


def test_example_of_an_organization_leaves_out_the_others() -> None:
    (example,) = (e for e in FILTER_EXAMPLES if "organization" in e.title)
    listed = [{"id": name, "organization": name} for name in ("contoso", "fabrikam")]

    assert kept_by(example.expression, listed) == {"contoso"}
