from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, cast

import reindex_timer
from devhost.sample_organization import SampleOrganization
from tests.world import World

if TYPE_CHECKING:
    from pathlib import Path

    import azure.functions as func
    import pytest

LATE = cast("func.TimerRequest", None)
"""What the host hands over is not looked at."""


def test_tick_is_one_line_and_its_jobs_carry_its_operation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with SampleOrganization(tmp_path / "sample") as sample:
        sample.add_project("Shop")
        sample.create_repository("Shop", "shop")
        sample.push("shop", "main", "PAY-1 Start")
        world = World(sample)
        world.connect()
        world.work()
        world.clock.pass_by(days=2)
        monkeypatch.setattr(reindex_timer, "services", lambda: world.services)
        caplog.clear()

        reindex_timer.reindex_timer(LATE)

    [line] = [m for m in caplog.messages if m.startswith("ticked ")]
    found = re.fullmatch(
        r"ticked due=\d+ enqueued=(\d+) deliveries=0 hours=\d+ seconds=\d+\.\d{3}"
        r" operation=(\w{16})",
        line,
    )
    assert found is not None
    waiting = [job for jobs in world.storage.queues.waiting.values() for job in jobs]
    assert len(waiting) == int(found[1]) > 0
    assert {job.operation for job in waiting} == {found[2]}
