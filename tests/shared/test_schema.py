"""The form of what is kept: who may work with it, and how it becomes the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared import __version__, bootstrap
from shared.errors import LeaseLostError, NewerSchemaError
from shared.model import IntegrationId
from shared.progress import Schema
from shared.scheduling.leases import LEASED_FOR, take
from shared.schema import Step, check_schema, upgrade
from shared.services import ONE_GROUP
from shared.settings import read_settings
from shared.storage.secrets import make_key_ring
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devhost.azurite import Azurite
    from shared.services import Services


class Steps:
    """Two steps, of which each notes that it was taken and what was kept of it then."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.towards: list[int] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, *names: str) -> list[Step]:
        return [Step(name, self._step(name)) for name in names]

    def _step(self, name: str) -> Callable[[Services, Callable[[], None]], None]:
        def take_step(services: Services, check: Callable[[], None]) -> None:
            self.towards.append(kept(services).towards)
            self.meanwhile()
            check()
            self.taken.append(name)

        return take_step


@pytest.fixture
def installation() -> Installation:
    """Return an installation from before versions were noted: it has a tracker."""
    return Installation()


@pytest.fixture
def steps() -> Steps:
    return Steps()


def kept(services: Services) -> Schema:
    record = services.schema.get(ONE_GROUP, "schema")
    assert record is not None
    return record.value


def test_new_installation_has_the_newest_form_and_takes_no_step(
    installation: Installation, steps: Steps
) -> None:
    services = installation.services
    services.trackers.delete(ONE_GROUP, "default")

    assert check_schema(services, steps=steps("one", "two")) == 3
    assert upgrade(services, steps=steps("one", "two")) == []
    assert steps.taken == []


def test_installation_from_before_versions_is_brought_to_the_newest_form(
    installation: Installation, steps: Steps
) -> None:
    services = installation.services
    before = check_schema(services, steps=steps("one", "two"))

    done = upgrade(services, steps=steps("one", "two"))

    assert before == 1
    assert done == steps.taken == ["one", "two"]
    assert kept(services) == Schema(3, 3, __version__, services.clock())


def test_each_step_is_taken_once(installation: Installation, steps: Steps) -> None:
    services = installation.services
    upgrade(services, steps=steps("one"))

    again = upgrade(services, steps=steps("one"))
    later = upgrade(services, steps=steps("one", "two"))

    assert (again, later) == ([], ["two"])
    assert steps.taken == ["one", "two"]


def test_older_app_refuses_a_form_that_it_does_not_know(
    installation: Installation, steps: Steps
) -> None:
    services = installation.services
    upgrade(services, steps=steps("one", "two"))

    with pytest.raises(NewerSchemaError, match=r"has schema 3, made by .* knows none above 2"):
        check_schema(services, steps=steps("one"))
    with pytest.raises(NewerSchemaError):
        upgrade(services, steps=steps("one"))


def test_older_app_refuses_from_the_first_row_on_that_a_step_may_change(
    installation: Installation, steps: Steps
) -> None:
    services = installation.services
    refused = []

    def start_the_older_app() -> None:
        with pytest.raises(NewerSchemaError):
            check_schema(services, steps=())
        refused.append(True)

    steps.meanwhile = start_the_older_app

    upgrade(services, steps=steps("one"))

    assert refused == [True]


def test_step_that_fails_is_taken_again_and_those_before_it_are_not(
    installation: Installation, steps: Steps
) -> None:
    services = installation.services
    upgrade(services, steps=steps("one"))

    def fail() -> None:
        raise ConnectionError

    steps.meanwhile = fail
    with pytest.raises(ConnectionError):
        upgrade(services, steps=steps("one", "two"))
    unfinished = kept(services)
    steps.meanwhile = lambda: None

    assert (unfinished.version, unfinished.towards) == (2, 3)
    assert upgrade(services, steps=steps("one", "two")) == ["two"]
    assert steps.towards == [2, 3, 3]


def test_nothing_is_done_while_another_worker_is_at_it(
    installation: Installation, steps: Steps
) -> None:
    services = installation.services
    other = take(services, IntegrationId(ONE_GROUP), "schema")
    assert other is not None

    assert upgrade(services, steps=steps("one")) == []

    installation.clock.advance(LEASED_FOR)
    assert upgrade(services, steps=steps("one")) == ["one"]


def test_worker_that_was_too_slow_leaves_the_step_to_the_one_that_took_over(
    installation: Installation, steps: Steps
) -> None:
    services = installation.services
    steps.meanwhile = lambda: installation.clock.advance(LEASED_FOR)

    with pytest.raises(LeaseLostError):
        upgrade(services, steps=steps("one"))

    assert steps.taken == []
    assert kept(services).version == 1


def test_app_does_not_start_on_a_form_that_it_does_not_know(
    azurite: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unique: str
) -> None:
    make_key_ring(tmp_path / "keys.json")
    settings = {
        "AzureWebJobsStorage": azurite.connection_string,
        "LOCAL_KEY_RING": str(tmp_path / "keys.json"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    schema = bootstrap.build(read_settings(settings)).schema
    schema.put(ONE_GROUP, "schema", Schema(1, 99, unique, bootstrap.utc_now()))
    bootstrap.services.cache_clear()

    try:
        with pytest.raises(NewerSchemaError, match=unique):
            bootstrap.services()
        with pytest.raises(NewerSchemaError, match=unique):
            bootstrap.services_for_operator({})
    finally:
        schema.delete(ONE_GROUP, "schema")

    assert bootstrap.services().schema.get(ONE_GROUP, "schema") is not None
    bootstrap.services.cache_clear()


def test_workers_that_start_at_once_agree(
    installation: Installation, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = installation.services
    theirs = Schema(2, 2, "0.9", services.clock())
    look = services.trackers.list

    def look_while_another_worker_starts(group: str, *, limit: int) -> object:
        services.schema.put(ONE_GROUP, "schema", theirs)
        return look(group, limit=limit)

    monkeypatch.setattr(services.trackers, "list", look_while_another_worker_starts)

    found = check_schema(services, steps=steps("one"))

    assert found == 2
    assert kept(services) == theirs
