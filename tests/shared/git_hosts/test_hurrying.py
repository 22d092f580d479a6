from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import UnavailableError
from shared.git_hosts.hurrying import HurriedSessions
from tests.shared.git_hosts.test_egress import response, saying, silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from tests.shared.conftest import Serve


class Seconds:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_step_whose_time_is_up_asks_nothing_more(serve: Serve) -> None:
    url, heard = serve(saying(response("200 OK")))
    seconds = Seconds()
    sessions = HurriedSessions(seconds=10, now=seconds)
    sessions.send("GET", url, headers={})
    seconds.now += 10

    with pytest.raises(UnavailableError, match="within 10 seconds"):
        sessions.send("GET", url, headers={})

    assert len(heard) == 1


def test_next_step_has_time_of_its_own(serve: Serve) -> None:
    url, _ = serve(saying(response("200 OK")))
    seconds = Seconds()
    sessions = HurriedSessions(seconds=10, now=seconds)
    seconds.now += 11

    sessions.begin_step()

    assert sessions.send("GET", url, headers={}).status == 200


def test_step_may_have_some_times_as_long() -> None:
    seconds = Seconds()
    sessions = HurriedSessions(seconds=10, now=seconds)

    sessions.begin_step(times=3)

    assert sessions.patience().whole == 30


def test_request_is_waited_for_as_long_as_is_left_of_the_step() -> None:
    seconds = Seconds()
    sessions = HurriedSessions(seconds=10, now=seconds)
    seconds.now += 7

    patience = sessions.patience()

    assert (patience.connect, patience.read, patience.whole) == (3, 3, 3)


def _dribbling(connection: socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b"x")


@pytest.mark.parametrize("talk", [silent, _dribbling])
def test_server_that_never_ends_is_given_up(serve: Serve, talk: Callable[[socket], None]) -> None:
    url, _ = serve(talk)

    with pytest.raises(UnavailableError):
        HurriedSessions(seconds=0.2).send("GET", url, headers={})
