"""A process that is started anew in the middle of something goes on where the last one was.

Input 69 of the list of hostile and broken inputs. Processes that are killed for real are the
matter of `test_killed_workers` and `test_outages`.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shared import jobs
from shared.caching import CachedRecords, CachedSecrets
from shared.integrations.connections import Changes, NewConnection, connect
from shared.messages import Job
from shared.scheduling.runs import start_run
from shared.scheduling.ticking import tick
from shared.services import SECRETS_WITHIN, SignIn
from shared.telemetry.operations import operation
from tests.hooks import deliver, push_event, states
from tests.oauth_callback.browser import HOST, Browser
from tests.shared.connections.identity_servers import StrictServer
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization


_WITHIN = timedelta(seconds=30)
_MOST_RESTARTS = 50


def restart(world: World) -> None:
    """Go on with nothing but what is kept: records, the queues, and the keys."""
    known = world.services
    remembered = [
        f.name for f in fields(known) if isinstance(getattr(known, f.name), CachedRecords)
    ]
    forgotten: dict[str, Any] = {
        name: CachedRecords(getattr(known, name.removeprefix("known_")), world.clock, _WITHIN)
        for name in remembered
    }
    world.services = replace(
        known,
        git_hosts=World(world.sample).services.git_hosts,
        known_secrets=CachedSecrets(known.vault, world.clock, SECRETS_WITHIN),
        **forgotten,
    )
    for waiting in world.storage.queues.waiting.values():
        waiting[:] = [msgspec.json.decode(msgspec.json.encode(job), type=Job) for job in waiting]


@pytest.mark.usefixtures("a_few_at_a_time")
def test_first_index_goes_on_after_each_of_its_jobs(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(jobs.BUDGETS, "history", (timedelta(minutes=25), 8))
    world.connect()
    restarts = 0
    while restarts < _MOST_RESTARTS and world.work(most=1):
        restart(world)
        restarts += 1

    assert 4 < restarts < _MOST_RESTARTS
    assert [len(world.links(f"PAY-{n}")) for n in range(1, 31)] == [1] * 30


def test_delivery_that_was_kept_before_is_indexed_after(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    old = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-99 Told")
    deliver(world, integration, push_event(world, (new, "PAY-99"), old=old, new=new))

    restart(world)
    world.work()

    assert states(world, integration) == ["done"]
    assert world.links("PAY-99") == [("commit", new)]


def test_job_that_was_begun_and_never_ended_is_done_once_its_lease_has_run_out(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = world.connect()
    world.work()
    new = sample.push("shop", "main", "PAY-99 Unheard")
    start_run(world.services, integration)
    found = world.storage.queues.take()
    assert found is not None
    with monkeypatch.context() as patch:
        patch.setattr(
            "shared.scheduling.leases.HeldLease.__exit__", lambda *_: None
        )  # the process is gone before it gives anything back
        patch.setattr(world.services.cursors, "replace", _die)
        with pytest.raises(_DiedError):
            world.run(*found)

    restart(world)
    for _ in range(4):
        world.clock.pass_by(minutes=15)
        tick(world.services, now=world.clock())
        world.work()

    assert world.links("PAY-99") == [("commit", new)]


class _DiedError(BaseException):
    """The process is gone."""


def _die(*_: object) -> None:
    raise _DiedError


def test_access_that_is_being_allowed_in_a_browser_is_completed(world: World) -> None:
    server = StrictServer(world.clock)
    world.services = replace(world.services, sign_in=SignIn(HOST, server))
    wanted = Changes("", world.sample.base_url)
    made = connect(world.services, "azure_devops", wanted, NewConnection(kind="oauth"))
    browser = Browser(world.services, role="admin")
    page = browser.start("connection", integration=made.id)

    restart(world)
    browser.services = world.services
    back = browser.come_back(state=page.state, code="c")

    assert back.status == 303
    assert world.services.grants.get("all", made.id) is not None


def test_operation_of_before_is_told_of_what_is_done_after(world: World, shop: str) -> None:
    with operation("0123456789abcdef"):
        world.connect()

    restart(world)

    waiting = [job for jobs in world.storage.queues.waiting.values() for job in jobs]
    assert {job.operation for job in waiting} == {"0123456789abcdef"}
