"""Listing what is too much for one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.sample_organization import Where
from shared.errors import MissingError, ThrottledError, UnavailableError
from shared.git_hosts import egress
from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.azure_devops.listing import list_organization
from shared.git_hosts.egress import Answer, OversizedError
from tests.shared.git_hosts.azure_devops.conftest import Scripted, good

if TYPE_CHECKING:
    from devhost.sample_organization import Clock, SampleOrganization
    from shared.interfaces.git_host import GitHost
    from tests.shared.git_hosts.azure_devops.conftest import Waits

REPOSITORIES = Where(route="git/repositories")
SHOP = {"id": "1" * 32, "name": "Shop", "state": "wellFormed"}
GOING = {"id": "2" * 32, "name": "Going", "state": "deleting"}
WEB = {"id": "3" * 32, "name": "web", "project": SHOP}
NO_PROJECT = Answer(
    404,
    {"content-type": "application/json"},
    b'{"message": "TF200016: The following project does not exist."}',
)


class Oversized(Scripted):
    """Answers the first listing of repositories with more than is read."""

    def send(self, method: str, url: str, **more: object) -> Answer:
        answer = super().send(method, url, **more)  # type: ignore[arg-type]
        if answer.body == b"too much":
            raise OversizedError("dev.azure.com sent too much.")
        return answer


def listed(*values: object) -> Answer:
    return good(msgspec.json.encode({"value": values}))


def client_of(sessions: Scripted, clock: Clock, waits: Waits) -> Client:
    return Client(
        "https://dev.azure.com/acme", token="t", sessions=sessions, clock=clock.now, wait=waits
    )


def test_list_that_does_not_come_in_time_is_read_project_by_project(
    host: GitHost, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.add_project("Payments")
    sample.create_repository("Payments", "ledger")
    sample.add_project("Empty")
    monkeypatch.setattr(egress, "_READ_SECONDS", 0.2)
    sample.faults.slow(seconds=30, where=REPOSITORIES)

    listing = host.listing()

    assert {one.repository.name for one in listing.repositories} == {"web", "ledger"}
    assert len(listing.projects) == 3


def test_list_that_takes_a_gateway_too_long_is_read_project_by_project(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.faults.answer(504, times=3, where=REPOSITORIES)

    listing = host.listing()

    assert [one.repository.name for one in listing.repositories] == ["web"]


def test_service_that_is_down_is_not_asked_for_each_project(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.faults.outage(times=None, where=REPOSITORIES)

    with pytest.raises(UnavailableError):
        host.listing()

    assert len(sample.calls.to("git/repositories")) == 3


def test_list_that_is_too_large_is_asked_for_once_and_read_project_by_project(
    clock: Clock, waits: Waits
) -> None:
    sessions = Oversized(listed(SHOP), good(b"too much"), listed(WEB))

    listing = list_organization(client_of(sessions, clock, waits), "acme")

    assert [one.repository.name for one in listing.repositories] == ["web"]
    assert f"/{SHOP['id']}/_apis/git/repositories" in sessions.urls[-1]


def test_organization_that_does_not_answer_for_a_project_either_is_taken_for_throttled(
    host: GitHost, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "_READ_SECONDS", 0.2)
    sample.faults.slow(seconds=30, times=None, where=REPOSITORIES)

    with pytest.raises(ThrottledError):
        host.listing()


def test_project_that_is_being_deleted_has_no_repositories_any_more(
    clock: Clock, waits: Waits
) -> None:
    sessions = Oversized(listed(GOING, SHOP), good(b"too much"), NO_PROJECT, listed(WEB))

    listing = list_organization(client_of(sessions, clock, waits), "acme")

    assert [one.repository.name for one in listing.repositories] == ["web"]


def test_project_that_vanishes_meanwhile_makes_the_listing_fail(clock: Clock, waits: Waits) -> None:
    sessions = Oversized(listed(SHOP), good(b"too much"), NO_PROJECT)

    with pytest.raises(MissingError):
        list_organization(client_of(sessions, clock, waits), "acme")
