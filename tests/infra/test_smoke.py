"""After a deployment somebody looks: is every function listed, and does the app answer?"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from infra.smoke import expected_functions, main, mistake_in_health, mistakes_in_list
from shared import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def answering(*answers: tuple[int, object]) -> Iterator[str]:
    """Serve answers in their order, the last of them for ever."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = left[0] if len(left) == 1 else left.pop(0)
            is_there = self.path == "/api/health"
            self.send_response(status if is_there else 404)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — its name there
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


WELL = (200, {"status": "ok", "version": __version__})


def test_all_functions_listed_is_no_mistake() -> None:
    listed = [f"func-acme/{name}" for name in expected_functions()]

    assert mistakes_in_list(listed, expected_functions()) == []


def test_an_app_that_did_not_load_is_told_of() -> None:
    [told] = mistakes_in_list([], expected_functions())

    assert told.startswith("not listed: ")
    assert "reindex_timer" in told


def test_functions_of_an_older_version_are_told_of() -> None:
    told = mistakes_in_list(["app/now", "app/before"], ["now"])

    assert told == ["listed, and not of this version: before"]


def test_an_app_that_answers_is_well() -> None:
    waits: list[float] = []
    with answering(WELL) as url:
        mistake = mistake_in_health(url, wait=waits.append)

    assert (mistake, waits) == ("", [])


def test_a_first_start_is_waited_for() -> None:
    waits: list[float] = []
    with answering((503, {}), (502, {}), WELL) as url:
        mistake = mistake_in_health(url, wait=waits.append)

    assert (mistake, len(waits)) == ("", 2)


@pytest.mark.parametrize(
    "answer",
    [
        (503, {}),
        (200, {"status": "ok", "version": "0.0.0"}),
        (200, {"status": "ill", "version": __version__}),
        (200, ["ok"]),
    ],
)
def test_an_app_that_does_not_come_is_told_of(answer: tuple[int, object]) -> None:
    with answering(answer) as url:
        mistake = mistake_in_health(url, wait=lambda _: None, tries=3)

    assert mistake.startswith(f"{url}/api/health")


def test_an_address_without_tls_is_not_called() -> None:
    mistake = mistake_in_health("http://links.example.com", wait=lambda _: None)

    assert mistake == "http://links.example.com/api/health does not begin with https://"


def test_without_an_address_it_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    status = main([])

    assert status == 2
    assert "usage" in capsys.readouterr().err
