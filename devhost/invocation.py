"""Invoke a function as Microsoft's Python worker does: decode, call, encode.

Plain functions run in the caller's thread, coroutines all in one event loop: one that blocks
holds up the others, as on Azure. What a function raises comes out unchanged.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from devhost import converters
from devhost.answers import Answer, decode_answer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from devhost.functions import Function


_FAR = datetime.max.replace(tzinfo=UTC)


class Request(msgspec.Struct, frozen=True):
    """An HTTP request in the shape that the host gives it."""

    method: str
    url: str
    headers: dict[str, str]
    """Names in lower case."""
    query: dict[str, str]
    params: dict[str, str]
    """Route parameters."""
    body: bytes


class QueueItem(msgspec.Struct, frozen=True):
    """A queue message as a function gets it."""

    body: bytes
    id: str | None = None
    dequeue_count: int = 0
    inserted_at: datetime | None = None
    expires_at: datetime | None = None
    next_visible_at: datetime | None = None
    pop_receipt: str | None = None


class TraceContext:
    """Tracing ids, which the development host does not hand out."""

    trace_parent = ""
    trace_state = ""

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}


class RetryContext:
    """The state of a retry policy, which the development host does not support."""

    retry_count = 0
    max_retry_count = 0
    exception = None


class Context:
    """What a parameter called `context` gets; like the worker's, no azure.functions.Context."""

    thread_local_storage = threading.local()

    def __init__(self, function: Function) -> None:
        self.invocation_id = str(uuid4())
        self.function_name = function.name
        self.function_directory = str(function.directory)
        self.trace_context = TraceContext()
        self.retry_context = RetryContext()


def invoke_http(function: Function, request: Request) -> Answer:
    """Return what *function* answers; raises what it raises, or TypeError for a wrong answer."""
    text = converters.datum
    data = converters.datum(
        {
            "method": text(request.method, "string"),
            "url": text(request.url, "string"),
            "headers": {name: text(value, "string") for name, value in request.headers.items()},
            "query": {name: text(value, "string") for name, value in request.query.items()},
            "params": {name: text(value, "string") for name, value in request.params.items()},
            "body": text(request.body, "bytes"),
        },
        "http",
    )
    result = _call(function, converters.decode("httpTrigger", data))
    return decode_answer(converters.encode_http(result))


def invoke_queue(function: Function, item: QueueItem) -> None:
    """Run *function* on *item*; a body that is no UTF-8 raises UnicodeDecodeError."""
    text = item.body.decode()
    if function.takes_raw:
        _call(function, text)
        return
    metadata = {
        "DequeueCount": converters.datum(str(item.dequeue_count), "json"),
        "ExpirationTime": converters.datum(_moment(item.expires_at or _FAR), "json"),
        "InsertionTime": converters.datum(_moment(item.inserted_at or datetime.now(UTC)), "json"),
        "NextVisibleTime": converters.datum(_moment(item.next_visible_at or _FAR), "json"),
    }
    for name, value in (("Id", item.id), ("PopReceipt", item.pop_receipt)):
        if value is not None:
            metadata[name] = converters.datum(value, "string")
    data = converters.datum(text, "string")
    _call(function, converters.decode("queueTrigger", data, metadata=metadata))


def invoke_timer(function: Function, firing: str) -> None:
    """Run *function*; *firing* is the host's TimerInfo as JSON."""
    if function.takes_raw:
        _call(function, firing)
        return
    _call(function, converters.decode("timerTrigger", converters.datum(firing, "json")))


def _call(function: Function, argument: object) -> object:
    arguments = {function.parameter: argument}
    if function.takes_context:
        arguments["context"] = Context(function)
    result = function.call(**arguments)
    if function.is_async:
        result = _in_loop(result)  # type: ignore[arg-type]  # an async function gives a coroutine
    if result is not None and not function.answers:
        raise RuntimeError(f"function {function.name} returned a value, but has no answer to give")
    return result


def _moment(moment: datetime) -> str:
    return f'"{moment.isoformat()}"'


_loop_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def _in_loop(coroutine: Coroutine[object, object, object]) -> object:
    global _loop  # noqa: PLW0603 — one loop per process, as in the worker
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="async-functions", daemon=True).start()
    return asyncio.run_coroutine_threadsafe(coroutine, _loop).result()
