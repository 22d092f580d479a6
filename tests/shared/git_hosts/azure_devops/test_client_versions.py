"""Versions that a server serves of everything, and previews that it serves of one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import RefusedError
from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.azure_devops.versions import Versions
from shared.git_hosts.egress import Answer
from tests.shared.git_hosts.azure_devops.conftest import PROJECTS, Named, Scripted, good, projects

if TYPE_CHECKING:
    from devhost.sample_organization import Clock
    from tests.shared.git_hosts.azure_devops.conftest import Waits

ONE = good(b'{"name": "one"}')
LIST = good(b'{"value": [{"name": "Shop"}]}')


def refused(kind: str, text: str = "") -> Answer:
    body = f'{{"message": "{text}", "typeKey": "{kind}"}}'.encode()
    return Answer(400, {"content-type": "application/json"}, body)


PREVIEW = refused("VssInvalidPreviewVersionException", "The requested version is under preview.")
OUT_OF_RANGE = refused("VssVersionOutOfRangeException", "7.1 is out of range; 6.0 is the latest.")


def asked(sessions: Scripted) -> list[str]:
    """Return the api-version of each call."""
    return [url.partition("'api-version': '")[2].partition("'")[0] for url in sessions.urls]


def client_of(sessions: Scripted, clock: Clock, waits: Waits, versions: Versions) -> Client:
    return Client(
        "https://tfs.example.com/Main",
        token="t",
        sessions=sessions,
        clock=clock.now,
        wait=waits,
        versions=versions,
    )


def test_what_is_served_as_a_preview_alone_leaves_the_server_s_version_as_it_is(
    clock: Clock, waits: Waits
) -> None:
    sessions = Scripted(LIST, PREVIEW, ONE, LIST)
    client = client_of(sessions, clock, waits, Versions(clock.now))

    projects(client)
    found = client.get("/_apis/odd", Named, what="thing")
    projects(client)

    assert found.value == Named("one")
    assert asked(sessions) == ["7.1", "7.1", "7.1-preview", "7.1"]
    assert waits.seconds == []


def test_collections_of_one_server_share_what_was_found_out(clock: Clock, waits: Waits) -> None:
    versions = Versions(clock.now)
    first = Scripted(OUT_OF_RANGE, LIST)
    second = Scripted(LIST)
    projects(client_of(first, clock, waits, versions))

    projects(client_of(second, clock, waits, versions))

    assert (asked(first), asked(second)) == (["7.1", "6.0"], ["6.0"])


def test_server_that_has_answered_and_is_set_back_is_asked_with_an_older_version(
    clock: Clock, waits: Waits
) -> None:
    sessions = Scripted(LIST, OUT_OF_RANGE, LIST)
    client = client_of(sessions, clock, waits, Versions(clock.now))

    projects(client)
    projects(client)

    assert asked(sessions) == ["7.1", "7.1", "6.0"]


def test_preview_that_is_refused_as_well_is_asked_for_in_older_versions_to_an_end(
    clock: Clock, waits: Waits
) -> None:
    sessions = Scripted(LIST, *[PREVIEW] * 20)
    client = client_of(sessions, clock, waits, Versions(clock.now))
    projects(client)

    with pytest.raises(RefusedError, match="too old"):
        client.get(PROJECTS, Named, what="thing")
