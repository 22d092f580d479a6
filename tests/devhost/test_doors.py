from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.doors import LoopbackDoor
from devhost.host import Host
from tests.devhost.echo_app import echo_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.devhost.conftest import Send


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host(echo_app(), settings={}) as running:
        yield running


@pytest.mark.parametrize(
    ("level", "key", "status"),
    [
        ("function", None, 401),
        ("function", "wrong", 401),
        ("function", "function", 200),
        ("function", "master", 200),
        ("admin", "function", 401),
        ("admin", "master", 200),
    ],
)
@pytest.mark.parametrize("place", ["header", "query"])
def test_function_asks_for_the_key_of_its_level(
    host: Host, send: Send, level: str, key: str | None, status: int, place: str
) -> None:
    keys = {"function": host.keys.function, "master": host.keys.master, "wrong": "wröng"}
    target, headers = f"/api/level/{level}", {}
    if key is not None and place == "query":
        target += f"?code={keys[key].replace('ö', '%C3%B6')}"
    elif key is not None:
        headers["x-functions-key"] = keys[key].encode().decode("latin-1")

    answered = send(host, target, headers=headers)

    assert answered.status == status
    assert answered.body == (b"in by GET" if status == 200 else b"")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_loopback_name_with_the_port_comes_in(host: Host, send: Send, name: str) -> None:
    assert send(host, "/api/read", headers={"Host": f"{name}:{host.port}"}).status == 200


@pytest.mark.parametrize(
    "name", ["evil.example", "localhost", "localhost:1", "127.0.0.1.evil.example:PORT", "PORT"]
)
def test_other_host_name_stays_outside(host: Host, send: Send, name: str) -> None:
    headers = {"Host": name.replace("PORT", str(host.port))}

    assert send(host, "/api/read", headers=headers).status == 400


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost", "https://localhost:PORT"]
)
def test_page_of_another_origin_stays_outside(host: Host, send: Send, origin: str) -> None:
    headers = {"Origin": origin.replace("PORT", str(host.port))}

    assert send(host, "/api/read", headers=headers).status == 403


def test_page_of_this_origin_comes_in(host: Host, send: Send) -> None:
    assert send(host, "/api/read", headers={"Origin": host.url}).status == 200


def test_a_page_of_another_site_may_send_a_form_to_the_callback_alone() -> None:
    door = LoopbackDoor(7071)
    headers = {"host": "localhost:7071", "origin": "https://login.example"}

    assert door.refusal(headers, path="/api/oauth/callback") is None
    assert door.refusal(headers, path="/api/oauth/start") == (
        403,
        "the Origin header is another site",
    )
    assert door.refusal({**headers, "host": "evil.example"}, path="/api/oauth/callback") is not None
