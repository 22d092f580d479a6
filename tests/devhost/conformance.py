"""Compare the development host with Microsoft's Python worker on one app.

`compare(folder, steps)` runs the app of *folder* through both, each in a process of its own, and
returns what each made of it. Invocations ("steps") are made by `http`, `queue` and `timer`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]
_MOMENT = "2026-11-21T09:00:00.123456+00:00"


class Side(msgspec.Struct, frozen=True):
    """What one of the two made of an app."""

    refused: str | None
    """Why it would load no function at all."""
    functions: dict[str, list[dict[str, Any]]]
    """The bindings by function."""
    outcomes: list[dict[str, Any]]
    """One for each step: an answer, `done`, or the type of the `error`."""


def why_not() -> str | None:
    """Return why nothing can be compared here, or None if it can."""
    if importlib.util.find_spec("azure_functions_runtime") is None:
        return "azure-functions-runtime (Python 3.13 and later) is not installed"
    return None


def compare(
    folder: Path,
    steps: Sequence[dict[str, Any]] = (),
    *,
    settings: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> tuple[Side, Side]:
    """Return what the worker and what the development host make of the app in *folder*.

    Each has *settings* of its own, so that what one does is not seen by the other.
    """
    plan = json.dumps({"folder": str(folder), "steps": list(steps)})
    worker = _run("worker_side.py", plan, settings[0])
    ours = _run("devhost_side.py", plan, settings[1])
    return worker, ours


def http(
    function: str,
    *,
    method: str = "GET",
    url: str = "http://localhost:7071/api/x",
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> dict[str, Any]:
    """Return a request to an HTTP function."""
    return {
        "kind": "http",
        "function": function,
        "method": method,
        "url": url,
        "headers": dict(headers or {}),
        "query": dict(query or {}),
        "params": dict(params or {}),
        "body": body.hex(),
    }


def queue(function: str, text: str, *, dequeue_count: int = 1) -> dict[str, Any]:
    """Return a message to a queue function."""
    metadata = {
        "Id": "11111111-2222-3333-4444-555555555555",
        "DequeueCount": dequeue_count,
        "InsertionTime": _MOMENT,
        "ExpirationTime": _MOMENT,
        "NextVisibleTime": _MOMENT,
        "PopReceipt": "receipt",
    }
    return {"kind": "queue", "function": function, "text": text, "metadata": metadata}


def timer(function: str, *, is_past_due: bool = False) -> dict[str, Any]:
    """Return a firing of a timer function."""
    status = {"Last": _MOMENT, "Next": _MOMENT, "LastUpdated": _MOMENT}
    firing = {
        "Schedule": {"AdjustForDST": True},
        "ScheduleStatus": status,
        "IsPastDue": is_past_due,
    }
    return {"kind": "timer", "function": function, "firing": json.dumps(firing)}


def _run(script: str, plan: str, settings: Mapping[str, str]) -> Side:
    done = subprocess.run(
        [sys.executable, str(_HERE / script)],
        input=plan,
        env={**os.environ, **settings, "PYTHONPATH": str(_ROOT), "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"{script} ended with {done.returncode}:\n{done.stderr}")
    made = json.loads(done.stdout)
    return Side(made.get("refused"), made.get("functions", {}), made.get("outcomes", []))
