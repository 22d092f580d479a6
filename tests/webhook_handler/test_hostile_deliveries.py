from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import webhook_handler
from shared.events import BareEvent, PushEvent
from shared.git_hosts.azure_devops.events import read_event
from tests.shared.git_hosts.azure_devops.payloads import REPOSITORY, changed, payload
from tests.webhook_handler.conftest import SENDER, WEBHOOK, WEBHOOKS, Receiver

if TYPE_CHECKING:
    from shared.storage.installation import AzureStorage


PUSH = payload("git.push__branch_updated")


one_receiver = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


UNREADABLE = {
    "nothing": b"",
    "text": b"payload=x",
    "cut": PUSH[:-20],
    "array": b"[]",
    "number": b"5",
    "null": b"null",
    "text in JSON": b'"git.push"',
    "not a number": b'{"id": "x", "x": NaN}',
    "byte order mark": b"\xef\xbb\xbf" + PUSH,
    "UTF-16": PUSH.decode().encode("utf-16"),
    "invalid UTF-8": b'{"id": "\xff"}',
    "lone surrogate": rb'{"id": "\ud800"}',
    "deep": b'{"id": "x", "resource": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "deeper": b"[" * 1_000_000,
    "id of another type": b'{"id": {"a": 1}}',
    "date of another type": b'{"createdDate": 5}',
    "no date": b'{"createdDate": "yesterday"}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_body_that_cannot_be_read_is_accepted_and_kept_as_unreadable(
    receiver: Receiver, body: bytes
) -> None:
    assert receiver.receive(body) == 202

    [kept] = receiver.kept
    assert (kept.state, kept.body) == ("unreadable", body[:10_000])
    assert receiver.jobs == []


ODD = {
    "nothing in it": b"{}",
    "id twice": b'{"id": "x", "id": "y"}',
    "empty id": b'{"id": ""}',
    "long id": b'{"id": "' + b"x" * 5000 + b'"}',
    "id of signs": b'{"id": "a/b\\\\c#d?e\\u0000\\t"}',
    "id beyond ASCII": '{"id": "\N{ROCKET} caf\N{LATIN SMALL LETTER E WITH ACUTE}"}'.encode(),
    "date of year 1": b'{"id": "x", "createdDate": "0001-01-01T00:00:00"}',
    "date before year 1": b'{"id": "x", "createdDate": "0001-01-01T00:00:00+14:00"}',
    "date after all": b'{"id": "x", "createdDate": "9999-12-31T23:59:59-14:00"}',
    "date without a zone": b'{"id": "x", "createdDate": "2026-11-21T08:00:00"}',
    "long type": b'{"eventType": "' + b"t" * 5000 + b'"}',
    "type of signs": b'{"eventType": "\\u0000\\u2028</x>\\""}',
    "type beyond ASCII": '{"eventType": "\N{LATIN SMALL LETTER E WITH ACUTE}\\u2028"}'.encode(),
    "type far beyond ASCII": '{"eventType": "\N{ROCKET}"}'.encode(),
    "largest": b"{" + b" " * 3_999_998 + b"}",
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_odd_event_is_accepted_once(receiver: Receiver, body: bytes) -> None:
    assert receiver.receive(body) == 202
    assert receiver.receive(body) == 200
    assert len(receiver.kept) == 1


@pytest.mark.azurite
@pytest.mark.parametrize("body", [*ODD.values(), *UNREADABLE.values()], ids=[*ODD, *UNREADABLE])
def test_real_storage_takes_whatever_is_sent(azure_storage: AzureStorage, body: bytes) -> None:
    receiver = Receiver(azure_storage)

    assert receiver.receive(body) in {200, 202}
    assert receiver.receive(body) == 200


@pytest.mark.azurite
@pytest.mark.parametrize("webhook", WEBHOOKS, ids=ascii)
def test_real_storage_knows_no_webhook_of_an_odd_name(
    azure_storage: AzureStorage, webhook: str
) -> None:
    assert Receiver(azure_storage).receive(PUSH, webhook=webhook) == 401


@pytest.mark.parametrize("size", [400_000, 4_000_000, 20_000_000, 100_000_000])
def test_of_a_body_that_is_too_large_to_keep_is_kept_what_it_is_about(
    receiver: Receiver, size: int
) -> None:
    body = PUSH.rstrip()[:-1] + b', "more": "' + b"x" * size + b'"}'

    assert [receiver.receive(body), receiver.receive(body)] == [202, 200]

    [kept] = receiver.kept
    assert len(kept.body) < 2000
    event = read_event(kept.body)
    assert isinstance(event, PushEvent)
    assert event.repository_id == REPOSITORY
    assert kept.state == "accepted"


def test_body_that_inflates_to_much_more_is_never_inflated(receiver: Receiver) -> None:
    bomb = gzip.compress(b"{" + b" " * 100_000_000 + b"}")
    headers = {"Authorization": SENDER, "Content-Encoding": "gzip"}

    assert receiver.receive(bomb, headers=headers) == 202

    [kept] = receiver.kept
    assert (kept.state, kept.body) == ("unreadable", bomb[:10_000])


@pytest.mark.parametrize("length", ["", "0", "-1", "1e9", "99999999999999999999"])
def test_length_that_the_sender_claims_is_not_believed(receiver: Receiver, length: str) -> None:
    headers = {"Authorization": SENDER, "Content-Length": length}

    assert receiver.receive(PUSH, headers=headers) == 202

    [kept] = receiver.kept
    assert kept.body == PUSH


def test_push_of_a_hundred_thousand_refs_is_accepted_and_its_repository_kept(
    receiver: Receiver,
) -> None:
    updates = [
        {"name": f"refs/heads/b{n}", "oldObjectId": "0" * 40, "newObjectId": "a" * 40}
        for n in range(100_000)
    ]

    assert receiver.receive(changed("git.push__several_refs", resource__refUpdates=updates)) == 202

    [kept] = receiver.kept
    event = read_event(kept.body)
    assert isinstance(event, BareEvent)
    assert (event.repository_id, len(kept.body) < 2000) == (REPOSITORY, True)
    assert len(receiver.jobs) == 1


@pytest.mark.azurite
def test_same_event_eight_times_at_once_is_kept_once(azure_storage: AzureStorage) -> None:
    receiver = Receiver(azure_storage)
    body = changed("git.push__branch_updated", id=str(uuid4()))

    with ThreadPoolExecutor(8) as senders:
        statuses = sorted(senders.map(lambda _: receiver.receive(body), range(8)))

    assert statuses == [200] * 7 + [202]


def test_large_body_that_is_no_push_is_accepted(receiver: Receiver) -> None:
    body = b'{"eventType": "git.push", "resource": "' + b"x" * 500_000 + b'"}'

    assert receiver.receive(body) == 202
    assert len(receiver.jobs) == 1


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


HEADS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text() | JSON_VALUES,
        "eventType": st.text() | JSON_VALUES,
        "createdDate": st.datetimes().map(lambda moment: moment.isoformat() + "Z") | JSON_VALUES,
        "resource": JSON_VALUES,
    },
)


ENCODINGS = st.sampled_from(["utf-8"] * 8 + ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-7"])


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Make up bodies: any bytes, and events of any form in any encoding."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.binary())
    text = msgspec.json.encode(draw(HEADS)).decode()
    return text.encode(draw(ENCODINGS))


HEADERS = st.dictionaries(
    st.sampled_from(["Authorization", "Content-Type", "Content-Encoding", "Expect"]),
    st.text() | st.sampled_from([SENDER, "Basic", "gzip", "application/json"]),
)


@one_receiver
@given(body=bodies(), headers=HEADERS, webhook=st.just(WEBHOOK) | st.text())
def test_stranger_is_never_let_in_and_never_told_that_something_broke(
    receiver: Receiver, body: bytes, headers: dict[str, str], webhook: str
) -> None:
    is_known = headers.get("Authorization") == SENDER and webhook == WEBHOOK

    status = receiver.receive(body, headers=headers, webhook=webhook)

    assert status in ({200, 202} if is_known else {401})


@one_receiver
@given(body=bodies())
def test_whatever_the_known_sender_sends_is_answered_well(receiver: Receiver, body: bytes) -> None:
    assert receiver.receive(body) in {200, 202}


@one_receiver
@given(body=bodies(), headers=HEADERS, webhook=st.just(WEBHOOK) | st.text())
def test_hook_is_never_taken_out_of_service_by_an_answer_of_ours(
    receiver: Receiver, body: bytes, headers: dict[str, str], webhook: str
) -> None:
    request = receiver.request(body, headers=headers, webhook=webhook)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhook_handler, "services", lambda: receiver.installation.services)

        response = webhook_handler.receive_webhook(request)

    assert response.status_code in {200, 202, 401, 503}
