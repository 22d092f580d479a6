from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.messages import Job
from shared.model import IntegrationId
from shared.telemetry.operations import (
    carried,
    count_links,
    count_waited,
    counted_call,
    current_id,
    operation,
)

ID = "0123456789abcdef"


def test_operation_is_told_by_one_id_until_it_ends() -> None:
    with operation() as begun:
        within = current_id()

    assert within == begun.id
    assert len(within) == 16
    assert current_id() == ""


def test_every_operation_has_an_id_of_its_own() -> None:
    ids = set()
    for _ in range(100):
        with operation() as begun:
            ids.add(begun.id)

    assert len(ids) == 100


def test_operation_is_carried_on_by_its_id() -> None:
    with operation(ID):
        assert current_id() == ID


@pytest.mark.parametrize("odd", ["", "x", "0123456789ABCDEF", "%s" * 8, f"{ID} due=1", f"{ID}\n"])
def test_odd_id_makes_a_new_operation(odd: str) -> None:
    with operation(odd) as begun:
        assert begun.id != odd
        assert begun.id.isalnum()


def test_job_carries_the_operation_that_it_is_enqueued_in() -> None:
    alone = Job(IntegrationId("i1"), "hook")
    with operation(ID):
        within = Job(IntegrationId("i1"), "hook")

    assert (alone.operation, within.operation) == ("", ID)


def test_other_threads_work_for_the_same_operation_when_it_is_carried_to_them() -> None:
    def call(number: int) -> str:
        with counted_call("git/repositories") as answered:
            answered(200 if number % 2 else 429)
        count_links(1)
        count_waited(0.5)
        return current_id()

    with operation(ID) as begun, ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(carried(call), range(100)))
        stranger = pool.submit(current_id).result()

    assert seen == {ID}
    assert stranger == ""
    assert {key: calls.count for key, calls in begun.calls.items()} == {
        ("git/repositories", "200"): 50,
        ("git/repositories", "429"): 50,
    }
    assert (begun.links, begun.waited) == (100, 50.0)


def test_two_operations_in_two_threads_do_not_mix() -> None:
    seen: dict[str, str] = {}
    both = threading.Barrier(2)

    def work(name: str) -> None:
        with operation(name):
            both.wait(timeout=10)
            seen[name] = current_id()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a" * 16, "b" * 16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    assert seen == {"a" * 16: "a" * 16, "b" * 16: "b" * 16}


def test_call_without_an_answer_is_counted_as_one() -> None:
    with operation() as begun, pytest.raises(ZeroDivisionError), counted_call("projects"):
        raise ZeroDivisionError

    assert {key: calls.count for key, calls in begun.calls.items()} == {("projects", ""): 1}


def test_what_belongs_to_no_operation_is_not_counted_and_no_error() -> None:
    count_links(3)
    count_waited(1.0)
    with counted_call("projects") as answered:
        answered(200)

    with operation() as begun:
        pass
    assert (begun.calls, begun.links, begun.waited) == ({}, 0, 0.0)
