"""The development host does what Microsoft's Python worker does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.devhost import conformance

if TYPE_CHECKING:
    from pathlib import Path

if reason := conformance.why_not():
    pytest.skip(reason, allow_module_level=True)

RICH_APP = """
import json
import logging

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
blueprint = func.Blueprint()
SEEN = []


@app.route(route="echo/{*rest}")
def echo(req: func.HttpRequest) -> func.HttpResponse:
    print("printing disturbs nobody")
    seen = {
        "method": req.method, "url": req.url, "headers": dict(req.headers),
        "params": dict(req.params), "route_params": dict(req.route_params),
        "body": req.get_body().hex(), "form": dict(req.form),
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json", charset="ascii")


@blueprint.route(route="json", methods=["POST", "PUT"], auth_level=func.AuthLevel.FUNCTION)
async def read_json(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(req.get_json()), status_code=202)


@blueprint.route(route="binary")
def binary(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(bytes(range(256)), mimetype="application/octet-stream")


@blueprint.route(route="empty")
def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204, headers={"X-A": "1", "x-a": "2", "X-B": ""})


@blueprint.route(route="text")
def text(req: func.HttpRequest) -> str:
    return "grüß"


@blueprint.route(route="cookies")
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("x")
    for line in json.loads(req.get_body()):
        response.headers.add("Set-Cookie", line)
    return response


@blueprint.route(route="fail")
def fail(req: func.HttpRequest) -> func.HttpResponse:
    raise LookupError("the reason")


@blueprint.route(route="nothing")
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None


@blueprint.route(route="wrong")
def wrong(req: func.HttpRequest):
    return {"a": 1}


@blueprint.route(route="context")
def in_context(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    told = [context.function_name, context.function_directory, bool(context.invocation_id)]
    return func.HttpResponse(json.dumps(told))


@app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="Store")
def on_message(msg: func.QueueMessage) -> None:
    SEEN.append([
        msg.get_body().hex(), msg.id, msg.dequeue_count, msg.pop_receipt, str(msg.insertion_time),
        str(msg.expiration_time), str(msg.time_next_visible),
    ])


@app.queue_trigger(arg_name="msg", queue_name="plain", connection="Store")
def on_text(msg: str) -> None:
    SEEN.append(msg)


@app.queue_trigger(arg_name="msg", queue_name="json", connection="Store")
async def on_json(msg: func.QueueMessage) -> None:
    SEEN.append(msg.get_json())


@app.queue_trigger(arg_name="msg", queue_name="odd", connection="Store")
def returns_something(msg: func.QueueMessage):
    return "something"


@app.timer_trigger(arg_name="timer", schedule="%SCHEDULE%", run_on_startup=True)
def on_time(timer: func.TimerRequest) -> None:
    SEEN.append([timer.past_due, timer.schedule, timer.schedule_status])


@app.timer_trigger(arg_name="timer", schedule="00:05:00", use_monitor=False)
def on_raw_time(timer: str) -> None:
    SEEN.append(timer)


@app.route(route="seen")
def seen(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(SEEN), mimetype="application/json")


app.register_functions(blueprint)
"""

COOKIES: list[list[str]] = [
    ["a=1"],
    ["a=1; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=60", "b=2; SameSite=None"],
    ["a=1; Domain=example.com; Expires=Thu, 12 Jan 2017 13:55:08 GMT"],
    ["a=1; Expires=Thu, 12-Jan-2017 13:55:08 GMT"],
    ["a=1; Max-Age=soon"],
    ["a=1; SameSite=odd"],
    ["a=b c; Partitioned"],
    ['a="quoted"', "b="],
    ["a=1; b=2"],
]

STEPS: list[dict[str, Any]] = [
    conformance.http("echo"),
    conformance.http(
        "echo",
        method="patch",
        url="http://localhost:7071/api/echo/a%20b?q=1&empty=",
        headers={"x-tag": "a, b,c", "x-empty": "", "x-name": "Zoë", "cookie": "a=1; b=2"},
        query={"q": "1,2", "ü": "€", "": "x"},
        params={"rest": "a b/AB#17%2Fx"},
        body=b"\x00\xff\xfe",
    ),
    conformance.http(
        "echo",
        method="POST",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=b"a=1&b=%C3%BC",
    ),
    conformance.http("read_json", method="POST", body='{"a": "ü"}'.encode()),
    conformance.http("read_json", method="POST", body=b"null"),
    conformance.http("read_json", method="POST", body=b""),
    conformance.http("read_json", method="POST", body=b"\xff"),
    conformance.http("binary"),
    conformance.http("empty"),
    conformance.http("text"),
    conformance.http("fail"),
    conformance.http("nothing"),
    conformance.http("wrong"),
    conformance.http("in_context"),
    *(conformance.http("cookies", body=json.dumps(lines).encode()) for lines in COOKIES),
    conformance.queue("on_message", "grüß", dequeue_count=3),
    conformance.queue("on_message", ""),
    conformance.queue("on_text", '{"a": 1}'),
    conformance.queue("on_json", '{"a": [1, "ü"]}'),
    conformance.queue("on_json", "no json"),
    conformance.queue("returns_something", "x"),
    conformance.timer("on_time"),
    conformance.timer("on_time", is_past_due=True),
    conformance.timer("on_raw_time"),
    conformance.http("seen"),
]


def app_in(folder: Path, text: str) -> Path:
    (folder / "function_app.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> tuple[conformance.Side, conformance.Side]:
    return conformance.compare(app_in(tmp_path_factory.mktemp("rich"), RICH_APP), STEPS)


def test_both_see_the_same_functions_and_bindings(
    rich: tuple[conformance.Side, conformance.Side],
) -> None:
    worker, ours = rich

    assert worker.refused is None
    assert len(worker.functions) == 17
    assert list(ours.functions.items()) == list(worker.functions.items())


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_both_come_to_the_same_outcome(
    rich: tuple[conformance.Side, conformance.Side], number: int
) -> None:
    worker, ours = rich

    assert ours.outcomes[number] == worker.outcomes[number]


def test_outcomes_are_of_every_kind(rich: tuple[conformance.Side, conformance.Side]) -> None:
    kinds = {next(iter(outcome)) for outcome in rich[0].outcomes}

    assert kinds == {"status", "done", "error"}


HEAD = """
import typing
import azure.functions as func
from typing import Optional, TYPE_CHECKING
if TYPE_CHECKING:
    from azure.functions import HttpRequest as OnlyForTypes
app = func.FunctionApp()
"""
ROUTE = '@app.route(route="x")\n'
QUEUE = '@app.queue_trigger(arg_name="msg", queue_name="q", connection="S")\n'
TIMER = '@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")\n'


@pytest.mark.parametrize(
    ("function", "refused"),
    [
        (ROUTE + "def f(req: func.HttpRequest) -> func.HttpResponse: ...", False),
        (ROUTE + "def f(req): ...", False),
        (ROUTE + "def f(req: func.HttpRequest) -> str: ...", False),
        (ROUTE + "def f(req: 'func.HttpRequest') -> 'func.HttpResponse': ...", False),
        (ROUTE + "def f(req: func.HttpRequest, context: func.Context): ...", False),
        (ROUTE + "def f(req: func.HttpRequest, context): ...", False),
        (QUEUE + "def f(msg: func.QueueMessage) -> None: ...", False),
        (QUEUE + "def f(msg: str) -> str: ...", False),
        (QUEUE + "def f(msg: bytes): ...", False),
        (TIMER + "def f(timer: func.TimerRequest) -> None: ...", False),
        (TIMER + "async def f(timer: func.TimerRequest) -> None: ...", False),
        (ROUTE + "def f(req: func.HttpRequest) -> None: ...", True),
        (ROUTE + "def f(req: func.HttpRequest) -> Optional[func.HttpResponse]: ...", True),
        (ROUTE + "def f(req: func.HttpRequest) -> func.HttpResponse | None: ...", True),
        (ROUTE + "def f(req: func.HttpRequest) -> dict: ...", True),
        (ROUTE + "def f(req: func.HttpRequest) -> bytes: ...", True),
        (ROUTE + "def f(req: func.QueueMessage) -> func.HttpResponse: ...", True),
        (ROUTE + "def f(req: Optional[func.HttpRequest]) -> func.HttpResponse: ...", True),
        (ROUTE + "def f(request: func.HttpRequest) -> func.HttpResponse: ...", True),
        (ROUTE + "def f(req: func.HttpRequest, more: int) -> func.HttpResponse: ...", True),
        (ROUTE + "def f(req: 'OnlyForTypes') -> func.HttpResponse: ...", True),
        (ROUTE + "def f(req: func.HttpRequest, context: int) -> func.HttpResponse: ...", True),
        (QUEUE + "def f(msg: func.HttpRequest) -> None: ...", True),
        (QUEUE + "def f(msg: dict) -> None: ...", True),
        (QUEUE + "def f(msg: list[func.QueueMessage]) -> None: ...", True),
        (TIMER + "def f(timer: int) -> None: ...", True),
        (ROUTE + "def f(req): ...\n" + ROUTE.replace("x", "y") + "def f(req): ...", True),
    ],
)
def test_both_refuse_the_same_signatures(tmp_path: Path, function: str, *, refused: bool) -> None:
    worker, ours = conformance.compare(app_in(tmp_path, HEAD + function))

    assert (worker.refused is not None) is refused
    assert (ours.refused is not None) is refused
