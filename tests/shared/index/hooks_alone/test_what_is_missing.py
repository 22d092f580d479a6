from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.errors import HooksOnlyError
from shared.integrations import connections
from shared.messages import Job
from shared.scheduling import leases
from shared.scheduling.runs import start_run
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from tests.hooks import deliver, details, states
from tests.shared.index.hooks_alone.conftest import (
    Alone,
    Body,
    of_server,
    pushed_after,
)
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.messages import Reason
    from tests.recording import Recorder


def test_a_push_that_tells_fewer_commits_than_it_had_is_counted_once(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.behaviour.push_event_commits = 25
    sample.push("shop", "main", *(f"PAY-{n} Many" for n in range(1, 31)))
    bodies = recorder.take()

    alone.tell(*bodies, *({**body, "id": "again"} for body in bodies))

    [alarm] = alone.status(alone.integration).alarms
    assert alarm.code == "hooks_incomplete"
    assert alarm.text.startswith("1 pushes of the last 30 days")
    assert "Shop/shop (1)" in alarm.text
    assert any("it tells 25 commits" in text for text in details(alone, alone.integration))
    assert len(alone.links("PAY-30")) == 1
    assert alone.links("PAY-1") == []


def test_a_push_that_was_never_told_is_noticed_by_the_next_one_until_it_comes(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    for number in range(1, 5):
        sample.push("shop", "main", f"PAY-{number}")
    *first, lost, last = recorder.take()

    alone.tell(*first, last)
    noticed = [alarm.code for alarm in alone.status(alone.integration).alarms]
    alone.tell(lost)

    assert noticed == ["hooks_incomplete"]
    assert alone.status(alone.integration).alarms == ()


def test_what_is_missing_is_told_of_for_a_month(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    for number in range(1, 4):
        sample.push("shop", "main", f"PAY-{number}")
    *first, _, second = recorder.take()
    alone.tell(*first, second)
    head = second["resource"]["refUpdates"][0]["newObjectId"]
    alone.clock.pass_by(days=31)

    alone.tell(pushed_after(second, head, "f" * 40, alone))

    assert alone.status(alone.integration).alarms == ()


def test_nothing_is_called_whatever_the_timer_or_an_admin_asks_for(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    alone.tell(*recorder.take())
    sample.calls.reset()

    for _ in range(30):
        tick(alone.services, now=alone.clock())
        alone.work()
        alone.clock.pass_by(hours=1)
    reasons: tuple[Reason, ...] = ("reconcile", "refill", "due", "rules", "first", "discover")
    for reason in reasons:
        job = Job(alone.integration.id, reason)
        alone.run("reindex", job)
        alone.run("reindex", replace(job, repository=alone.repository("shop")))
    with pytest.raises(HooksOnlyError):
        start_run(alone.services, alone.integration)

    status = alone.status(alone.integration)
    assert len(sample.calls) == 0
    assert (status.state, status.alarms) == ("hooks_only", ())


def test_a_push_that_comes_while_another_worker_is_at_its_repository_waits(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    commit = sample.push("shop", "main", "PAY-2 Second")
    *first, last = recorder.take()
    alone.tell(*first)
    lease = leases.take(alone.services, alone.integration.id, alone.repository("shop"))
    assert lease is not None

    with lease:
        deliver(alone, alone.integration, last)
        alone.work(most=3)
        waiting = states(alone, alone.integration)[0]
    alone.work()

    assert waiting == "accepted"
    assert alone.shown("PAY-2") == [("commit", commit)]
    assert states(alone, alone.integration)[0] == "done"


def test_a_filter_and_a_switch_leave_out_what_they_should(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    integration = alone.integration
    record = alone.services.integrations.get(ONE_GROUP, integration.id)
    assert record is not None
    chosen = replace(
        integration,
        repositories=replace(integration.repositories, jmespath="[?name!='other']"),
        index=replace(integration.index, pull_requests=False, branches=False),
    )
    alone.services.integrations.replace(record, chosen)
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.create_repository("Shop", "other")
    sample.push("other", "main", "PAY-1 Elsewhere")
    sample.push("shop", "main", "PAY-1 Here")
    sample.push("shop", "PAY-1-branch", "PAY-1 Branch")
    sample.open_pull_request("shop", "PAY-1-branch", "PAY-1")

    alone.tell(*recorder.take())

    assert {kind for kind, _ in alone.links("PAY-1")} == {"commit"}
    assert len(alone.links("PAY-1")) == 2
    assert alone.repositories(chosen)["other"].record.left_out == "filter"


def test_an_event_of_another_collection_changes_nothing(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    bodies = recorder.take()
    for body in bodies:
        repository = body["resource"]["repository"]
        repository["remoteUrl"] = repository["remoteUrl"].replace("/contoso/", "/fabrikam/")

    alone.tell(*bodies)

    assert alone.repositories(alone.integration) == {}
    assert set(states(alone, alone.integration)) == {"ignored"}
    assert alone.links("PAY-1") == []


def test_a_push_of_a_server_without_an_account_is_indexed(alone: Alone) -> None:
    first, second = "a" * 40, "b" * 40

    alone.tell(of_server(alone, (first, "PAY-1 First"), old="0" * 40, new=first))
    alone.tell(of_server(alone, (second, "PAY-1 Second"), old=first, new=second))

    [found] = alone.repositories(alone.integration).values()
    assert {id_ for _, id_ in alone.shown("PAY-1")} == {first, second}
    assert found.record.repository.url == "http://tfs:8080/tfs/DefaultCollection/_git/Shop"
    assert found.record.left_out is None


def test_an_address_that_no_browser_should_open_is_not_shown(alone: Alone) -> None:
    first = "a" * 40
    body = of_server(alone, (first, "PAY-1 First"), old="0" * 40, new=first)
    body["resource"]["repository"]["remoteUrl"] = "javascript:alert(1)//"

    alone.tell(body)

    [found] = alone.repositories(alone.integration).values()
    assert found.record.repository.url == f"{alone.integration.url}/Shop/_git/Shop"


@pytest.mark.parametrize("resource", [None, {"url": "https://tfs/_apis/git/repositories/x"}])
def test_an_event_without_details_is_told_to_be_of_no_use(
    alone: Alone, resource: Body | None
) -> None:
    body = {**of_server(alone, old="0" * 40, new="a" * 40), "resource": resource}

    alone.tell(body)

    assert states(alone, alone.integration) == ["ignored"]
    assert "have all details sent" in details(alone, alone.integration)[0]


def test_of_a_push_that_is_too_large_to_be_kept_the_commits_stay(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    long = "PAY-1 Long\n\n" + "x" * 300_000 + " PAY-3"
    sample.push("shop", "main", long, "PAY-2 Short", long.replace("PAY-1", "PAY-4"))

    alone.tell(*recorder.take())

    [alarm] = alone.status(alone.integration).alarms
    assert [len(alone.shown(f"PAY-{n}")) for n in (1, 2, 4)] == [1, 1, 1]
    assert alarm.code == "hooks_incomplete"
    assert "done" in states(alone, alone.integration)[0]


def test_one_that_comes_to_be_called_reads_what_was_never_told(
    sample: SampleOrganization, recorder: Recorder
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Before")
    recorder.listen()
    sample.push("shop", "main", "PAY-2 After")
    world = World(sample)
    wanted = connections.Changes(name="Sample", url=sample.url, hooks_only=True)
    made = connections.connect(
        world.services, "azure_devops", wanted, connections.NewConnection("", kind="none")
    )
    for body in recorder.take():
        deliver(world, made, body)
    world.work()
    alone = (len(world.links("PAY-1")), len(world.links("PAY-2")))

    called = connections.NewConnection(sample.token)
    wanted = replace(wanted, hooks_only=False)
    made = connections.change(world.services, made.id, wanted, connection=called)
    world.clock.pass_by(minutes=1)
    world.work()

    assert alone == (0, 1)
    assert (len(world.links("PAY-1")), len(world.links("PAY-2"))) == (1, 1)
    assert world.status(made).state == "idle"
