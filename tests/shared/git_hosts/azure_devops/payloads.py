"""Bodies of service hooks, written after real ones, and where recorded ones may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from shared.model import ProjectId, RepositoryId

_TESTS = Path(__file__).resolve().parents[3]
PAYLOADS = _TESTS / "payloads" / "azure_devops"
RECORDED = _TESTS.parents[1] / "shared" / "data" / "azure-devops" / "events"
"""Not part of the project: tests that read them skip where they are absent."""

ORGANIZATION = "11111111-aaaa-4000-8000-000000000001"
ACCOUNT = "11111111-aaaa-4000-8000-000000000002"
PROJECT = ProjectId("22222222-bbbb-4000-8000-000000000001")
REPOSITORY = RepositoryId("33333333-cccc-4000-8000-000000000001")
"""What all of them are about."""


def payload(name: str) -> bytes:
    """Return a body."""
    return (PAYLOADS / f"{name}.json").read_bytes()


def changed(name: str, **changes: object) -> bytes:
    """Return a body with other values; `resource__x` is the resource's `x`."""
    body: dict[str, Any] = msgspec.json.decode(payload(name))
    for path, value in changes.items():
        *above, last = path.split("__")
        inner = body
        for key in above:
            inner = inner[key]
        inner[last] = value
    return msgspec.json.encode(body)
