"""Whatever fails on the way, and however often: in the end the links are those of a quiet run."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import strategies as st

from devhost.sample_organization import SampleOrganization
from tests.disturbing import FAULTS, Disturbed, links, links_in_force, order_fault
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


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
        disturbed = Disturbed(sample)
        integration = disturbed.world.connect()
        for what, fault, chance in [(0, first, seed), *steps]:
            if fault in {"write", "kill"}:
                disturbed.fail_write(chance % 12, kills=fault == "kill")
            elif fault != "none":
                order_fault(sample, fault, random.Random(chance))
            disturbed.world.persist()
            changes.do(what)
            disturbed.let_time_pass(hours=1)
        sample.faults.clear()

        disturbed.let_time_pass(hours=30)

        quiet = World(sample)
        quiet.connect()
        quiet.work()
        assert links_in_force(disturbed.world) == links(quiet)
        assert disturbed.world.status(integration).state == "idle"
