from __future__ import annotations

from typing import TYPE_CHECKING

import azure.functions as func
import pytest

from devhost.host import Host

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Eventually
    from tests.devhost.conftest import Send

pytestmark = pytest.mark.azurite


def app_of(work: Callable[[func.QueueMessage], None]) -> func.FunctionApp:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="AzureWebJobsStorage")
    def jobs(msg: func.QueueMessage) -> None:
        work(msg)

    @app.route(route="page")
    def page(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(req.method)

    return app


def test_admin_runs_a_queue_function_with_the_input_as_its_message(
    settings: dict[str, str], send: Send, eventually: Eventually
) -> None:
    seen: list[tuple[bytes, int | None]] = []

    app = app_of(lambda msg: seen.append((msg.get_body(), msg.dequeue_count)))
    with Host(app, settings=settings) as host:
        answered = send(
            host,
            "/admin/functions/Jobs",
            method="POST",
            body=b'{"input": "{\\"a\\": 1}"}',
            headers={"Content-Type": "application/json"},
        )

        assert (answered.status, answered.body) == (202, b"")
        assert eventually(lambda: seen == [(b'{"a": 1}', 0)])


@pytest.mark.parametrize(
    ("target", "body", "content_type", "status"),
    [
        ("/admin/functions/jobs", b'{"input": 5}', "application/json; charset=utf-8", 202),
        ("/admin/functions/jobs", b"{}", "application/json", 202),
        ("/admin/functions/page", b"{}", "application/json", 202),
        ("/admin/functions/nobody", b"{}", "application/json", 404),
        ("/admin/functions/jobs", b"", "application/json", 400),
        ("/admin/functions/jobs", b'{"input": {"a": 1}}', "application/json", 400),
        ("/admin/functions/jobs", b"null", "application/json", 400),
        ("/admin/functions/jobs", b"{}", "text/plain", 415),
    ],
)
def test_admin_answers_as_the_real_host(
    settings: dict[str, str], send: Send, target: str, body: bytes, content_type: str, status: int
) -> None:
    with Host(app_of(lambda _: None), settings=settings) as host:
        answered = send(
            host, target, method="POST", body=body, headers={"Content-Type": content_type}
        )

    assert answered.status == status
