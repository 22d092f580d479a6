from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.errors import (
    ThrottledError,
)
from tests.shared.git_hosts.azure_devops.conftest import NOW, projects

if TYPE_CHECKING:
    from devhost.sample_organization import Clock, SampleOrganization
    from shared.git_hosts.azure_devops.client import Client
    from tests.shared.git_hosts.azure_devops.conftest import Waits


@pytest.mark.parametrize("seconds", [1, 60])
def test_short_wait_that_is_asked_for_is_waited_for_and_the_call_repeated(
    client: Client, sample: SampleOrganization, waits: Waits, seconds: int
) -> None:
    sample.faults.throttle(retry_after=seconds)

    found = projects(client)

    assert found == ["Shop"]
    assert waits.seconds == [seconds]
    assert [call.status for call in sample.calls] == [429, 200]


def test_longer_wait_is_not_waited_for_but_told(
    client: Client, sample: SampleOrganization, waits: Waits
) -> None:
    sample.faults.throttle(retry_after=61)

    with pytest.raises(ThrottledError) as raised:
        projects(client)

    assert raised.value.retry_at == NOW + timedelta(seconds=61)
    assert waits.seconds == []
    assert len(sample.calls) == 1


def test_refusal_to_answer_now_without_a_time_is_told_as_five_minutes(
    client: Client, sample: SampleOrganization, waits: Waits
) -> None:
    sample.faults.throttle(retry_after=None)

    with pytest.raises(ThrottledError) as raised:
        projects(client)

    assert raised.value.retry_at == NOW + timedelta(minutes=5)
    assert waits.seconds == []


def test_caller_who_is_throttled_three_times_gives_up(
    client: Client, sample: SampleOrganization, waits: Waits
) -> None:
    sample.faults.throttle(retry_after=5, times=None)

    with pytest.raises(ThrottledError):
        projects(client)

    assert waits.seconds == [5, 5]
    assert len(sample.calls) == 3


def test_wait_asked_for_with_a_good_answer_comes_before_the_next_call(
    client: Client, sample: SampleOrganization, waits: Waits
) -> None:
    sample.faults.slow_down(retry_after=7)

    first = projects(client)
    waited_after_first = list(waits.seconds)
    second = projects(client)

    assert first == second == ["Shop"]
    assert waited_after_first == []
    assert waits.seconds == [7]
    assert len(sample.calls) == 2


def test_long_wait_asked_for_with_a_good_answer_stops_the_next_call(
    client: Client, sample: SampleOrganization
) -> None:
    sample.faults.slow_down(retry_after=300)
    projects(client)

    with pytest.raises(ThrottledError) as raised:
        projects(client)

    assert raised.value.retry_at == NOW + timedelta(minutes=5)
    assert len(sample.calls) == 1


def test_wait_that_has_passed_is_not_waited_for_again(
    client: Client, sample: SampleOrganization, clock: Clock, waits: Waits
) -> None:
    sample.faults.slow_down(retry_after=300)
    projects(client)
    clock.advance(timedelta(minutes=5))

    projects(client)

    assert waits.seconds == []


def test_wait_that_one_thread_is_asked_for_holds_for_the_others(
    client: Client, sample: SampleOrganization
) -> None:
    sample.faults.slow_down(retry_after=300)
    with ThreadPoolExecutor(1) as one:
        one.submit(projects, client).result()

    with ThreadPoolExecutor(1) as other, pytest.raises(ThrottledError):
        other.submit(projects, client).result()
