from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.cursors import Cursor, PullRequestCursor
from shared.integrations.status import repository_status
from shared.model import (
    LeftOut,
    RunId,
)
from shared.progress import Run
from shared.services import ONE_GROUP
from tests.shared.integrations.test_status import DONE, FAILED, FAILURE, GOING, HEAD, NEW, Kept
from tests.shared.web.in_memory import NOW


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_progress_sums_what_the_repositories_have(kept: Kept) -> None:
    kept.discovered()
    for cursor in (DONE, DONE, FAILED, replace(GOING, commits_seen=5, links=1), NEW):
        kept.repository(cursor)

    progress = kept.status.progress

    assert (progress.repositories_total, progress.repositories_done) == (5, 2)
    assert (progress.repositories_failed, progress.commits_seen, progress.links) == (1, 19, 7)


@pytest.mark.parametrize(
    ("done", "left", "eta"), [(1, 3, 180), (2, 2, 60), (3, 0, None), (0, 3, None)]
)
def test_time_to_go_is_told_from_what_has_been_done(
    kept: Kept, done: int, left: int, eta: int | None
) -> None:
    kept.discovered()
    kept.services.runs.put(ONE_GROUP, "i1", Run(RunId("run"), NOW, done + left))
    through = replace(DONE, run=RunId("run"))
    for cursor in (*[through] * done, *[GOING] * left):
        kept.repository(cursor)
    kept.installation.clock.advance(timedelta(minutes=1))

    progress = kept.status.progress

    assert (progress.started_at, progress.eta_seconds) == (NOW, eta)


def test_last_and_next_reindex_are_those_of_the_repositories(kept: Kept) -> None:
    kept.discovered()
    for hours in (1, 2, 3):
        kept.repository(
            replace(
                DONE,
                last_indexed_at=NOW - timedelta(hours=hours),
                next_at=NOW + timedelta(hours=hours),
            )
        )

    status = kept.status

    assert status.last_reindex_at == NOW - timedelta(hours=1)
    assert status.next_reindex_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("cursor", "left_out", "is_gone", "state"),
    [
        (None, None, False, "new"),
        (NEW, None, False, "new"),
        (GOING, None, False, "indexing"),
        (DONE, None, False, "idle"),
        (FAILED, None, False, "failed"),
        (replace(DONE, failure=FAILURE), None, False, "failed"),
        (DONE, "filter", False, "left_out"),
        (FAILED, "disabled", False, "left_out"),
        (DONE, None, True, "gone"),
        (DONE, "filter", True, "gone"),
    ],
)
def test_state_of_a_repository(
    kept: Kept, cursor: Cursor | None, left_out: LeftOut | None, is_gone: bool, state: str
) -> None:
    record = kept.repository(cursor, left_out=left_out, is_gone=is_gone)

    [found] = repository_status(kept.services, kept.integration, [record])

    assert (found.state, found.record) == (state, record)


def test_kinds_of_a_repository_stand_each_for_itself(kept: Kept) -> None:
    record = kept.repository(replace(DONE, verified={"main": HEAD, "next": HEAD}))
    project = PullRequestCursor(counts={"r0": 4}, last_indexed_at=NOW, failure=FAILURE)
    kept.services.pull_request_cursors.put("i1", "p", project)

    [found] = repository_status(kept.services, kept.integration, [record])

    counts = {name: (kind.state, kind.count) for name, kind in found.kinds.items()}
    assert counts == {
        "commits": ("idle", 7),
        "branches": ("idle", 2),
        "pull_requests": ("failed", 4),
    }
    assert found.kinds["pull_requests"].failure == FAILURE
    assert found.kinds["commits"].failure is None


def going_on(kept: Kept, *, done: int, left: int) -> None:
    """Keep a run that began now, with some repositories through and some left."""
    kept.discovered()
    kept.services.runs.put(ONE_GROUP, "i1", Run(RunId("run"), NOW, done + left))
    for cursor in (*[replace(DONE, run=RunId("run"))] * done, *[DONE] * left):
        kept.repository(cursor)


def test_progress_of_a_run_is_of_what_it_was_asked_for(kept: Kept) -> None:
    going_on(kept, done=1, left=2)
    kept.repository(replace(FAILED, run=RunId("run")))
    kept.services.runs.put(ONE_GROUP, "i1", Run(RunId("run"), NOW, 3))

    progress = kept.status.progress

    assert (progress.repositories_total, progress.repositories_done) == (3, 1)
    assert progress.repositories_failed == 1


@pytest.mark.parametrize(("seconds", "eta"), [(0, None), (29, None), (30, 60), (90, 180)])
def test_time_to_go_is_not_told_too_early(kept: Kept, seconds: int, eta: int | None) -> None:
    going_on(kept, done=2, left=4)
    kept.installation.clock.advance(timedelta(seconds=seconds))

    assert kept.status.progress.eta_seconds == eta


def test_a_pause_has_to_end_first_and_does_not_count_as_slow_work(kept: Kept) -> None:
    going_on(kept, done=2, left=4)
    kept.installation.clock.advance(timedelta(minutes=1))
    kept.pause(timedelta(minutes=11))
    kept.installation.clock.advance(timedelta(minutes=4))

    # Two took a minute, so that four take two; and six are left of the pause.
    assert kept.status.progress.eta_seconds == 8 * 60


def test_run_that_is_cancelled_has_no_time_to_go(kept: Kept) -> None:
    going_on(kept, done=2, left=4)
    run = Run(RunId("run"), NOW, 6, cancelled_at=NOW)
    kept.services.runs.put(ONE_GROUP, "i1", run)
    kept.installation.clock.advance(timedelta(minutes=1))

    status = kept.status

    assert (status.run and status.run.state, status.progress.eta_seconds) == ("cancelled", None)
    assert status.progress.repositories_total == 6


def test_failed_walk_leaves_the_branches_well(kept: Kept) -> None:
    record = kept.repository(replace(GOING, last_indexed_at=NOW, failure=FAILURE))

    [found] = repository_status(kept.services, kept.integration, [record])

    failures = {name: kind.failure for name, kind in found.kinds.items()}
    assert failures["commits"] == FAILURE
    assert failures["branches"] is None
    assert found.kinds["branches"].state == "idle"
