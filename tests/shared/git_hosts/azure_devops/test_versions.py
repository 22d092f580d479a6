from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhost.sample_organization import Clock
from shared.errors import RefusedError
from shared.git_hosts.azure_devops.answers import VersionRefusedError
from shared.git_hosts.azure_devops.versions import SPOKEN, Versions, product_of
from tests.shared.git_hosts.azure_devops.conftest import NOW

SERVER = "tfs.example.com"


def refusal(newest: str = "") -> VersionRefusedError:
    error = VersionRefusedError("too new")
    error.newest = newest
    return error


@pytest.fixture
def versions(clock: Clock) -> Versions:
    return Versions(clock.now)


@pytest.mark.parametrize(
    ("newest", "asked_next"),
    [
        ("7.0", "7.0"),
        ("6.1", "6.0"),
        ("6.0", "6.0"),
        ("5.2", "5.1"),
        ("4.0", "4.0"),
        ("3.5", "3.2"),
        ("3.0", "3.0"),
        # A preview of the very version, or one of no number: the next older one.
        ("7.1", "7.0"),
        ("", "7.0"),
    ],
)
def test_next_version_is_the_newest_released_one_that_the_server_has(
    versions: Versions, newest: str, asked_next: str
) -> None:
    versions.step_down(SERVER, "7.1", refusal(newest))

    assert versions.of(SERVER) == asked_next


@pytest.mark.parametrize(("asked", "newest"), [("7.1", "2.3"), ("3.0", ""), ("3.0", "3.0")])
def test_server_that_has_no_version_of_ours_is_too_old(
    versions: Versions, asked: str, newest: str
) -> None:
    with pytest.raises(RefusedError, match="too old") as refused:
        versions.step_down(SERVER, asked, refusal(newest))

    assert "Upgrade it" in refused.value.next_step


def test_each_server_has_a_version_of_its_own(versions: Versions) -> None:
    versions.step_down(SERVER, "7.1", refusal("5.0"))

    assert versions.of("dev.azure.com") == "7.1"


def test_thread_that_is_late_does_not_undo_what_another_found(versions: Versions) -> None:
    versions.step_down(SERVER, "7.1", refusal(""))
    versions.step_down(SERVER, "7.0", refusal("5.1"))

    versions.step_down(SERVER, "7.1", refusal(""))

    assert versions.of(SERVER) == "5.1"


def test_version_is_served_once_the_server_has_answered_to_it(versions: Versions) -> None:
    versions.step_down(SERVER, "7.1", refusal("6.0"))
    before = versions.is_served(SERVER, "6.0")

    versions.note_served(SERVER, "6.0")

    assert (before, versions.is_served(SERVER, "6.0")) == (False, True)
    assert not versions.is_served(SERVER, "7.1")
    assert not versions.is_served("dev.azure.com", "6.0")


def test_answer_to_a_version_that_was_given_up_meanwhile_says_nothing(versions: Versions) -> None:
    versions.step_down(SERVER, "7.1", refusal("6.0"))

    versions.note_served(SERVER, "7.1")

    assert not versions.is_served(SERVER, "7.1")
    assert versions.of(SERVER) == "6.0"


def test_after_a_day_the_newest_is_tried_again(versions: Versions, clock: Clock) -> None:
    versions.step_down(SERVER, "7.1", refusal("6.0"))
    clock.advance(timedelta(hours=25))
    tried = versions.of(SERVER)

    versions.step_down(SERVER, "7.1", refusal("6.0"))

    assert (tried, versions.of(SERVER)) == ("7.1", "6.0")


@given(st.sampled_from(SPOKEN), st.sampled_from(["", "0.1", "3.1", "4.2", "6.1", "7.2", "10.0"]))
def test_a_step_down_is_always_to_an_older_version(asked: str, newest: str) -> None:
    versions = Versions(Clock(NOW, running=False).now)

    try:
        versions.step_down(SERVER, asked, refusal(newest))
    except RefusedError:
        return

    assert SPOKEN.index(versions.of(SERVER)) > SPOKEN.index(asked)


@pytest.mark.parametrize(
    ("version", "product"),
    [
        ("7.1", "Azure DevOps Server 2022.1 or later"),
        ("7.0", "Azure DevOps Server 2022"),
        ("6.0", "Azure DevOps Server 2020"),
        ("5.1", "Azure DevOps Server 2019"),
        ("4.0", "Team Foundation Server 2018"),
        ("3.2", "Team Foundation Server 2017"),
    ],
)
def test_version_tells_the_product(version: str, product: str) -> None:
    assert product_of(version) == product
