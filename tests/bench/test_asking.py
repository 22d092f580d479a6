"""Every link is asked for, however many an issue has."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import msgspec
import pytest

from bench.asking import ask
from shared.issue_keys import IssueKey

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = 7
LINKS = {
    "PAY-1": [{"kind": "branch", "id": "PAY-1-fix"}, {"kind": "commit", "id": "a" * 40}],
    "PAY-2": [{"kind": "commit", "id": "a" * 40}],
    "PAY-3": [{"kind": "commit", "id": f"{number:040x}"} for number in range(MANY)],
}


class Api(BaseHTTPRequestHandler):
    """Answers as the links endpoint does, two links at a time."""

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        asked = msgspec.json.decode(self.rfile.read(size))["issues"]
        assert len(asked) <= 100
        found = [LINKS.get(key, []) for key in asked]
        issues = [{"links": links[:2], "truncated": len(links) > 2} for links in found]
        self._answer({"issues": issues})

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        start = int(query.partition("cursor=")[2] or 0)
        links = LINKS[path.removeprefix("/links/")]
        following = str(start + 2) if start + 2 < len(links) else None
        self._answer({"links": links[start : start + 2], "next": following})

    def _answer(self, value: object) -> None:
        body = msgspec.json.encode(value)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 — as inherited
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_commits_and_branches_are_gathered_with_all_the_issues_that_they_name(api: str) -> None:
    pay_1, pay_2 = IssueKey("PAY", 1), IssueKey("PAY", 2)

    named = ask(api, {pay_1, pay_2}, token="t")

    assert named.commits == {"a" * 40: {pay_1, pay_2}}
    assert named.branches == {"PAY-1-fix": {pay_1}}
    assert named.links == 3


def test_a_long_list_is_read_to_its_end(api: str) -> None:
    named = ask(api, [IssueKey("PAY", 3)], token="t")

    assert set(named.commits) == {link["id"] for link in LINKS["PAY-3"]}
    assert named.links == MANY


def test_more_issues_than_fit_into_one_question_are_all_asked_for(api: str) -> None:
    named = ask(api, [IssueKey("PAY", number) for number in range(1, 251)], token="t")

    assert named.links == sum(map(len, LINKS.values()))
