"""Run the same invocations through the development host; see worker_side.py."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from devhost.app import load_app
from devhost.declarations import declarations
from devhost.errors import AppInvalidError
from devhost.functions import Function, index
from devhost.invocation import QueueItem, Request, invoke_http, invoke_queue, invoke_timer

if TYPE_CHECKING:
    from devhost.answers import Answer
    from devhost.declarations import Binding


def invoke(step: dict[str, Any], function: Function) -> dict[str, Any]:
    try:
        if step["kind"] == "queue":
            invoke_queue(function, queue_item(step))
        elif step["kind"] == "timer":
            invoke_timer(function, step["firing"])
        else:
            return answer_fields(invoke_http(function, request(step)))
    except Exception as error:  # noqa: BLE001 — whatever it is, is what is compared
        return {"error": type(error).__name__}
    return {"done": True}


def request(step: dict[str, Any]) -> Request:
    fields = {name: step[name] for name in ("method", "url", "headers", "query", "params")}
    return Request(**fields, body=bytes.fromhex(step["body"]))


def queue_item(step: dict[str, Any]) -> QueueItem:
    metadata = step["metadata"]
    return QueueItem(
        step["text"].encode(),
        id=metadata["Id"],
        dequeue_count=metadata["DequeueCount"],
        inserted_at=datetime.fromisoformat(metadata["InsertionTime"]),
        expires_at=datetime.fromisoformat(metadata["ExpirationTime"]),
        next_visible_at=datetime.fromisoformat(metadata["NextVisibleTime"]),
        pop_receipt=metadata["PopReceipt"],
    )


def answer_fields(answer: Answer) -> dict[str, Any]:
    cookies = []
    for cookie in answer.cookies:
        fields = msgspec.structs.asdict(cookie)
        expires = cookie.expires
        fields["expires"] = None if expires is None else int(expires.timestamp())
        cookies.append(fields)
    return {
        "status": answer.status,
        "headers": answer.headers,
        "body": answer.body.hex(),
        "cookies": cookies,
    }


def binding_fields(binding: Binding) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(binding)
    return {name: value for name, value in fields.items() if value is not None}


def run(plan: dict[str, Any]) -> dict[str, Any]:
    try:
        app = load_app(Path(plan["folder"]))
        functions = {function.name: function for function in index(app)}
    except AppInvalidError as error:
        return {"refused": str(error)}
    metadata = {
        it.name: [binding_fields(binding) for binding in it.bindings] for it in declarations(app)
    }
    outcomes = [invoke(step, functions[step["function"]]) for step in plan["steps"]]
    return {"functions": metadata, "outcomes": outcomes}


if __name__ == "__main__":
    the_plan = json.load(sys.stdin)
    os.chdir(the_plan["folder"])
    output, sys.stdout = sys.stdout, sys.stderr
    json.dump(run(the_plan), output)
