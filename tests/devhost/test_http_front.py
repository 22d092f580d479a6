"""Requests over a real socket, against a small app."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from devhost.host import Host
from devhost.host_json import HostOptions
from tests.devhost.echo_app import echo_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.devhost.conftest import Send


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host(echo_app(), settings={}) as running:
        yield running


def test_function_sees_the_request_as_the_real_host_shows_it(host: Host, send: Send) -> None:
    answered = send(
        host,
        "/api/Echo/a%20b/AB%2317%2Fx?q=1&empty=&Q=2&none",
        method="POST",
        body=b"\x00\xff",
        headers={"X-Mixed-Case": "Yes"},
    )

    seen = json.loads(answered.body)
    assert seen["method"] == "POST"
    assert seen["url"] == f"{host.url}/api/Echo/a%20b/AB%2317%2Fx?q=1&empty=&Q=2&none"
    assert seen["params"] == {"q": "1,2"}
    assert seen["route_params"] == {"rest": "a b/AB#17%2Fx"}
    assert seen["headers"]["x-mixed-case"] == "Yes"
    assert seen["headers"]["content-length"] == "2"
    assert seen["body"] == "00ff"
    assert answered.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/api/nowhere"),
        ("GET", "/"),
        ("GET", "/read"),
        ("POST", "/api/read"),
        ("HEAD", "/api/read"),
        ("GET", "/admin/host/status"),
        ("GET", "/api/../admin/functions/read"),
    ],
)
def test_path_or_method_that_no_function_takes_is_an_empty_404(
    host: Host, send: Send, method: str, target: str
) -> None:
    answered = send(host, target, method=method)

    assert (answered.status, answered.body) == (404, b"")


def test_head_has_the_length_and_no_body(host: Host, send: Send) -> None:
    answered = send(host, "/api/head", method="HEAD")

    assert (answered.status, answered.body) == (200, b"")
    assert answered.headers["content-length"] == str(len("HEAD has a body"))


@pytest.mark.parametrize("status", [204, 304])
def test_status_that_has_no_body_is_sent_without_one(host: Host, send: Send, status: int) -> None:
    answered = send(host, f"/api/read?status={status}")

    assert (answered.status, answered.body) == (status, b"")


@pytest.mark.parametrize("status", [201, 404, 409, 418, 500, 599])
def test_status_and_body_of_a_function_are_sent_as_they_are(
    host: Host, send: Send, status: int
) -> None:
    answered = send(host, f"/api/read?status={status}")

    assert (answered.status, answered.body) == (status, b"read")


def test_exception_is_an_empty_500_and_one_traceback(
    host: Host, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    answered = send(host, "/api/fail")

    assert (answered.status, answered.body) == (500, b"")
    [record] = [it for it in caplog.records if it.levelno >= logging.WARNING]
    assert record.exc_info is not None
    assert "the reason" in caplog.text


@pytest.mark.parametrize("value", ["a%0D%0AX-Evil:%201", "%C3%BC", "%01"])
def test_header_that_cannot_be_sent_is_a_500(host: Host, send: Send, value: str) -> None:
    answered = send(host, f"/api/odd?value={value}")

    assert answered.status == 500
    assert "x-evil" not in answered.headers


def test_each_cookie_has_a_line_of_its_own(host: Host, send: Send) -> None:
    answered = send(host, "/api/cookies")

    assert answered.headers.get_all("set-cookie") == [
        "a=1; domain=; path=/; httponly",
        "b=2; domain=; path=/",
    ]


def test_without_a_prefix_functions_lie_at_the_root(send: Send) -> None:
    with Host(echo_app(), settings={}, host_json=HostOptions(route_prefix="")) as host:
        assert host.api == host.url
        assert send(host, "/read").status == 200
        assert send(host, "/api/read").status == 404
