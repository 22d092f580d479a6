from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.hooks import states
from tests.shared.index.hooks_alone.conftest import (
    Alone,
    Twin,
    busy_days,
    rows,
)

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.recording import Recorder


def test_what_is_told_makes_the_links_that_reading_everything_makes(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    twin = Twin(sample)
    for _ in busy_days(sample):
        twin.look()
    bodies = recorder.take()
    sample.calls.reset()

    alone.tell(*bodies)

    assert len(sample.calls) == 0
    assert set(states(alone, alone.integration)) <= {"done", "ignored"}
    assert rows(alone) == rows(twin)


@pytest.mark.parametrize("seed", range(6))
def test_neither_order_nor_repetition_matters(
    sample: SampleOrganization, recorder: Recorder, alone: Alone, seed: int
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    twin = Twin(sample)
    for _ in busy_days(sample):
        twin.look()
    bodies = recorder.take()
    # Sent again by an admin's replay, under another id, so that nothing takes it for known.
    again = [{**body, "id": f"{body['id']}-again"} for body in bodies]
    told = bodies + again
    random.Random(seed).shuffle(told)

    alone.tell(*told)

    assert rows(alone) == rows(twin)
    assert alone.status(alone.integration).alarms == ()


def test_history_before_the_hooks_is_not_there_and_all_after_it_is(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-8 Before", "PAY-9 Before")
    twin = Twin(sample)
    before = set(rows(twin))
    recorder.listen()
    for _ in busy_days(sample):
        twin.look()

    alone.tell(*recorder.take())

    told, known = rows(alone), rows(twin)
    assert alone.links("PAY-8") == []
    assert told == {key: row for key, row in known.items() if key in told}
    assert set(known) - set(told) <= before


def test_its_status_says_that_it_lives_on_hooks(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")

    assert alone.status(alone.integration).state == "hooks_only"
    alone.tell(*recorder.take())

    status = alone.status(alone.integration)
    [found] = alone.repositories(alone.integration).values()
    assert status.state == "hooks_only"
    assert status.alarms == ()
    assert (status.progress.repositories_done, status.progress.commits_seen) == (1, 1)
    assert found.state == "idle"
    assert {kind: where.state for kind, where in found.kinds.items()} == {
        "commits": "idle", "branches": "idle", "pull_requests": "idle",
    }  # fmt: skip
    assert found.kinds["branches"].count == 1


def test_a_repository_is_known_by_what_its_first_push_tells(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    sample.create_repository("Shop", "shop")
    recorder.listen()
    commit = sample.push("shop", "main", "PAY-1 First")

    alone.tell(*recorder.take())

    record = alone.services.repositories.get(alone.integration.id, alone.repository("shop"))
    assert record is not None
    found = record.value.repository
    assert (found.name, found.project, found.default_branch) == ("shop", "Shop", "main")
    assert found.url == f"{sample.url}/Shop/_git/shop"
    assert found.pages.commit == f"{found.url}/commit/{{}}"
    assert alone.shown("PAY-1") == [("commit", commit)]


@pytest.mark.parametrize("is_late", [False, True])
def test_a_rename_is_followed_also_when_an_older_push_comes_after_it(
    sample: SampleOrganization, recorder: Recorder, alone: Alone, is_late: bool
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    sample.rename_repository("shop", "store")
    bodies = recorder.take()

    alone.tell(*(reversed(bodies) if is_late else bodies))

    [(name, found)] = alone.repositories(alone.integration).items()
    assert name == "store"
    assert found.record.repository.url.endswith("/_git/store")
    assert len(alone.shown("PAY-1")) == 1


@pytest.mark.parametrize("is_late", [False, True])
def test_links_of_a_deleted_repository_are_hidden(
    sample: SampleOrganization, recorder: Recorder, alone: Alone, is_late: bool
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    sample.delete_repository("shop")
    bodies = recorder.take()

    alone.tell(*(reversed(bodies) if is_late else bodies))

    [found] = alone.repositories(alone.integration).values()
    assert found.state == "gone"
    assert len(alone.links("PAY-1")) == 1
    assert alone.shown("PAY-1") == []


def test_links_of_a_disabled_repository_are_hidden_until_it_is_enabled(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    sample.disable_repository("shop")

    alone.tell(*recorder.take())
    hidden = alone.shown("PAY-1")
    sample.disable_repository("shop", disabled=False)
    alone.clock.pass_by(minutes=1)
    alone.tell(*recorder.take())

    assert hidden == []
    assert len(alone.shown("PAY-1")) == 1


def test_a_deleted_repository_that_is_pushed_to_is_back(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    sample.push("shop", "main", "PAY-1 Second")
    *first, last = recorder.take()
    sample.delete_repository("shop")
    alone.tell(*first, *recorder.take())
    assert alone.shown("PAY-1") == []

    alone.clock.pass_by(minutes=1)
    alone.tell({**last, "createdDate": f"{alone.clock():%Y-%m-%dT%H:%M:%S.%fZ}"})

    assert len(alone.shown("PAY-1")) == 2
