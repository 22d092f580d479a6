from __future__ import annotations

import http.client
import socket
import threading
from typing import TYPE_CHECKING

import azure.functions as func
import pytest

from devhost.errors import PortTakenError, SettingsError, StorageUnreachableError
from devhost.host import Host, worker_threads

if TYPE_CHECKING:
    from tests.conftest import Eventually

NOBODY = (
    "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;"
    "BlobEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:1/a;"
)


def http_app() -> func.FunctionApp:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.route(route="ping")
    def ping(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(f"pong to {req.method}")

    return app


def background_app(*, queue: str = "jobs", schedule: str = "0 * * * * *") -> func.FunctionApp:
    app = func.FunctionApp()

    @app.queue_trigger(arg_name="msg", queue_name=queue, connection="AzureWebJobsStorage")
    def jobs(msg: func.QueueMessage) -> None: ...

    @app.timer_trigger(arg_name="timer", schedule=schedule)
    def tick(timer: func.TimerRequest) -> None: ...

    return app


def test_app_with_http_functions_alone_needs_no_storage() -> None:
    with Host(http_app(), settings={}) as host:
        connection = http.client.HTTPConnection("localhost", host.port, timeout=10)
        connection.request("GET", "/api/ping")

        assert connection.getresponse().read() == b"pong to GET"
        connection.close()


def test_taken_port_is_said_so() -> None:
    with (
        Host(http_app(), settings={}) as host,
        pytest.raises(PortTakenError, match=f"Port {host.port} is taken"),
    ):
        Host(http_app(), settings={}, port=host.port).start()


def test_port_taken_by_another_program_on_ipv6_alone_counts() -> None:
    try:
        other = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with other, pytest.raises(PortTakenError):
        Host(http_app(), settings={}, port=other.getsockname()[1]).start()


def test_port_is_free_again_after_the_stop() -> None:
    with Host(http_app(), settings={}) as host:
        port = host.port

    with Host(http_app(), settings={}, port=port):
        pass


def test_storage_that_does_not_answer_is_said_so() -> None:
    host = Host(background_app(), settings={"AzureWebJobsStorage": NOBODY})

    with pytest.raises(StorageUnreachableError) as caught:
        host.start()

    assert "AzureWebJobsStorage" in caught.value.line()
    assert "\n" not in caught.value.line()


@pytest.mark.parametrize(
    ("app", "storage", "mistakes"),
    [
        (background_app(), None, ["jobs", "tick"]),
        (background_app(), "nonsense", ["jobs", "tick"]),
        (background_app(queue="%NONE%"), NOBODY, ["setting NONE"]),
        (background_app(queue="Bad_Name"), NOBODY, ["Bad_Name"]),
        (background_app(queue="a"), NOBODY, ["queue name"]),
        (background_app(schedule="often"), NOBODY, ["tick"]),
        (background_app(queue="a--b", schedule="%NONE%"), NOBODY, ["a--b", "setting NONE"]),
    ],
)
def test_every_wrong_setting_is_named_with_its_function(
    app: func.FunctionApp, storage: str | None, mistakes: list[str]
) -> None:
    settings = {} if storage is None else {"AzureWebJobsStorage": storage}

    with pytest.raises(SettingsError) as caught:
        Host(app, settings=settings)

    assert len(caught.value.mistakes) == len(mistakes)
    assert all(part in text for part, text in zip(mistakes, caught.value.mistakes, strict=True))


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionError:
        return False
    return True


def test_stop_waits_for_a_request_under_way(eventually: Eventually) -> None:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
    is_here, may_answer = threading.Event(), threading.Event()

    @app.route(route="slow")
    def slow(req: func.HttpRequest) -> func.HttpResponse:
        is_here.set()
        may_answer.wait(timeout=20)
        return func.HttpResponse(f"late {req.method}")

    answers: list[bytes] = []

    def ask(port: int) -> None:
        connection = http.client.HTTPConnection("localhost", port, timeout=20)
        connection.request("GET", "/api/slow")
        answers.append(connection.getresponse().read())
        connection.close()

    host = Host(app, settings={})
    host.start()
    asking = threading.Thread(target=ask, args=(host.port,))
    asking.start()
    assert is_here.wait(timeout=10)
    stopping = threading.Thread(target=host.stop)
    stopping.start()
    assert eventually(lambda: not listens(host.port))
    may_answer.set()
    asking.join(timeout=10)
    stopping.join(timeout=10)

    assert answers == [b"late GET"]


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("32", 32), ("1000", 1000)])
def test_number_of_threads_is_the_workers_setting(text: str, count: int) -> None:
    assert worker_threads({"PYTHON_THREADPOOL_THREAD_COUNT": text}) == count


@pytest.mark.parametrize("text", ["0", "1001", "many", "-1"])
def test_number_of_threads_out_of_bounds_is_the_default(text: str) -> None:
    assert worker_threads({"PYTHON_THREADPOOL_THREAD_COUNT": text}) == worker_threads({})
