"""A repository of so many branches that where they stand fits in no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization
from shared.configuration import IndexSwitches
from shared.messages import Job
from tests.counting import CountedWorld

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.azurite import Azurite

pytestmark = [pytest.mark.azurite, pytest.mark.system]

BRANCHES = 12_000


@pytest.fixture
def sample(tmp_path: Path) -> SampleOrganization:
    """Return an organization with a repository whose branches have a commit each."""
    organization = SampleOrganization(tmp_path / "sample")
    organization.add_project("Shop")
    organization.create_repository("Shop", "shop")
    head = organization.push("shop", "main", "PAY-1 Begin")
    lines = []
    for number in range(BRANCHES):
        commit = organization.commit("shop", [head], f"Work {number}", files={})
        lines.append(f"{commit} refs/heads/users/d{number % 97}/PAY-{number}-a-feature\n")
    # Git's own file for many refs: one push for each would take minutes.
    packed = organization.repository("shop").folder / "packed-refs"
    packed.write_text("".join(sorted(lines)))
    return organization


def test_repository_of_very_many_branches_is_indexed_and_followed(
    sample: SampleOrganization, azurite: Azurite, unique: str
) -> None:
    with sample:
        world = CountedWorld(sample, azurite.connection_string, name=unique)
        integration = world.connect(index=IndexSwitches(branches=False))
        world.work()
        commit = sample.push("shop", "users/d1/PAY-1-a-feature", "PAY-9 Go on")

        world.run("reindex", Job(integration.id, "due", repository=world.repository("shop")))
        world.work()

        cursor = world.cursor(integration, "shop")
        assert (cursor.state, len(cursor.verified)) == ("idle", BRANCHES + 1)
        assert cursor.verified["users/d1/PAY-1-a-feature"] == commit
        assert world.links("PAY-9") == [("commit", commit)]
