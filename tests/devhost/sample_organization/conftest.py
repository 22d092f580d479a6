"""A sample organization for tests, a caller of its API, and a receiver of its hooks."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import msgspec
import pytest
import requests

from devhost.sample_organization import Clock, SampleOrganization, tell_stories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Api:
    """Calls the REST API with a token and an API version."""

    def __init__(self, sample: SampleOrganization, token: str = "") -> None:
        self.sample = sample
        self.session = requests.Session()
        self.session.auth = ("", token or sample.token)
        self.session.headers["X-TFS-FedAuthRedirect"] = "Suppress"
        self.session.headers["Accept"] = "application/json"

    def call(
        self, method: str, route: str, body: object = None, *, project: str = "", **query: Any
    ) -> requests.Response:
        """Call a route below `_apis/`; `top` and `skip` are sent as `$top` and `$skip`."""
        scope = f"{project}/" if project else ""
        names = {"top": "$top", "skip": "$skip", "api": "api-version"}
        given = {names.get(name, name.replace("__", ".")): value for name, value in query.items()}
        return self.session.request(
            method,
            f"{self.sample.url}/{scope}_apis/{route}",
            params={"api-version": "7.1", **given},
            json=body,
            allow_redirects=False,
            timeout=20,
        )

    def get(self, route: str, *, project: str = "", **query: Any) -> Any:
        """Return the JSON of a GET that is answered well."""
        answer = self.call("GET", route, project=project, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, route: str, body: object, *, project: str = "", **query: Any) -> Any:
        """Return the JSON of a POST that is answered well."""
        answer = self.call("POST", route, body, project=project, **query)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def patch(self, route: str, body: object, **query: Any) -> Any:
        """Return the JSON of a PATCH that is answered well."""
        answer = self.call("PATCH", route, body, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(
        self, method: str, route: str, body: object = None, **query: Any
    ) -> tuple[int, str]:
        """Return the status and the `typeKey` of an error envelope."""
        answer = self.call(method, route, body, **query)
        return answer.status_code, answer.json()["typeKey"]


class Receiver:
    """A tiny web server that keeps what is posted to it, and answers as it is told."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        """Statuses of the next answers; 200 once they are used up."""
        self.always: int = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.bodies.append(msgspec.json.decode(raw))
                receiver.headers.append(dict(self.headers))
                status = receiver.answers.pop(0) if receiver.answers else receiver.always
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://localhost:{self._server.server_address[1]}/hook"
        # Asked often whether to stop, so that stopping takes no time.
        serve = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        serve.start()

    def of(self, event_type: str) -> list[dict[str, Any]]:
        """Return the bodies of one type of event."""
        return [body for body in self.bodies if body["eventType"] == event_type]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock(NOW, running=False)


@pytest.fixture
def sample(tmp_path: Path, clock: Clock) -> Iterator[SampleOrganization]:
    """An organization with one project, "Shop", and one empty repository, "web"."""
    with SampleOrganization(tmp_path / "organization", clock=clock) as started:
        started.add_project("Shop")
        started.create_repository("Shop", "web")
        yield started


@pytest.fixture
def api(sample: SampleOrganization) -> Api:
    """A caller with a token that may do everything."""
    return Api(sample)


@pytest.fixture
def web(sample: SampleOrganization) -> str:
    """The route of the repository "web"."""
    return f"git/repositories/{sample.repository('web').id}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of service hooks."""
    listening = Receiver()
    yield listening
    listening.close()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleOrganization]:
    """The organization of the stories, for tests that only read."""
    folder = tmp_path_factory.mktemp("stories")
    with SampleOrganization(folder, clock=Clock(NOW, running=False)) as started:
        tell_stories(started)
        yield started


@pytest.fixture(scope="session")
def stories(told: SampleOrganization) -> Api:
    """A caller of the organization of the stories."""
    return Api(told)
