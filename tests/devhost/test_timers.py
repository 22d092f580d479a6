"""Timer functions against the emulator."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import azure.functions as func
import pytest
from azure.storage.blob import BlobLeaseClient

from devhost.host import Host
from devhost.lease import Lease
from devhost.storage import StorageAccount
from devhost.timer_status import HOST_CONTAINER, TimerStatus, TimerStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Eventually
    from tests.devhost.conftest import Send

pytestmark = pytest.mark.azurite


def app_of(
    work: Callable[[func.TimerRequest], None], schedule: str, *, run_on_startup: bool = False
) -> func.FunctionApp:
    app = func.FunctionApp()

    @app.timer_trigger(arg_name="timer", schedule=schedule, run_on_startup=run_on_startup)
    def tick(timer: func.TimerRequest) -> None:
        work(timer)

    return app


def store_of(settings: dict[str, str]) -> TimerStore:
    container = StorageAccount(settings).container(HOST_CONTAINER)
    return TimerStore(container, host_id=settings["AzureFunctionsWebHost__hostid"])


def hours_from_now(hours: int) -> datetime:
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)


def test_timer_fires_by_the_schedule_of_its_setting(
    settings: dict[str, str], eventually: Eventually
) -> None:
    fired: list[datetime] = []
    settings["SCHEDULE"] = "* * * * * *"

    with Host(app_of(lambda _: fired.append(datetime.now(UTC)), "%SCHEDULE%"), settings=settings):
        assert eventually(lambda: len(fired) >= 3)

    seconds = [moment.replace(microsecond=0) for moment in fired]
    assert len(set(seconds)) == len(seconds)


def test_runs_of_one_timer_never_overlap(
    settings: dict[str, str], send: Send, eventually: Eventually
) -> None:
    lock = threading.Lock()
    overlaps: list[bool] = []
    pause = threading.Event()

    def work(_: func.TimerRequest) -> None:
        overlaps.append(not lock.acquire(blocking=False))
        pause.wait(1.2)
        lock.release()

    with Host(app_of(work, "* * * * * *"), settings=settings) as host:
        for _ in range(2):
            answered = send(
                host,
                "/admin/functions/tick",
                method="POST",
                body=b'{"input": ""}',
                headers={"Content-Type": "application/json"},
            )
            assert answered.status == 202
        assert eventually(lambda: len(overlaps) >= 4)

    assert not any(overlaps)


def test_missed_run_is_made_up_for_once_at_the_start(
    settings: dict[str, str], eventually: Eventually
) -> None:
    fired: list[bool] = []
    store = store_of(settings)
    missed = TimerStatus(
        last=hours_from_now(-3), next=hours_from_now(-2), last_updated=hours_from_now(-3)
    )
    store.write("tick", missed)

    with Host(app_of(lambda timer: fired.append(timer.past_due), "0 0 * * * *"), settings=settings):
        assert eventually(lambda: bool(fired))
        assert not eventually(lambda: len(fired) > 1, within=0.5)

    kept = store.read("tick")
    assert fired == [True]
    assert kept is not None
    assert kept.next == hours_from_now(1)


def test_timer_that_missed_nothing_waits(settings: dict[str, str], eventually: Eventually) -> None:
    fired: list[bool] = []
    store = store_of(settings)

    with Host(app_of(lambda timer: fired.append(timer.past_due), "0 0 * * * *"), settings=settings):
        assert eventually(lambda: store.read("tick") is not None)

    kept = store.read("tick")
    assert fired == []
    assert kept is not None
    assert kept.next == hours_from_now(1)


def test_run_on_startup_fires_at_once(settings: dict[str, str], eventually: Eventually) -> None:
    fired: list[bool] = []

    app = app_of(lambda timer: fired.append(timer.past_due), "0 0 * * * *", run_on_startup=True)
    with Host(app, settings=settings):
        assert eventually(lambda: fired == [False])


def test_failing_timer_goes_on(settings: dict[str, str], eventually: Eventually) -> None:
    fired: list[int] = []

    def work(_: func.TimerRequest) -> None:
        fired.append(1)
        raise LookupError

    with Host(app_of(work, "* * * * * *"), settings=settings):
        assert eventually(lambda: len(fired) >= 2)


def test_only_one_host_of_a_storage_account_fires_the_timers(
    settings: dict[str, str], eventually: Eventually
) -> None:
    first: list[int] = []
    second: list[int] = []

    with Host(app_of(lambda _: first.append(1), "* * * * * *"), settings=settings) as holder:
        # Started at the same time, either of the two may come first.
        assert eventually(lambda: len(first) >= 1)
        with Host(app_of(lambda _: second.append(1), "* * * * * *"), settings=settings):
            assert eventually(lambda: len(first) >= 3)
            assert second == []
            holder.stop()
            # The lease was given up, so the other need not wait until it runs out.
            assert eventually(lambda: len(second) >= 1, within=8)


def test_lease_has_one_holder(settings: dict[str, str]) -> None:
    container = StorageAccount(settings).container(HOST_CONTAINER)
    path = f"locks/{settings['AzureFunctionsWebHost__hostid']}/x"
    one, other = Lease(container, path), Lease(container, path)

    assert one.acquire() is True
    assert other.acquire() is False
    assert one.renew() is True
    one.release()
    assert other.acquire() is True
    other.release()


def test_lease_that_another_has_taken_is_lost(settings: dict[str, str]) -> None:
    container = StorageAccount(settings).container(HOST_CONTAINER)
    path = f"locks/{settings['AzureFunctionsWebHost__hostid']}/x"
    one, other = Lease(container, path), Lease(container, path)
    one.acquire()
    BlobLeaseClient(container.get_blob_client(path)).break_lease(lease_break_period=0)
    assert other.acquire() is True

    assert one.renew() is False
    other.release()
