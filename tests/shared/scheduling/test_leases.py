"""One worker at a time on a repository."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from shared.errors import LeaseLostError
from shared.model import IntegrationId
from shared.scheduling import leases

if TYPE_CHECKING:
    from tests.world import World

ONE = IntegrationId("i1")


def test_a_lease_is_for_one_and_free_again_when_it_is_left(world: World) -> None:
    held = leases.take(world.services, ONE, "r1")
    assert held is not None
    with held:
        assert leases.take(world.services, ONE, "r1") is None
        assert leases.take(world.services, ONE, "r2") is not None

    assert leases.take(world.services, ONE, "r1") is not None


def test_the_lease_of_a_worker_that_is_gone_runs_out(world: World) -> None:
    gone = leases.take(world.services, ONE, "r1")
    assert gone is not None

    world.clock.pass_by(seconds=leases.LEASED_FOR.total_seconds() + 1)

    assert leases.take(world.services, ONE, "r1") is not None


def test_who_lost_the_lease_stops_and_does_not_take_it_from_its_new_owner(world: World) -> None:
    slow = leases.take(world.services, ONE, "r1")
    assert slow is not None
    with slow:
        world.clock.pass_by(seconds=leases.LEASED_FOR.total_seconds() + 1)
        new = leases.take(world.services, ONE, "r1")
        assert new is not None
        with pytest.raises(LeaseLostError):
            slow.check()

    assert leases.take(world.services, ONE, "r1") is None


def test_a_lease_is_released_when_the_work_fails(world: World) -> None:
    held = leases.take(world.services, ONE, "r1")
    assert held is not None

    with pytest.raises(ZeroDivisionError), held:
        raise ZeroDivisionError

    assert leases.take(world.services, ONE, "r1") is not None


def test_of_many_rivals_one_wins(world: World) -> None:
    for number in range(20):
        won: list[object] = []
        start = threading.Barrier(8)

        def rival(key: str, start: threading.Barrier, won: list[object]) -> None:
            start.wait()
            held = leases.take(world.services, ONE, key)
            if held is not None:
                won.append(held)

        rivals = [threading.Thread(target=rival, args=(f"r{number}", start, won)) for _ in range(8)]
        for one in rivals:
            one.start()
        for one in rivals:
            one.join()

        assert len(won) == 1


def test_every_wish_is_counted_and_its_delivery_kept(world: World) -> None:
    before = leases.wanted(world.services, ONE, "r1")

    leases.want(world.services, ONE, "r1", delivery="d1")
    leases.want(world.services, ONE, "r1", delivery="d2")
    leases.want(world.services, ONE, "r1")

    now = leases.wanted(world.services, ONE, "r1")
    assert now.count == before.count + 3
    assert now.deliveries == ("d1", "d2")


def test_what_was_wanted_while_work_went_on_is_not_settled_by_it(world: World) -> None:
    leases.want(world.services, ONE, "r1", delivery="before")
    begun_with = leases.wanted(world.services, ONE, "r1")
    leases.want(world.services, ONE, "r1", delivery="meanwhile")

    more = leases.settle(world.services, ONE, "r1", done=begun_with)

    assert more
    left = leases.wanted(world.services, ONE, "r1")
    assert left.deliveries == ("meanwhile",)
    assert not leases.settle(world.services, ONE, "r1", done=left)


def test_wishes_of_many_at_once_are_all_counted(world: World) -> None:
    threads = [
        threading.Thread(target=leases.want, args=(world.services, ONE, "r1")) for _ in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert leases.wanted(world.services, ONE, "r1").count == 30
