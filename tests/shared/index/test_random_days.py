"""Days on which people, admins, service hooks and faults do as they like, in any order.

In the end the links are those of somebody who comes then and reads everything.
"""

from __future__ import annotations

import random
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Final

import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization
from devhost.sample_organization.refusals import RefusedError
from shared import trackers
from shared.errors import DevlinksError
from shared.integrations import connections
from shared.scheduling.cancelling import cancel
from shared.scheduling.pausing import pause, resume
from shared.scheduling.runs import start_run
from shared.services import ONE_GROUP
from tests.disturbing import FAULTS, Disturbed, links, links_in_force, order_fault
from tests.hooks import deliver
from tests.recording import Recorder
from tests.world import Killed, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.configuration import Integration

CALM: Final = 6
"""In so many of the steps nothing fails, for each kind of fault."""


class People:
    """The people of the repository `shop`, who push, force, branch, propose, tag and delete."""

    def __init__(self, sample: SampleOrganization, chance: random.Random) -> None:
        self._sample = sample
        self._chance = chance
        self._number = 0
        self._former: list[str] = []
        self._proposed: list[int] = []

    def do_something(self) -> None:
        """Do one of all that they can; what there is nothing for is left."""
        self._number = self._number % 38 + 1
        with suppress(LookupError, ValueError, RefusedError):
            self._chance.choice(self._actions())()

    def _actions(self) -> list[Callable[[], object]]:
        sample, number = self._sample, self._number
        message = f"PAY-{number} Do it\n\nFor PAY-{number % 7 + 1}"
        retitled = "Nothing in particular" if number % 2 else f"PAY-{number} Anew"
        return [
            lambda: sample.push("shop", "main", message),
            lambda: sample.push("shop", f"topic/PAY-{number}", message, f"{message} again"),
            lambda: sample.push("shop", "moving", message),
            lambda: sample.push("other", "main", message),
            lambda: self._force("moving", message),
            lambda: self._force("main", message),
            lambda: sample.create_branch("shop", f"again/PAY-{number}", at=self._former.pop()),
            lambda: sample.create_branch("shop", "going"),
            lambda: sample.push("shop", "going", message),
            lambda: self._delete("going"),
            lambda: self._delete(f"topic/PAY-{number - 1}"),
            lambda: self._propose(number),
            lambda: sample.retitle(self._proposed[-1], retitled),
            lambda: sample.complete(self._proposed.pop()),
            lambda: sample.abandon(self._proposed[-1]),
            lambda: sample.tag("shop", f"v-PAY-{number}", at=sample.head("shop", "main")),
        ]

    def _force(self, branch: str, message: str) -> None:
        self._former.append(self._sample.head("shop", branch))
        self._sample.force_push("shop", branch, message)

    def _delete(self, branch: str) -> None:
        self._former.append(self._sample.head("shop", branch))
        self._sample.delete_branch("shop", branch)

    def _propose(self, number: int) -> None:
        branch = f"feature/PAY-{number}"
        self._sample.push("shop", branch, f"PAY-{number} Propose it")
        title = f"PAY-{number % 9 + 1} Propose it"
        self._proposed.append(self._sample.open_pull_request("shop", branch, title))


class Admin:
    """Somebody who changes their mind about an integration."""

    def __init__(self, world: World, integration: Integration, chance: random.Random) -> None:
        self._world = world
        self._integration = integration
        self._chance = chance

    def do_something(self) -> None:
        """Do one of all that they can, or nothing."""
        services, integration = self._world.services, self._integration
        actions: list[Callable[[], object]] = [
            lambda: cancel(services, integration),
            lambda: pause(services, integration.id),
            lambda: resume(services, integration.id),
            lambda: start_run(services, integration),
            lambda: self.switch(commits=not self._now.index.commits),
            lambda: self.switch(branches=not self._now.index.branches),
            lambda: self.alias(self._chance.choice([{"PAX": "PAY"}, {}])),
            lambda: None,
            lambda: None,
        ]
        with suppress(DevlinksError, Killed):
            self._chance.choice(actions)()

    def come_to_rest(self) -> None:
        """Leave everything as it was at first."""
        resume(self._world.services, self._integration.id)
        self.switch(commits=True, branches=True)
        self.alias({})

    def switch(self, **kinds: bool) -> None:
        """Switch kinds of things on or off."""
        known = self._now
        wanted = connections.Changes(
            name=known.name,
            url=known.url,
            organizations=known.organizations,
            index=replace(known.index, **kinds),
        )
        connections.change(self._world.services, known.id, wanted)

    def alias(self, aliases: dict[str, str]) -> None:
        """Give the tracker other names of projects."""
        trackers.change_tracker(self._world.services, replace(self._world.tracker, aliases=aliases))

    @property
    def _now(self) -> Integration:
        record = self._world.services.integrations.get(ONE_GROUP, self._integration.id)
        assert record is not None
        return record.value


class Hooks:
    """Service hooks that deliver what happened: at once, twice, backwards, late or never."""

    def __init__(
        self, world: World, integration: Integration, recorder: Recorder, chance: random.Random
    ) -> None:
        self._world = world
        self._integration = integration
        self._recorder = recorder
        self._chance = chance
        self._late: list[dict[str, Any]] = []

    def tell(self) -> None:
        """Deliver what happened since the last time, in one of these ways."""
        bodies = self._recorder.take()
        how = self._chance.choice(["told", "lost", "twice", "late", "backwards"])
        if how == "late":
            self._late += bodies
        elif how == "twice":
            bodies += [{**body, "id": f"{body['id'][:-1]}0"} for body in bodies]
        elif how == "backwards":
            bodies.reverse()
        if how not in {"lost", "late"}:
            self._deliver(bodies)
        if self._chance.random() < 1 / 3:
            self.tell_late()

    def tell_late(self) -> None:
        """Deliver what was kept back."""
        late, self._late = self._late, []
        self._deliver(late)

    def _deliver(self, bodies: list[dict[str, Any]]) -> None:
        for body in bodies:
            with suppress(DevlinksError, Killed):
                deliver(self._world, self._integration, body)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[tuple[SampleOrganization, Recorder]]:
    """Return an organization of two repositories, and what its service hooks tell."""
    with ExitStack() as running:
        sample = running.enter_context(SampleOrganization(tmp_path / "sample"))
        recorder = running.enter_context(Recorder(sample))
        sample.add_project("Shop")
        for name in ("shop", "other"):
            sample.create_repository("Shop", name)
            sample.push(name, "main", *(f"PAY-{n} Begin\n\nAnd PAY-{n + 9}" for n in range(1, 5)))
        sample.push("shop", "moving", "PAY-8 Move it", "PAY-9 Move it more")
        recorder.listen()
        yield sample, recorder


def live_through(busy: tuple[SampleOrganization, Recorder], seed: int) -> None:
    """Let some random days pass, then as many quiet ones as it takes, and compare."""
    sample, recorder = busy
    chance = random.Random(seed)
    disturbed = Disturbed(sample)
    world = disturbed.world
    integration = world.connect()
    people, admin = People(sample, chance), Admin(world, integration, chance)
    hooks = Hooks(world, integration, recorder, chance)
    for _ in range(chance.randint(2, 7)):
        fault = chance.choice([*FAULTS, "write", "kill", *["none"] * CALM])
        if fault in {"write", "kill"}:
            disturbed.fail_write(chance.randrange(12), kills=fault == "kill")
        elif fault != "none":
            order_fault(sample, fault, chance)
        for step in (people.do_something, people.do_something, hooks.tell, admin.do_something):
            step()
            with suppress(DevlinksError, Killed):
                world.work(most=chance.randrange(9))
        if chance.random() < 4 / 5:
            world.persist()
            disturbed.let_time_pass(hours=1)
    sample.faults.clear()
    disturbed.calm_down()
    admin.come_to_rest()
    disturbed.let_time_pass(hours=2)
    hooks.tell_late()
    disturbed.let_time_pass(hours=80)

    late_comer = World(sample)
    late_comer.connect()
    late_comer.work()
    assert links_in_force(world) == links(late_comer)
    assert world.status(integration).state == "idle"


@pytest.mark.parametrize("seed", range(6))
def test_in_the_end_the_links_are_those_of_a_late_comer(
    busy: tuple[SampleOrganization, Recorder], seed: int
) -> None:
    live_through(busy, seed)


@pytest.mark.system
@pytest.mark.parametrize("seed", range(6, 46))
def test_in_the_end_of_many_other_days_they_are_so_too(
    busy: tuple[SampleOrganization, Recorder], seed: int
) -> None:
    live_through(busy, seed)
