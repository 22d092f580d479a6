"""What a hostile sender may do on the wire, through the development host."""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING
from urllib.parse import quote

import azure.functions as func
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import webhook_handler
from devhost.host import Host
from tests.shared.git_hosts.azure_devops.payloads import payload
from tests.webhook_handler.conftest import SENDER, WEBHOOK, Receiver
from tests.webhook_handler.test_hostile_deliveries import bodies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PUSH = payload("git.push__branch_updated")
ANSWERS = {200, 202, 401, 503}


class Served:
    """A receiver behind the development host."""

    def __init__(self, receiver: Receiver, host: Host) -> None:
        self.receiver = receiver
        self.address = "localhost", host.port

    def post(
        self, body: bytes, headers: Mapping[str, str] | None = None, webhook: str = WEBHOOK
    ) -> int:
        """Return the status of the answer to a delivery."""
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            target = f"/api/webhooks/{quote(webhook, safe='')}"
            sent = {"Authorization": SENDER} if headers is None else headers
            encoded = {name: value.encode() for name, value in sent.items()}
            connection.request("POST", target, body, encoded)
            return connection.getresponse().status
        finally:
            connection.close()

    def raw(self, head: str, body: bytes) -> bytes:
        """Return what comes back for bytes after which nothing more is sent."""
        host = ":".join(map(str, self.address))
        first = f"POST /api/webhooks/{WEBHOOK} HTTP/1.1\r\nHost: {host}\r\n"
        with socket.create_connection(self.address, timeout=30) as connection:
            connection.sendall(f"{first}Authorization: {SENDER}\r\n{head}\r\n".encode() + body)
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile("rb").read()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    receiver = Receiver()
    app = func.FunctionApp()
    app.register_functions(webhook_handler.blueprint)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhook_handler, "services", lambda: receiver.installation.services)
        with Host(app, settings={}) as host:
            yield Served(receiver, host)


def test_delivery_comes_in_over_http(served: Served) -> None:
    assert served.post(PUSH) == 202
    assert served.post(PUSH) == 200
    assert served.post(PUSH, {}) == 401


def test_body_of_a_false_length_is_no_delivery_and_does_no_harm(served: Served) -> None:
    kept = len(served.receiver.kept)

    served.raw(f"Content-Length: {len(PUSH) + 1000}\r\n", PUSH)

    assert len(served.receiver.kept) <= kept + 1
    assert served.post(PUSH) == 200


def test_body_without_a_length_is_an_empty_one(served: Served) -> None:
    answer = served.raw("Connection: close\r\n", b"")

    assert answer.split(b" ")[1] in {b"202", b"200"}


def test_body_said_to_be_chunked_is_answered(served: Served) -> None:
    answer = served.raw(
        "Connection: close\r\nTransfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"
    )

    assert answer.split(b" ")[1] in {b"202", b"200"}


def test_large_delivery_comes_in_over_http(served: Served) -> None:
    body = PUSH.rstrip()[:-1] + b', "more": "' + b"x" * 20_000_000 + b'"}'

    assert served.post(body) in {200, 202}


# Of the characters that a host passes on: others it refuses itself, before any function.
NAMES = st.text(
    st.characters(min_codepoint=0x21, exclude_categories=["Cs"], exclude_characters="/.")
)
HEADER_VALUES = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]))
HEADERS = st.dictionaries(
    st.sampled_from(["Authorization", "Content-Type", "Content-Encoding", "X-Vss-Activityid"]),
    HEADER_VALUES | st.sampled_from([SENDER, "Basic", "gzip", "application/json; charset=utf-16"]),
)


@settings(max_examples=60, deadline=None)
@given(
    body=bodies(),
    headers=HEADERS | st.just({"Authorization": SENDER}),
    webhook=st.just(WEBHOOK) | NAMES.filter(bool),
)
def test_whatever_is_sent_is_answered_with_one_of_four_statuses(
    served: Served, body: bytes, headers: dict[str, str], webhook: str
) -> None:
    assert served.post(body, headers, webhook) in ANSWERS
