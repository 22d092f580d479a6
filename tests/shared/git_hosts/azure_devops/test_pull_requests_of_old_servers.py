"""What is read of pull requests from a server that cannot be asked when they were closed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.azure_devops.pull_requests import closed_pull_requests
from shared.git_hosts.egress import Answer, Sessions
from shared.model import ProjectId
from tests.shared.git_hosts.azure_devops.conftest import NOW, good

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from devhost.sample_organization import Clock
    from tests.shared.git_hosts.azure_devops.conftest import Waits

SINCE = NOW - timedelta(days=1)
LONG_AGO = NOW - timedelta(days=900)
TOO_NEW = (
    b'{"typeKey": "VssVersionOutOfRangeException", "message": "The version 7.1 is out of range. '
    b'The latest this server supports is 6.0."}'
)
FIRST = {"$top": "1", "$skip": "0"}
JSON = {"content-type": "application/json"}


class OldServer(Sessions):
    """Has pull requests, one made each minute, and lists them with the newest first."""

    def __init__(self, count: int, closed: dict[int, datetime]) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.hidden: set[int] = set()
        self._all = [_pull_request(n, count, closed) for n in range(count, 0, -1)]

    def send(self, method: str, url: str, **more: Any) -> Answer:
        params: dict[str, str] = more["params"]
        if params["api-version"] > "6.0":
            return Answer(400, JSON, TOO_NEW)
        last = url.rpartition("/")[2]
        self.asked.append(f"{method} {last}")
        if not last.isdecimal():
            skip = int(params["$skip"])
            page = self._all[skip : skip + int(params["$top"])]
            return good(msgspec.json.encode({"value": page}))
        if int(last) in self.hidden:
            return Answer(404, JSON, b'{"message": "TF401180: There is none."}')
        return good(msgspec.json.encode(self._all[-int(last)]))


def _pull_request(number: int, count: int, closed: dict[int, datetime]) -> dict[str, Any]:
    closed_at = closed.get(number)
    return {
        "pullRequestId": number,
        "repository": {"id": "0d5bb114-7bd9-4ae1-8554-aec3d164f94c"},
        "title": f"Number {number}",
        "status": "active" if closed_at is None else "completed",
        "sourceRefName": "refs/heads/a",
        "targetRefName": "refs/heads/main",
        "creationDate": LONG_AGO - timedelta(minutes=count - number),
        **({"closedDate": closed_at} if closed_at else {}),
    }


def client_of(server: OldServer, clock: Clock, waits: Waits) -> Client:
    return Client("https://tfs/Main", token="t", sessions=server, clock=clock.now, wait=waits)


def closed_of(
    server: OldServer, clock: Clock, waits: Waits, *, gone: Collection[int] | None
) -> list[int]:
    client = client_of(server, clock, waits)
    client.page("/p/_apis/git/pullrequests", dict[str, Any], what="first", params=FIRST)
    server.asked.clear()
    pages = closed_pull_requests(client, ProjectId("p"), since=SINCE, gone=gone)
    return [p.number for page in pages for p in page.pull_requests]


def test_one_opened_long_before_a_page_of_others_is_read_by_its_number(
    clock: Clock, waits: Waits
) -> None:
    server = OldServer(2500, {7: NOW, 2400: NOW, 2300: LONG_AGO})

    found = closed_of(server, clock, waits, gone={7, 2400})

    assert found == [2400, 7]
    assert server.asked == ["GET pullrequests", "GET 7"]


def test_where_nobody_looked_before_everything_is_gone_through(clock: Clock, waits: Waits) -> None:
    server = OldServer(2500, {7: NOW, 1200: LONG_AGO, 2400: SINCE})

    found = closed_of(server, clock, waits, gone=None)

    assert found == [2400, 7]
    assert server.asked == ["GET pullrequests"] * 3


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_list_ends_with_a_page_that_is_not_full(clock: Clock, waits: Waits, count: int) -> None:
    server = OldServer(count, {})

    assert closed_of(server, clock, waits, gone=None) == []
    assert len(server.asked) == (2 if count == 1000 else 1)


def test_one_that_is_gone_with_its_repository_does_not_stop_the_others(
    clock: Clock, waits: Waits
) -> None:
    server = OldServer(2500, {7: NOW, 8: NOW})
    server.hidden = {7}

    assert closed_of(server, clock, waits, gone={7, 8}) == [8]


def test_one_that_was_opened_again_meanwhile_is_told_as_open(clock: Clock, waits: Waits) -> None:
    server = OldServer(2500, {})

    assert closed_of(server, clock, waits, gone={9}) == [9]


def test_answer_of_a_server_that_turns_out_to_be_old_only_then_is_not_believed(
    clock: Clock, waits: Waits
) -> None:
    server = OldServer(3, {1: NOW, 2: LONG_AGO})

    pages = closed_pull_requests(
        client_of(server, clock, waits), ProjectId("p"), since=SINCE, gone=None
    )

    assert [p.number for page in pages for p in page.pull_requests] == [1]
