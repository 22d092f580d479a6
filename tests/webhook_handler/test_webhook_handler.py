from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

import shared.bootstrap
import webhook_handler
from shared.errors import StorageUnavailableError
from tests.shared.git_hosts.azure_devops.payloads import PAYLOADS, changed, payload
from tests.shared.web.in_memory import basic
from tests.webhook_handler.conftest import PASSWORD, SENDER, WEBHOOK, WEBHOOKS, encoded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.services import Services
    from tests.webhook_handler.conftest import Receiver

PUSH = payload("git.push__branch_updated")


def test_delivery_is_kept_as_it_came_and_a_job_enqueued(receiver: Receiver) -> None:
    assert receiver.receive(PUSH) == 202

    [kept] = receiver.kept
    assert (kept.body, kept.event_type, kept.state) == (PUSH, "git.push", "accepted")
    [job] = receiver.jobs
    assert (job.integration, job.reason, job.delivery) == ("i1", "hook", kept.id)


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(PAYLOADS.iterdir()) if "sender_s_test" not in path.name],
    ids=lambda path: path.stem,
)
def test_every_kind_of_event_is_accepted(receiver: Receiver, path: Path) -> None:
    assert receiver.receive(path.read_bytes()) == 202
    assert len(receiver.jobs) == 1


def test_sender_s_test_is_answered_well_and_has_no_effect(receiver: Receiver) -> None:
    assert receiver.receive(payload("git.push__sender_s_test")) == 200

    [kept] = receiver.kept
    assert kept.state == "ignored"
    assert receiver.jobs == []


def test_same_event_sent_again_has_one_effect(receiver: Receiver) -> None:
    statuses = [receiver.receive(PUSH) for _ in range(3)]

    assert statuses == [202, 200, 200]
    [kept] = receiver.kept
    assert kept.repeats == 2


def test_event_that_was_done_is_not_enqueued_again(receiver: Receiver) -> None:
    receiver.receive(PUSH)
    receiver.jobs.clear()
    [kept] = receiver.kept
    receiver.installation.storage.deliveries.mark(WEBHOOK, kept.id, "done")

    assert receiver.receive(PUSH) == 200
    assert receiver.jobs == []


def test_event_that_failed_is_tried_again_when_it_comes_again(receiver: Receiver) -> None:
    receiver.receive(PUSH)
    receiver.jobs.clear()
    [kept] = receiver.kept
    receiver.installation.storage.deliveries.mark(WEBHOOK, kept.id, "failed")

    assert receiver.receive(PUSH) == 200
    assert len(receiver.jobs) == 1
    assert [delivery.state for delivery in receiver.kept] == ["accepted"]


def test_event_that_could_not_be_enqueued_is_enqueued_when_it_comes_again(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as down:
        down.setattr(receiver.installation.storage.queues, "put", unavailable)
        with pytest.raises(StorageUnavailableError):
            receiver.receive(PUSH)

    assert receiver.receive(PUSH) == 200
    assert len(receiver.jobs) == 1


def test_two_events_of_one_moment_are_two(receiver: Receiver) -> None:
    other = changed("git.push__branch_updated", id="another")

    assert [receiver.receive(PUSH), receiver.receive(other)] == [202, 202]
    assert len(receiver.kept) == 2


BAD_CREDENTIALS = {
    "no header": None,
    "empty": "",
    "no credentials": "Basic",
    "blank": "Basic ",
    "no base64": "Basic ***",
    "half base64": "Basic " + encoded("devlinks:x")[:-1],
    "no colon": "Basic " + encoded("devlinks"),
    "wrong password": basic("devlinks", "x"),
    "password cut": basic("devlinks", PASSWORD[:-1]),
    "password longer": basic("devlinks", PASSWORD + "x"),
    "no password": basic("devlinks", ""),
    "wrong user": basic("somebody", PASSWORD),
    "no user": basic("", PASSWORD),
    "user in capitals": basic("DEVLINKS", PASSWORD),
    "other scheme": SENDER.replace("Basic", "Bearer"),
    "not ASCII": "Basic \N{LATIN SMALL LETTER U WITH DIAERESIS}",
    "not ASCII within": basic("devlinks", "\N{ROCKET}"),
    "NUL": "Basic \0",
    "ten kilobytes": basic("devlinks", PASSWORD + "x" * 10_000),
    "two": f"{SENDER}, {SENDER}",
}


@pytest.mark.parametrize("header", BAD_CREDENTIALS.values(), ids=BAD_CREDENTIALS.keys())
def test_wrong_secret_is_refused_and_nothing_is_kept(
    receiver: Receiver, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}

    response = webhook_handler.handle(
        receiver.request(PUSH, headers=headers), receiver.installation.services
    )

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Devlinks"'
    assert receiver.kept == []
    assert receiver.jobs == []


@pytest.mark.parametrize("form", ["{}", "basic {0}", "BASIC  {0} "])
def test_right_secret_is_known_however_its_header_is_spelt(receiver: Receiver, form: str) -> None:
    header = SENDER if form == "{}" else form.format(SENDER.removeprefix("Basic "))

    assert receiver.receive(PUSH, headers={"AUTHORIZATION": header}) == 202


@pytest.mark.parametrize("webhook", WEBHOOKS, ids=ascii)
def test_unknown_webhook_looks_like_a_wrong_secret(receiver: Receiver, webhook: str) -> None:
    unknown = webhook_handler.handle(
        receiver.request(PUSH, webhook=webhook), receiver.installation.services
    )
    wrong = webhook_handler.handle(
        receiver.request(PUSH, headers={}), receiver.installation.services
    )

    assert (unknown.status_code, dict(unknown.headers)) == (401, dict(wrong.headers))
    assert unknown.get_body() == wrong.get_body()


def test_old_secret_is_accepted_until_the_overlap_ends_and_the_new_one_at_once(
    receiver: Receiver,
) -> None:
    clock = receiver.installation.clock
    receiver.keep("new", PASSWORD, overlaps_until=clock.now() + timedelta(days=1))
    new = {"Authorization": basic("devlinks", "new")}

    assert [receiver.receive(PUSH), receiver.receive(PUSH, headers=new)] == [202, 200]

    clock.advance(timedelta(days=1))

    assert [receiver.receive(PUSH), receiver.receive(PUSH, headers=new)] == [401, 200]


def test_third_secret_is_none(receiver: Receiver) -> None:
    receiver.keep("new", PASSWORD)

    assert receiver.receive(PUSH) == 401


def unavailable(*arguments: object, **more: object) -> Any:
    raise StorageUnavailableError("Storage did not answer.")


PARTS: dict[str, Callable[[Services], tuple[object, str]]] = {
    "webhooks": lambda services: (services.known_webhooks, "get"),
    "ledger": lambda services: (services.storage.deliveries, "insert"),
    "queue": lambda services: (services.storage.jobs, "put"),
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_sender_is_asked_to_try_again_while_storage_is_down(
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    part: Callable[[Services], tuple[object, str]],
) -> None:
    services = receiver.installation.services
    monkeypatch.setattr(*part(services), unavailable)
    monkeypatch.setattr(webhook_handler, "services", lambda: services)

    response = webhook_handler.receive_webhook(receiver.request(PUSH))

    assert (response.status_code, response.get_body()) == (503, b"")


def test_sender_is_asked_to_try_again_while_settings_are_wrong(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    shared.bootstrap.services.cache_clear()

    assert webhook_handler.receive_webhook(receiver.request(PUSH)).status_code == 503


def test_sender_is_asked_to_try_again_after_a_fault_of_ours_which_is_logged(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Services:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(webhook_handler, "services", fail)

    assert webhook_handler.receive_webhook(receiver.request(PUSH)).status_code == 503
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("webhook_failed operation=")
    assert record.exc_info is not None


def test_password_is_in_no_log(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    receiver.receive(PUSH)
    receiver.receive(PUSH, headers={"Authorization": basic("devlinks", PASSWORD + "x")})

    assert PASSWORD not in caplog.text
    assert SENDER not in caplog.text
