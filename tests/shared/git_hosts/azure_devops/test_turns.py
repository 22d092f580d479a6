"""One identity has no more than so many calls under way, whoever makes them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.azure_devops.turns import MOST_AT_ONCE, turns_of
from shared.git_hosts.basic import basic
from tests.shared.git_hosts.azure_devops.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shared.git_hosts.egress import Sessions, Stream

CLIENTS = 4
CALLS = 10


class Crowded:
    """Sessions that answer nobody until all who can come at once have come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.full = threading.Event()
        self.under_way = self.most = 0

    def send(self, method: str, url: str, **asked: Mapping[str, str]) -> object:
        del method, url, asked
        with self._lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            if self.under_way == MOST_AT_ONCE:
                self.full.set()
        self.full.wait(timeout=10)
        with self._lock:
            self.under_way -= 1
        raise ConnectionError


def client(sessions: Crowded | Streaming, token: str) -> Client:
    given: Sessions = sessions  # type: ignore[assignment]  # all that a client asks of them
    return Client(
        "https://dev.azure.com/contoso",
        token=token,
        sessions=given,
        clock=lambda: NOW,
        wait=lambda _: None,
    )


class Streaming:
    """Sessions whose answers begin, and do not end before somebody says so."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.ended = threading.Event()

    @contextmanager
    def stream(self, method: str, url: str, **asked: Mapping[str, str]) -> Iterator[Stream]:
        del method, url, asked
        self.begun.release()
        self.ended.wait(timeout=10)
        raise ConnectionError
        yield


def fetch(asking: Client) -> None:
    with suppress(ConnectionError), asking.streams.stream("GET", "https://x", headers={}):
        pass


def call(asking: Client) -> None:
    try:
        asking.delete("/_apis/anything", what="anything")
    except ConnectionError:
        return


def test_jobs_of_one_token_have_only_so_many_calls_under_way() -> None:
    sessions = Crowded()
    clients = [client(sessions, "token") for _ in range(CLIENTS)]

    with ThreadPoolExecutor(CLIENTS * CALLS) as pool:
        list(pool.map(call, clients * CALLS))

    assert sessions.most == MOST_AT_ONCE


def test_git_takes_its_turn_among_the_calls() -> None:
    sessions = Streaming()
    asking = client(sessions, "git")
    turns = turns_of("dev.azure.com", basic("", "git")["Authorization"])

    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        fetched = [pool.submit(fetch, asking) for _ in range(MOST_AT_ONCE)]
        begun = [sessions.begun.acquire(timeout=10) for _ in fetched]
        is_free_meanwhile = turns.acquire(blocking=False)
        sessions.ended.set()

    assert all(begun)
    assert not is_free_meanwhile
    assert turns.acquire(blocking=False)


def test_tokens_do_not_wait_for_each_other() -> None:
    first, second = turns_of("dev.azure.com", "one"), turns_of("dev.azure.com", "two")
    elsewhere = turns_of("tfs.example.com", "one")

    assert first is turns_of("dev.azure.com", "one")
    assert len({id(first), id(second), id(elsewhere)}) == 3
