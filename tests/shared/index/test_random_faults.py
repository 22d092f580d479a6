"""Whatever fails on the way, and however often: in the end the links are those of a quiet run."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import strategies as st

from devhost.sample_organization import SampleOrganization
from devhost.sample_organization.faults import EVERYWHERE, Where
from shared.errors import StorageUnavailableError
from shared.issue_keys import parse_issue_key
from shared.links import KINDS
from shared.scheduling.ticking import tick
from tests.world import Killed, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from shared.configuration import Integration

KEYS = [f"PAY-{number}" for number in range(1, 40)] + ["AB#12", "AB#13"]
GIT = Where("git-upload-pack")
REFS = Where("refs")
FAULTS = ["throttle", "throttle_bare", "outage", "html", "cut", "signed_out", "git", "refs"]


class Changes:
    """The people of a sample organization, each time doing something else."""

    def __init__(self, sample: SampleOrganization) -> None:
        self._sample = sample
        self._number = 0

    def do(self, what: int) -> None:
        """Change something; *what* says what."""
        sample, number = self._sample, self._next()
        message = f"PAY-{number} Do it\n\nFor PAY-{number % 7 + 1}"
        actions: list[Callable[[], Any]] = [
            lambda: sample.push("shop", "main", message),
            lambda: sample.push("shop", f"topic/PAY-{number}", message, f"{message} again"),
            lambda: sample.push("other", "main", message),
            lambda: sample.force_push("shop", "moving", message),
            lambda: sample.delete_branch("shop", "going"),
            lambda: self._pull_request(number),
            lambda: sample.create_branch("shop", "going"),
        ]
        with suppress(LookupError, ValueError):  # a branch may be gone already
            actions[what % len(actions)]()

    def _pull_request(self, number: int) -> None:
        sample = self._sample
        branch = f"feature/PAY-{number}"
        sample.push("shop", branch, f"PAY-{number} Propose it")
        opened = sample.open_pull_request("shop", branch, f"PAY-{number % 9 + 1} Propose it")
        if number % 2:
            sample.retitle(opened, "Nothing in particular")
        if number % 3 == 0:
            sample.complete(opened)

    def _next(self) -> int:
        self._number = self._number % 38 + 1
        return self._number


class Disturbed:
    """A world whose storage and worker fail when a test says so."""

    def __init__(self, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = World(sample)
        self._countdown: int | None = None
        self._kills = False
        self.world.storage.tables.write = self._failing(self.world.storage.tables.write)  # type: ignore[method-assign]

    def fail_write(self, after: int, *, kills: bool) -> None:
        """Have a write of links or mentions fail after some more, or the worker die of it."""
        self._countdown, self._kills = after, kills

    def _failing(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def failing(*arguments: Any) -> Any:
            if self._countdown is not None:
                self._countdown -= 1
                if self._countdown < 0:
                    self._countdown = None
                    if self._kills:
                        raise Killed
                    raise StorageUnavailableError("The storage account did not answer.")
            return write(*arguments)

        return failing


def links(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Return what each issue shows."""
    stored = world.storage.links(world.tracker)
    return {
        key: [
            # Lists do not tell what is a merge; the git protocol does.
            (i.kind, i.id, i.title, i.status, "orphaned" in i.flags, s.link.evidence)
            for s in stored.read(parse_issue_key(key), kinds=KINDS, after="", limit=500)
            for i in [s.link.item]
        ]
        for key in KEYS
    }


def order_fault(sample: SampleOrganization, name: str, chance: random.Random) -> None:
    """Have some of the next calls fail in one way."""
    faults, times, after = sample.faults, chance.randint(1, 4), chance.randint(0, 6)
    {
        "throttle": lambda: faults.throttle(retry_after=120, after=after),
        "throttle_bare": lambda: faults.throttle(retry_after=None, after=after),
        "outage": lambda: faults.outage(times=times),
        "html": lambda: faults.html(times=times),
        "cut": lambda: faults.cut_json(times=times, after=after),
        "signed_out": lambda: faults.refuse(
            401, "UnauthorizedRequestException", "TF400813: Not authorized.", times=1
        ),
        "git": lambda: faults.outage(times=times, where=GIT),
        "refs": lambda: faults.outage(times=times, where=REFS),
    }[name]()
    assert EVERYWHERE is not GIT


def let_time_pass(worked: Disturbed, integration: Integration, hours: int) -> None:
    """Let the timer run for some hours, and whatever it asks for be done."""
    del integration
    for _ in range(hours * 2):
        worked.world.clock.pass_by(minutes=30)
        tick(worked.world.services, now=worked.world.clock())
        worked.world.persist()


STEPS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from([*FAULTS, "write", "kill", "none"]),
        st.integers(0, 2**16),
    ),
    min_size=1,
    max_size=6,
)


@hypothesis.settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(
    steps=STEPS, first=st.sampled_from([*FAULTS, "write", "kill"]), seed=st.integers(0, 99)
)
def test_after_any_faults_the_links_are_those_of_a_quiet_run(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    steps: list[tuple[int, str, int]],
    first: str,
    seed: int,
) -> None:
    folder: Path = tmp_path_factory.mktemp("sample")
    with SampleOrganization(folder) as sample:
        sample.add_project("Shop")
        for name in ("shop", "other"):
            sample.create_repository("Shop", name)
            sample.push(name, "main", *(f"PAY-{n} Begin\n\nAnd PAY-{n + 9}" for n in range(1, 8)))
        sample.push("shop", "moving", "PAY-8 Move it", "PAY-9 Move it more")
        changes = Changes(sample)
        disturbed = Disturbed(sample, monkeypatch)
        integration = disturbed.world.connect()
        for what, fault, chance in [(0, first, seed), *steps]:
            if fault in {"write", "kill"}:
                disturbed.fail_write(chance % 12, kills=fault == "kill")
            elif fault != "none":
                order_fault(sample, fault, random.Random(chance))
            disturbed.world.persist()
            changes.do(what)
            let_time_pass(disturbed, integration, 1)
        sample.faults.clear()

        let_time_pass(disturbed, integration, 30)

        quiet = World(sample)
        quiet.connect()
        quiet.work()
        expected = links(quiet)
        told = {
            key: [row for row in rows if not row[4]] for key, rows in links(disturbed.world).items()
        }
        assert told == expected
        assert disturbed.world.status(integration).state == "idle"
