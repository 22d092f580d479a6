from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared import __version__
from shared.errors import StorageUnavailableError
from shared.storage.installation import AzureStorage
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from shared.storage.installation import AzureStorage


@pytest.fixture
def installation() -> Installation:
    return Installation()


@pytest.fixture
def on_azurite(azure_storage: AzureStorage) -> Installation:
    """Return an installation in the storage emulator."""
    return Installation(elsewhere=azure_storage)


def test_health_tells_anybody_that_the_installation_lives(installation: Installation) -> None:
    answered = installation.call("GET", "health", token="")

    assert answered.json == {"status": "ok", "version": __version__}


READY = {
    "status": "ok",
    "storage": "ok",
    "queue": "ok",
    "keys": "ok",
    "git_hosts": "ok",
    "troubles": [],
}


def test_readiness_is_told_to_admins(installation: Installation) -> None:
    answered = installation.call("GET", "health/ready")

    assert answered.json == READY
    plugin = installation.token("links:read")
    assert installation.call("GET", "health/ready", token=plugin).problem == (403, "scope_missing")


@pytest.mark.azurite
def test_installation_on_real_storage_is_ready(on_azurite: Installation) -> None:
    # Others leave integrations there, whose git hosts are gone.
    ready = on_azurite.call("GET", "health/ready").json

    assert (ready["storage"], ready["queue"], ready["keys"]) == ("ok", "ok", "ok")


def test_part_that_does_not_answer_is_told_with_what_to_do(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise StorageUnavailableError("Queue storage did not answer.")

    monkeypatch.setattr(installation.storage, "check_queues", fail)

    answered = installation.call("GET", "health/ready")

    assert answered.status == 503
    assert answered.json == {
        **READY,
        "status": "not_ready",
        "queue": "not_ready",
        "troubles": [
            {
                "part": "queue",
                "code": "storage_unavailable",
                "text": "Queue storage did not answer.",
                "next_step": StorageUnavailableError.next_step,
                "integration": None,
            }
        ],
    }


HOSTILE = [
    "nothing",
    "a'b",
    "x'%20or%20PartitionKey%20ne%20'y",
    "%5C",
    "a%23b",
    "a%3Fb",
    "a%09b",
    "a%7Fb",
    "a%0Ab",
    "a%25b",
    "..%2F..",
    "%C3%BC",
    "%F0%9F%9A%80",
    "%22",
    "%3Cscript%3E",
    "x" * 600,
    "x" * 1100,
]


@pytest.mark.azurite
@pytest.mark.parametrize("identifier", HOSTILE, ids=lambda text: text[:20])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "trackers/{}"),
        ("DELETE", "trackers/{}"),
        ("GET", "integrations/{}"),
        ("GET", "integrations/{}/status"),
        ("DELETE", "integrations/{}"),
        ("DELETE", "tokens/{}"),
    ],
)
def test_id_of_any_form_leads_to_no_other_row(
    on_azurite: Installation, method: str, path: str, identifier: str
) -> None:
    answered = on_azurite.call(method, path.format(identifier))

    assert answered.problem == (404, "not_found")
