from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from shared.errors import SecretUnreadableError, StorageUnavailableError
from shared.integrations.readiness import troubles_of
from shared.scheduling.pausing import pause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.sample_organization import SampleOrganization
    from tests.world import World


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Return what does not happen before the test ends."""
    event = threading.Event()
    yield event
    event.set()


def parts(world: World, **more: float) -> list[tuple[str, str]]:
    return [(trouble.part, trouble.code) for trouble in troubles_of(world.services, **more)]


def test_installation_where_everything_answers_has_no_troubles(
    world: World, sample: SampleOrganization
) -> None:
    world.connect()
    sample.calls.reset()

    assert parts(world) == []
    assert len(sample.calls) > 0


@pytest.mark.parametrize(
    ("owner", "method", "error", "trouble"),
    [
        ("integrations", "list", StorageUnavailableError("x"), ("storage", "storage_unavailable")),
        ("storage", "check_queues", StorageUnavailableError("x"), ("queue", "storage_unavailable")),
        ("vault", "open", SecretUnreadableError("x"), ("keys", "secret_unreadable")),
    ],
)
def test_part_that_fails_is_told_alone(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    owner: str,
    method: str,
    error: Exception,
    trouble: tuple[str, str],
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(getattr(world.services, owner), method, fail)

    assert parts(world) == [trouble]


@pytest.mark.parametrize(
    ("owner", "method", "part"),
    [
        ("integrations", "list", "storage"),
        ("storage", "check_queues", "queue"),
        ("vault", "seal", "keys"),
    ],
)
def test_part_that_does_not_answer_in_time_holds_nobody_up(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    never: threading.Event,
    owner: str,
    method: str,
    part: str,
) -> None:
    monkeypatch.setattr(
        getattr(world.services, owner), method, lambda *_, **__: never.wait(timeout=60)
    )

    assert parts(world, seconds=0.3) == [(part, "no_answer")]


def test_git_host_that_does_not_answer_is_told_with_its_integration(
    world: World, sample: SampleOrganization, caplog: pytest.LogCaptureFixture
) -> None:
    integration = world.connect(organizations=(sample.organization.name,))
    sample.faults.outage(times=None)

    [trouble] = troubles_of(world.services)

    assert (trouble.part, trouble.integration) == ("git_hosts", integration.id)
    [line] = [m for m in caplog.messages if m.startswith("part_not_ready ")]
    assert (
        line
        == f"part_not_ready part=git_hosts integration={integration.id} code=git_host_unavailable"
    )
    assert caplog.records[-1].levelno == logging.WARNING


def test_server_of_many_integrations_is_called_for_one_of_them(
    world: World, sample: SampleOrganization
) -> None:
    for _ in range(5):
        world.connect(organizations=(sample.organization.name,))
    sample.calls.reset()

    assert parts(world) == []
    assert len(sample.calls) <= 2


def test_credential_that_is_refused_is_an_alarm_and_no_trouble(
    world: World, sample: SampleOrganization
) -> None:
    world.connect(organizations=(sample.organization.name,))
    sample.revoke_token()

    assert parts(world) == []


def test_integration_that_is_paused_or_lives_on_hooks_alone_is_not_called(
    world: World, sample: SampleOrganization
) -> None:
    paused = world.connect(organizations=(sample.organization.name,))
    pause(world.services, paused.id)
    sample.calls.reset()
    sample.faults.outage(times=None)

    assert parts(world) == []
    assert len(sample.calls) == 0


def test_token_of_a_connection_is_in_no_trouble(world: World, sample: SampleOrganization) -> None:
    world.connect(organizations=(sample.organization.name,), token=sample.token)
    sample.faults.outage(times=None)

    [trouble] = troubles_of(world.services)

    assert sample.token not in f"{trouble}"
