"""Starting, stopping, pausing and resuming over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def path(installation: Installation, sample: SampleOrganization) -> str:
    """Return the path of an integration that is connected, and not indexed yet."""
    return f"integrations/{installation.connect(sample)}"


def status(installation: Installation, path: str) -> Any:
    return installation.call("GET", f"{path}/status").json


def actions(installation: Installation) -> list[str]:
    return [entry["action"] for entry in installation.call("GET", "audit").json["entries"]]


def test_cancelled_reindex_is_told_as_cancelled(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.work()
    run = installation.call("POST", f"{path}/reindex").json
    going = status(installation, path)

    answered = installation.call("POST", f"{path}/cancel")

    assert going["run"] == {
        "run": run["run"],
        "state": "running",
        "started_at": run["started_at"],
        "repositories": 3,
        "failed": 0,
    }
    assert (answered.status, answered.json["state"]) == (200, "idle")
    assert answered.json["run"] == {**going["run"], "state": "cancelled"}
    assert status(installation, path) == answered.json


def test_reindex_after_a_cancellation_is_another_run(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.work()
    first = installation.call("POST", f"{path}/reindex").json
    installation.call("POST", f"{path}/cancel")
    sample.push("part-00", "main", "PAY-99 Later")

    second = installation.call("POST", f"{path}/reindex").json
    installation.work()

    assert second["run"] != first["run"]
    assert len(installation.call("GET", "links/PAY-99").json["links"]) == 1
    assert status(installation, path)["run"]["state"] == "done"


def test_progress_of_a_run_counts_what_is_through_with_it(
    installation: Installation, path: str
) -> None:
    installation.work()
    installation.call("POST", f"{path}/reindex")
    before = status(installation, path)["progress"]
    installation.work()
    after = status(installation, path)["progress"]

    done = [(p["repositories_total"], p["repositories_done"]) for p in (before, after)]
    assert done == [(3, 0), (3, 3)]


def test_paused_integration_leaves_its_git_host_alone(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.work()
    answered = installation.call("POST", f"{path}/pause")
    sample.calls.reset()

    installation.call("POST", f"{path}/reindex")
    installation.work()

    assert (answered.status, answered.json["state"]) == (200, "paused")
    assert installation.call("GET", path).json["state"] == "paused"
    assert len(sample.calls) == 0


def test_resumed_integration_catches_up(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.work()
    installation.call("POST", f"{path}/pause")
    sample.push("part-00", "main", "PAY-99 Later")
    sample.create_repository("Shop", "new")
    sample.push("new", "main", "PAY-98 New")
    installation.work()

    answered = installation.call("POST", f"{path}/resume")
    installation.work()

    assert answered.status == 200
    assert answered.json["state"] in {"indexing", "idle"}
    assert all(
        len(installation.call("GET", f"links/{key}").json["links"]) == 1
        for key in ("PAY-98", "PAY-99")
    )


def test_pausing_before_the_first_index_is_done_loses_none_of_it(
    installation: Installation, path: str
) -> None:
    installation.call("POST", f"{path}/pause")
    installation.work()

    installation.call("POST", f"{path}/resume")
    installation.work()

    assert status(installation, path)["progress"]["repositories_done"] == 3
    assert len(installation.call("GET", "links/PAY-1").json["links"]) == 1


@pytest.mark.parametrize("order", ["pause", "resume"])
def test_said_twice_it_is_as_said_once(installation: Installation, path: str, order: str) -> None:
    installation.work()
    first = installation.call("POST", f"{path}/{order}").json

    second = installation.call("POST", f"{path}/{order}").json

    assert (first["state"], first["run"]) == (second["state"], second["run"])
    assert second["state"] == ("paused" if order == "pause" else "idle")


@pytest.mark.parametrize("order", ["reindex", "cancel", "pause", "resume"])
def test_unknown_integration_is_not_found(installation: Installation, order: str) -> None:
    assert installation.call("POST", f"integrations/none/{order}").problem == (404, "not_found")


@pytest.mark.parametrize("order", ["reindex", "cancel", "pause", "resume"])
def test_only_an_admin_may(installation: Installation, path: str, order: str) -> None:
    token = installation.token("links:read", "code:read", "code:write")

    answered = installation.call("POST", f"{path}/{order}", token=token)

    assert answered.problem == (403, "scope_missing")


def test_what_admins_did_is_audited(installation: Installation, path: str) -> None:
    for order in ("reindex", "cancel", "pause", "resume"):
        installation.call("POST", f"{path}/{order}")

    assert sorted(actions(installation)) == [
        "integration_added",
        "integration_paused",
        "integration_resumed",
        "reindex_cancelled",
        "reindex_started",
    ]
