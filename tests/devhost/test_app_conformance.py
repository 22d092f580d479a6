"""Microsoft's Python worker runs the app as the development host does."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from shared import access
from shared.bootstrap import build
from shared.settings import read_settings
from shared.storage.secrets import make_key_ring
from shared.trackers import ensure_default_tracker
from tests.devhost import conformance

if TYPE_CHECKING:
    from devhost.azurite import Azurite

if reason := conformance.why_not():
    pytest.skip(reason, allow_module_level=True)

_ROOT = Path(__file__).resolve().parents[2]
_VARYING = frozenset({"x-request-id", "date"})


@pytest.fixture(scope="module")
def settings(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    key_ring = tmp_path_factory.mktemp("keys") / "key_ring.json"
    make_key_ring(key_ring)
    return {"AzureWebJobsStorage": azurite.connection_string, "LOCAL_KEY_RING": str(key_ring)}


@pytest.fixture(scope="module")
def token(settings: dict[str, str]) -> str:
    services = build(read_settings({**os.environ, **settings}))
    ensure_default_tracker(services)
    return access.create_token(services, name="Tests", scopes=("admin", "links:read")).text


def steps(token: str) -> list[dict[str, Any]]:
    """Return an invocation of each kind of function; none of them changes what another sees."""
    bearer = {"authorization": f"Bearer {token}"}
    key = {"issue_key": "PAY-1"}
    nobody = str(uuid4())
    job = json.dumps({"integration": "none", "reason": "discover"}).encode()
    return [
        conformance.http("get_health"),
        conformance.http("get_openapi"),
        conformance.http("get_links", params=key),
        conformance.http("get_links", params=key, headers=bearer),
        conformance.http("get_links", params={"issue_key": "none"}, headers=bearer),
        conformance.http("get_links", params=key, headers=bearer, query={"kinds": "wrong"}),
        conformance.http("query_links", method="POST", headers=bearer, body=b'{"keys": 1}'),
        conformance.http("list_trackers", headers=bearer),
        conformance.http("get_tracker", headers=bearer, params={"tracker_id": "none"}),
        conformance.http("create_integration", method="POST", headers=bearer, body=b"\xff"),
        conformance.http(
            "receive_webhook", method="POST", params={"webhook_id": nobody}, body=b"{}"
        ),
        conformance.queue("index_reindex", base64.b64encode(job).decode()),
        conformance.queue("index_hooks", base64.b64encode(b"unreadable").decode()),
        conformance.queue("give_up_hooks", base64.b64encode(job).decode()),
        conformance.timer("reindex_timer"),
    ]


def test_the_worker_answers_as_the_development_host(settings: dict[str, str], token: str) -> None:
    worker, ours = conformance.compare(_ROOT, steps(token), settings=settings)

    assert worker.refused is None
    assert ours.refused is None
    assert conformance.same_bindings(worker, ours)
    for theirs, mine in zip(worker.outcomes, ours.outcomes, strict=True):
        assert _plain(theirs) == _plain(mine)
    statuses = [outcome.get("status") for outcome in ours.outcomes]
    assert statuses[:4] == [200, 200, 401, 200]


def _plain(outcome: dict[str, Any]) -> dict[str, Any]:
    headers = {
        name.lower(): value
        for name, value in outcome.get("headers", {}).items()
        if name.lower() not in _VARYING
    }
    return {**outcome, "headers": headers}
