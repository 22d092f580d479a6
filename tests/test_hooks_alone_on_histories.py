"""Service hooks alone link what a real history pushes as reading everything does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from bench.first_indexing import BRANCH, make_repository
from bench.recorded import PROJECTS, find_history
from devhost.sample_organization import SampleOrganization
from devhost.sample_organization.git_command import run_git
from shared.services import ONE_GROUP
from tests.recording import Recorder
from tests.shared.index.hooks_alone.conftest import Alone, Twin, rows
from tests.test_real_histories import MISSING

if TYPE_CHECKING:
    from pathlib import Path

    from bench.recorded import RecordedCommit
    from tests.world import World

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(MISSING is not None, reason=MISSING or ""),
]
COMMITS = 8_000
PUSHES = 300


def count_projects(world: World, projects: tuple[str, ...]) -> None:
    """Let issues of these projects count, and no others."""
    record = world.services.trackers.get(ONE_GROUP, "default")
    assert record is not None
    world.services.trackers.replace(record, replace(record.value, projects=projects))


def behind_the_newest(commits: list[RecordedCommit]) -> list[RecordedCommit]:
    """Return the commits that the first of them leads to: no other branch holds any."""
    reached = {commits[0].sha}
    for commit in commits:  # no parent comes before its child
        if commit.sha in reached:
            reached.update(commit.parents)
    return [commit for commit in commits if commit.sha in reached]


@pytest.mark.parametrize("name", PROJECTS)
def test_what_is_pushed_after_the_hooks_were_set_up_is_linked_as_if_it_were_read(
    name: str, tmp_path: Path
) -> None:
    made = tmp_path / "shop.git"
    make_repository(made, behind_the_newest(find_history(name).commits()[:COMMITS]))
    line = run_git("rev-list", "--first-parent", f"-{PUSHES + 1}", BRANCH, folder=made)
    *pushed, start = line.decode().split()
    with SampleOrganization(tmp_path / "sample") as sample, Recorder(sample) as recorder:
        sample.add_project("Shop")
        sample.add_repository("Shop", made)
        sample.move_branches("shop", {BRANCH: start})
        twin, alone = Twin(sample), Alone(sample)
        for world in (twin, alone):
            count_projects(world, PROJECTS[name])
        twin.look()
        before = rows(twin)
        recorder.listen()

        for head in reversed(pushed):
            sample.move_branches("shop", {BRANCH: head})
        twin.look()
        alone.tell(*recorder.take())

        gained = {key: row for key, row in rows(twin).items() if key not in before}
        assert len(gained) > PUSHES
        assert {key: row for key, row in rows(alone).items() if key in gained} == gained
