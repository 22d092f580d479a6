"""What a job's message leaves behind in the log."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import azure.functions as func
import msgspec
import pytest
from msgspec.structs import replace

import index_worker
import webhook_handler
from devhost.sample_organization.faults import Where
from shared.errors import StorageUnavailableError
from shared.hooks.subscriptions import password_purpose
from shared.messages import Job
from shared.scheduling import runs
from shared.services import ONE_GROUP
from tests.hooks import push_event
from tests.shared.web.in_memory import basic

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.messages import QueueName
    from tests.world import World

PAIR = re.compile(r'([a-z_]+)=("[^"]*"|\S+)')


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Start")
    return "shop"


@pytest.fixture
def integration(world: World, shop: str) -> Integration:
    """Return an integration that is up to date."""
    connected = world.connect()
    world.work()
    return connected


def message(job: Job | bytes) -> func.QueueMessage:
    body = job if isinstance(job, bytes) else msgspec.json.encode(job)
    return func.QueueMessage(id="m1", body=body)


def work(world: World) -> None:
    """Carry out messages, as the functions do, until none is left."""
    while (found := world.storage.queues.take()) is not None:
        queue, job = found
        index_worker.handle(message(job), queue, world.services)


def send(world: World, integration: Integration, body: dict[str, object]) -> int:
    """Send a delivery to the function that receives it; return the status."""
    webhook = world.services.webhooks.get(ONE_GROUP, integration.webhook_id)
    assert webhook is not None
    sealed = webhook.value.sealed_passwords[0]
    password = world.services.vault.open(sealed, purpose=password_purpose(integration.id))
    request = func.HttpRequest(
        "POST",
        f"http://localhost/api/webhooks/{integration.webhook_id}",
        headers={"Authorization": basic(webhook.value.user_name, password)},
        route_params={"webhook_id": integration.webhook_id},
        body=msgspec.json.encode(body),
    )
    return int(webhook_handler.receive_webhook(request).status_code)


def lines(told: pytest.LogCaptureFixture, name: str) -> list[dict[str, str]]:
    """Return the fields of all lines of a name."""
    return [dict(PAIR.findall(m)) for m in told.messages if m.partition(" ")[0] == name]


def test_one_id_leads_from_the_webhook_over_its_jobs_to_the_links(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    shop: str,
    told: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_handler, "services", lambda: world.services)
    sample.push(shop, "main", "PAY-2 Nobody told of this one")
    old = sample.head(shop, "main")
    new = sample.push(shop, "main", "PAY-3 Told")
    told.clear()

    assert send(world, integration, push_event(world, (new, "PAY-3"), old=old, new=new)) == 202
    work(world)

    [kept] = lines(told, "delivery_kept")
    assert kept["receipt"] == "accepted"
    ended = lines(told, "job_ended")
    assert ended[0]["delivery"] == kept["delivery"]
    assert sum(int(job["links"]) for job in ended) >= 2
    routes = {call["route"] for call in lines(told, "calls_made")}
    assert "git/repositories/{}/refs" in routes
    assert lines(told, "repository_indexed")
    assert {dict(PAIR.findall(m))["operation"] for m in told.messages} == {kept["operation"]}
    assert [bool(world.links(key)) for key in ("PAY-2", "PAY-3")] == [True, True]


def test_two_deliveries_are_two_operations(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    shop: str,
    told: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_handler, "services", lambda: world.services)
    told.clear()
    for number in (2, 3):
        old = sample.head(shop, "main")
        new = sample.push(shop, "main", f"PAY-{number} Told")
        send(world, integration, push_event(world, (new, f"PAY-{number}"), old=old, new=new))
    work(world)

    kept = {line["delivery"]: line["operation"] for line in lines(told, "delivery_kept")}
    ended = {line["delivery"]: line["operation"] for line in lines(told, "job_ended")}
    assert len(set(kept.values())) == 2
    assert kept == ended


def test_job_tells_how_long_after_the_event_its_links_are_there(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    shop: str,
    told: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_handler, "services", lambda: world.services)
    old = sample.head(shop, "main")
    new = sample.push(shop, "main", "PAY-2 Told")
    body = push_event(world, (new, "PAY-2"), old=old, new=new)
    world.clock.pass_by(seconds=30)
    send(world, integration, body)
    world.clock.pass_by(seconds=12)
    told.clear()

    work(world)

    [ended] = lines(told, "job_ended")
    assert (ended["queue"], ended["reason"], ended["outcome"]) == ("hooks", "hook", "done")
    assert 42 <= float(ended["latency"]) < 60


def test_calls_are_counted_with_the_status_of_each_answer(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    told: pytest.LogCaptureFixture,
) -> None:
    sample.faults.refuse(503, "X", "Busy", times=1, where=Where("refs"))
    runs.start_run(world.services, integration)
    told.clear()

    work(world)

    counted = {(c["route"], c["status"]): int(c["count"]) for c in lines(told, "calls_made")}
    refs = "git/repositories/{}/refs"
    assert counted[refs, "503"] == 1
    assert counted[refs, "200"] >= 1
    ended = sum(int(job["calls"]) for job in lines(told, "job_ended"))
    assert ended == sum(counted.values())


def test_jobs_of_a_run_name_it(
    world: World, integration: Integration, told: pytest.LogCaptureFixture
) -> None:
    run = runs.start_run(world.services, integration)

    work(world)

    [started] = lines(told, "run_started")
    assert started["run"] == run.id
    assert run.id in {job["run"] for job in lines(told, "job_ended")}


def test_throttled_job_says_for_how_long_and_those_that_wait_say_so_too(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    told: pytest.LogCaptureFixture,
) -> None:
    sample.faults.throttle(retry_after=600, times=None)
    told.clear()
    job = Job(integration.id, "due", repository=world.repository("shop"))

    for _ in range(2):
        index_worker.handle(message(job), "reindex", world.services)

    assert [line["outcome"] for line in lines(told, "job_ended")] == ["put_off", "waited"]
    [throttled], [waited] = lines(told, "throttled"), lines(told, "job_waited")
    assert 590 <= int(throttled["seconds"]) <= 600
    assert 500 <= int(waited["seconds"]) <= 600


def test_job_that_raised_tells_so_and_is_tried_again(
    world: World,
    integration: Integration,
    told: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(group: str, key: str) -> None:
        raise StorageUnavailableError("Table storage did not answer.")

    told.clear()
    monkeypatch.setattr(world.services.integrations, "get", fail)

    with pytest.raises(StorageUnavailableError):
        index_worker.handle(message(Job(integration.id, "discover")), "reindex", world.services)

    assert [line["outcome"] for line in lines(told, "job_ended")] == ["raised"]


def test_message_that_failed_every_time_is_seen_and_does_not_come_again(
    world: World, integration: Integration, told: pytest.LogCaptureFixture
) -> None:
    """Input 68 of the list of hostile and broken inputs."""
    job = Job(integration.id, "due", repository=world.repository("shop"))
    told.clear()

    index_worker.give_up(message(job), "reindex", world.services)

    assert world.storage.queues.take() is None
    [line] = lines(told, "message_given_up")
    assert (line["queue"], line["repository"]) == ("reindex", world.repository("shop"))
    [record] = [r for r in told.records if r.getMessage().startswith("message_given_up")]
    assert record.levelno == logging.ERROR
    status = world.repositories(integration)["shop"]
    assert status.state == "failed"
    assert "five times" in str(status.kinds["commits"].failure)


@pytest.mark.parametrize("body", [b"", b"no job", b"[]", b'{"integration": 5}', b"\xff\xfe"])
@pytest.mark.parametrize("queue", ["hooks", "reindex", "history"])
def test_message_that_is_no_job_is_dropped_with_a_line_and_without_looping(
    world: World, told: pytest.LogCaptureFixture, queue: QueueName, body: bytes
) -> None:
    """Input 68, for what cannot even be read."""
    index_worker.handle(message(body), queue, world.services)
    index_worker.give_up(message(body), queue, world.services)

    assert lines(told, "message_unreadable") == [{"queue": queue, "id": "m1"}] * 2
    assert world.storage.queues.take() is None


def test_message_of_an_integration_that_is_gone_ends(
    world: World, told: pytest.LogCaptureFixture
) -> None:
    """Input 68 again: there is nothing that could be marked."""
    job = msgspec.json.decode(b'{"integration": "gone", "reason": "due"}', type=Job)

    index_worker.handle(message(job), "reindex", world.services)
    index_worker.give_up(message(job), "reindex", world.services)

    assert world.storage.queues.take() is None
    assert [line["outcome"] for line in lines(told, "job_ended")] == ["skipped"]


def test_alarms_are_told_when_repositories_are_listed(
    world: World, sample: SampleOrganization, shop: str, told: pytest.LogCaptureFixture
) -> None:
    integration = world.connect(webhooks=False)
    world.work()
    listing = message(Job(integration.id, "discover"))
    index_worker.handle(listing, "reindex", world.services)
    before = lines(told, "alarm_raised")
    sample.revoke_token()
    world.clock.pass_by(hours=1)

    index_worker.handle(listing, "reindex", world.services)

    assert before == []
    [alarm] = lines(told, "alarm_raised")
    assert (alarm["integration"], alarm["code"]) == (integration.id, "signed_out")
    assert [line["outcome"] for line in lines(told, "job_ended")] == ["done", "failed"]


@pytest.mark.parametrize("state", ["is_paused", "is_removed"])
def test_integration_that_is_not_to_work_has_no_alarms_told(
    world: World, integration: Integration, told: pytest.LogCaptureFixture, state: str
) -> None:
    world.services.integrations.put(
        ONE_GROUP, integration.id, replace(integration, **{state: True})
    )
    told.clear()

    index_worker.handle(message(Job(integration.id, "discover")), "reindex", world.services)

    assert lines(told, "alarm_raised") == []
    assert [line["outcome"] for line in lines(told, "job_ended")] == ["skipped"]


def test_latency_is_never_below_zero_whatever_the_clocks_say(world: World) -> None:
    now = world.clock()

    assert index_worker._latency(now + timedelta(minutes=10), now) == 0
    assert index_worker._latency(None, now) is None
