from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import azure.functions as func
import pytest

from devhost.functions import Function, index
from devhost.invocation import (
    QueueItem,
    Request,
    invoke_http,
    invoke_queue,
    invoke_timer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST = Request(
    method="POST",
    url="http://localhost:7071/api/x",
    headers={"x-a": "1"},
    query={"q": "2"},
    params={"r": "3"},
    body=b"\x00\xff",
)


def http(call: Callable[..., Any]) -> Function:
    app = func.FunctionApp()
    app.route(route="x")(call)
    return index(app)[0]


def queue(call: Callable[..., Any]) -> Function:
    app = func.FunctionApp()
    app.queue_trigger(arg_name="msg", queue_name="jobs", connection="S")(call)
    return index(app)[0]


def timer(call: Callable[..., Any]) -> Function:
    app = func.FunctionApp()
    app.timer_trigger(arg_name="timer", schedule="0 * * * * *")(call)
    return index(app)[0]


def test_http_function_gets_the_request_as_it_came() -> None:
    seen: list[func.HttpRequest] = []

    def call(req: func.HttpRequest) -> func.HttpResponse:
        seen.append(req)
        return func.HttpResponse(b"\xff\x00", status_code=201, mimetype="application/x")

    answer = invoke_http(http(call), REQUEST)

    [req] = seen
    assert (req.method, req.url, req.get_body()) == ("POST", REQUEST.url, b"\x00\xff")
    assert (dict(req.headers), dict(req.params)) == ({"x-a": "1"}, {"q": "2"})
    assert dict(req.route_params) == {"r": "3"}
    assert (answer.status, answer.body) == (201, b"\xff\x00")
    assert answer.headers == {"content-type": "application/x"}


def test_async_function_is_awaited() -> None:
    async def call(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(req.method)

    assert invoke_http(http(call), REQUEST).body == b"POST"


def test_context_names_function_folder_and_invocation() -> None:
    seen: list[func.Context] = []

    def call(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        seen.append(context)
        return func.HttpResponse(req.method)

    function = http(call)
    invoke_http(function, REQUEST)
    invoke_http(function, REQUEST)

    assert seen[0].function_name == "call"
    assert __file__.startswith(seen[0].function_directory)
    assert seen[0].invocation_id != seen[1].invocation_id


def test_what_a_function_raises_comes_out_unchanged() -> None:
    def call(req: func.HttpRequest) -> func.HttpResponse:
        raise LookupError(req.method)

    with pytest.raises(LookupError, match="POST"):
        invoke_http(http(call), REQUEST)


def test_queue_function_gets_message_and_metadata() -> None:
    seen: list[func.QueueMessage] = []
    at = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
    item = QueueItem(
        '{"a": "ü"}'.encode(), id="1", dequeue_count=3, inserted_at=at, expires_at=at,
        next_visible_at=at, pop_receipt="r",
    )  # fmt: skip

    def call(msg: func.QueueMessage) -> None:
        seen.append(msg)

    invoke_queue(queue(call), item)

    [message] = seen
    assert message.get_json() == {"a": "ü"}
    assert (message.id, message.dequeue_count, message.pop_receipt) == ("1", 3, "r")
    assert (message.insertion_time, message.expiration_time, message.time_next_visible) == (
        at, at, at,
    )  # fmt: skip


def test_queue_function_that_asks_for_text_gets_text() -> None:
    seen: list[str] = []

    def call(msg: str) -> None:
        seen.append(msg)

    invoke_queue(queue(call), QueueItem("grüß".encode()))

    assert seen == ["grüß"]


def test_message_that_is_no_utf_8_fails() -> None:
    def call(msg: func.QueueMessage) -> None: ...

    with pytest.raises(UnicodeDecodeError):
        invoke_queue(queue(call), QueueItem(b"\xff"))


def test_queue_function_that_returns_something_fails() -> None:
    def call(msg: func.QueueMessage) -> str:
        return str(msg.id)

    with pytest.raises(RuntimeError, match="returned a value"):
        invoke_queue(queue(call), QueueItem(b"x"))


def test_timer_function_gets_the_state_of_its_schedule() -> None:
    seen: list[func.TimerRequest] = []
    firing = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": True}

    def call(timer: func.TimerRequest) -> None:
        seen.append(timer)

    invoke_timer(timer(call), json.dumps(firing))

    [request] = seen
    assert request.past_due is True
    # The abstract class of 1.x does not declare these two.
    assert vars(type(request))["schedule"].fget(request) == {"AdjustForDST": True}
    assert vars(type(request))["schedule_status"].fget(request) == {}
