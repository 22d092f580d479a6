"""Run invocations through Microsoft's Python worker, azure-functions-runtime.

A program of its own, so that an app is imported into a fresh process: the plan comes as JSON on
standard input, what the worker made of it goes to standard output. The worker takes its
message classes from the caller; small stand-ins do.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as worker  # type: ignore[import-not-found,unused-ignore]  # 3.13 and later

_TEXTS = ("Id", "PopReceipt")
"""What the host sends as text; it sends everything else as JSON."""


class Message(SimpleNamespace):
    """Any message of the protocol: the fields it was made with."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 — protobuf's own name
        return next(iter(vars(self)), None)


class BindingInfo(Message):
    undefined = 0
    out = 1
    inout = 2


class StatusResult(Message):
    Failure = 0
    Success = 1


class RpcHttpCookie(Message):
    SameSite = SimpleNamespace(None_=None, Lax="lax", Strict="strict", ExplicitNone="none")


setattr(RpcHttpCookie.SameSite, "None", None)


class Protos:
    """The module of message classes that the worker asks for."""

    BindingInfo = BindingInfo
    StatusResult = StatusResult
    RpcHttpCookie = RpcHttpCookie

    def __getattr__(self, name: str) -> type[Message]:
        return Message


def ask(request: Message) -> Any:
    return SimpleNamespace(request=request, properties={"host": "127.0.0.1", "protos": Protos()})


def input_of(step: dict[str, Any]) -> tuple[Message, dict[str, Message]]:
    """Return the trigger's data and metadata."""
    if step["kind"] == "http":
        body = bytes.fromhex(step["body"])
        http = SimpleNamespace(
            method=step["method"],
            url=step["url"],
            headers=step["headers"],
            query=step["query"],
            params=step["params"],
            body=Message(bytes=body) if body else Message(),
        )
        return Message(http=http), {}
    if step["kind"] == "queue":
        return Message(string=step["text"]), {
            name: Message(string=value) if name in _TEXTS else Message(json=json.dumps(value))
            for name, value in step["metadata"].items()
        }
    return Message(json=step["firing"]), {}


async def invoke(step: dict[str, Any], function: Message) -> dict[str, Any]:
    data, metadata = input_of(step)
    parameter = next(
        name for name, binding in function.bindings.items() if binding.type.endswith("Trigger")
    )
    request = SimpleNamespace(
        invocation_id="1",
        function_id=function.function_id,
        input_data=[SimpleNamespace(name=parameter, data=data, WhichOneof=lambda _: "data")],
        trigger_metadata=metadata,
        trace_context=SimpleNamespace(trace_parent="", trace_state="", attributes={}),
        retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
    )
    response = await worker.invocation_request(ask(Message(invocation_request=request)))
    if response.result.status == StatusResult.Failure:
        return {"error": response.result.exception.message.partition(":")[0]}
    returned = response.return_value
    if returned is None:
        return {"done": True}
    if returned.WhichOneof("data") == "string":
        # The worker sends a returned text as such; the host makes this answer of it.
        headers = {"content-type": "text/plain; charset=utf-8"}
        body = returned.string.encode().hex()
        return {"status": 200, "headers": headers, "body": body, "cookies": []}
    http = returned.http
    return {
        "status": int(http.status_code),
        "headers": http.headers,
        "body": http.body.bytes.hex(),
        "cookies": [cookie_fields(cookie) for cookie in http.cookies or []],
    }


def cookie_fields(cookie: Message) -> dict[str, Any]:
    def value(field: Any) -> Any:
        return None if field is None else field.value

    expires = value(cookie.expires)
    return {
        "name": cookie.name,
        "value": cookie.value,
        "domain": value(cookie.domain),
        "path": value(cookie.path),
        "expires": None if expires is None else expires.seconds,
        "max_age": value(cookie.max_age),
        "secure": value(cookie.secure),
        "http_only": value(cookie.http_only),
        "same_site": cookie.same_site,
    }


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    worker.start_threadpool_executor()
    init = SimpleNamespace(capabilities={}, function_app_directory=plan["folder"])
    begun = await worker.worker_init_request(ask(Message(worker_init_request=init)))
    if begun.result.status == StatusResult.Failure:
        return {"refused": begun.result.exception.message}
    listed = await worker.functions_metadata_request(ask(Message()))
    functions = {it.name: it for it in listed.function_metadata_results or []}
    metadata = {name: [json.loads(it) for it in fn.raw_bindings] for name, fn in functions.items()}
    outcomes = [await invoke(step, functions[step["function"]]) for step in plan["steps"]]
    return {"functions": metadata, "outcomes": outcomes}


if __name__ == "__main__":
    the_plan = json.load(sys.stdin)
    os.chdir(the_plan["folder"])
    sys.path.insert(0, the_plan["folder"])
    # What the app prints must not get between the JSON.
    output, sys.stdout = sys.stdout, sys.stderr
    json.dump(asyncio.run(run(the_plan)), output)
    output.flush()
    os._exit(0)
