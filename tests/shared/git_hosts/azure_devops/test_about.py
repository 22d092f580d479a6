from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization
from shared.errors import SignedOutError
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.azure_devops.about import about
from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.git_hosts.dialling import Egress
from shared.interfaces.answers import About
from shared.interfaces.git_host_family import Credential
from tests.shared.git_hosts.azure_devops.conftest import Scripted, good

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devhost.sample_organization import Clock
    from shared.interfaces.git_host import GitHost
    from tests.shared.git_hosts.azure_devops.conftest import Waits

NO_PROJECT = b'{"value": []}'


@pytest.fixture
def collection(tmp_path: Path, clock: Clock) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path, name="Main", clock=clock, server_folder="tfs") as server:
        server.add_project("Web shop")
        server.create_repository("Web shop", "100% café")
        yield server


@pytest.fixture
def servers(clock: Clock, waits: Waits) -> AzureDevOpsServer:
    egress = Egress(AllowList.read("localhost"))
    return AzureDevOpsServer(egress=egress, clock=clock.now, wait=waits)


@pytest.fixture
def server(servers: AzureDevOpsServer, collection: SampleOrganization) -> GitHost:
    return servers.open("Main", url=collection.url, credential=Credential("pat", collection.token))


def test_services_tell_that_they_are_the_services(host: GitHost) -> None:
    assert host.about() == About("Azure DevOps Services", "7.1")


@pytest.mark.parametrize(
    ("ceiling", "preview_from", "expected"),
    [
        ("7.1", "7.2", About("Azure DevOps Server 2022.1 or later", "7.1")),
        ("7.1", "7.1", About("Azure DevOps Server 2022", "7.0")),
        ("6.1", "6.1", About("Azure DevOps Server 2020", "6.0")),
        ("4.1", "4.2", About("Team Foundation Server 2018", "4.1")),
        ("3.2", "3.3", About("Team Foundation Server 2017", "3.2")),
    ],
)
def test_server_is_known_by_the_newest_version_that_it_has_released(
    server: GitHost,
    collection: SampleOrganization,
    ceiling: str,
    preview_from: str,
    expected: About,
) -> None:
    collection.behaviour.newest_api_version = ceiling
    collection.behaviour.preview_from = preview_from

    told = server.about()
    listed = server.listing().about

    assert told == listed == expected


@pytest.mark.parametrize(
    "who", [b"{}", b'{"authenticatedUser": {"id": "AAAAAAAA-aaaa-aaaa-aaaa-aaaaaaaaaaaa"}}']
)
def test_answer_that_takes_us_for_nobody_is_signed_out(
    clock: Clock, waits: Waits, who: bytes
) -> None:
    sessions = Scripted(good(NO_PROJECT), good(who))
    client = Client("https://tfs/Main", token="t", sessions=sessions, clock=clock.now, wait=waits)

    with pytest.raises(SignedOutError):
        about(client)


def test_server_that_does_not_accept_the_token_may_be_set_to_accept_none(
    server: GitHost, collection: SampleOrganization
) -> None:
    collection.revoke_token()

    with pytest.raises(SignedOutError) as refused:
        server.listing()

    assert "IIS Basic Authentication" in refused.value.next_step


def test_server_is_signed_in_to_with_a_user_name_and_a_password(
    servers: AzureDevOpsServer, collection: SampleOrganization
) -> None:
    # Here, any user's password is a token.
    credential = Credential("basic", collection.token, "SHOP\\developer")

    listing = servers.open("Main", url=collection.url, credential=credential).listing()

    assert [one.repository.name for one in listing.repositories] == ["100% café"]


@pytest.mark.parametrize("ceiling", ["5.1", "7.1"])
def test_pages_of_a_server_lie_where_it_is_reached(
    server: GitHost, collection: SampleOrganization, ceiling: str
) -> None:
    collection.behaviour.newest_api_version = ceiling

    listing = server.listing()

    [listed] = listing.repositories
    assert listed.repository.url == f"{collection.url}/Web%20shop/_git/100%25%20caf%C3%A9"
    assert listed.repository.ssh_url.startswith("ssh://localhost:22/tfs/Main/")
    assert listing.notes == ()


@pytest.mark.parametrize("ceiling", ["5.1", "7.1"])
@pytest.mark.parametrize("told", ["http://localhost:8080/tfs", "https://old-name.example/tfs"])
def test_server_that_tells_another_address_than_its_own_is_noted_and_not_followed(
    server: GitHost, collection: SampleOrganization, ceiling: str, told: str
) -> None:
    collection.behaviour.newest_api_version = ceiling
    collection.say_public_url(told)

    listing = server.listing()

    [listed] = listing.repositories
    page = f"{collection.url}/Web%20shop/_git/100%25%20caf%C3%A9"
    assert (listed.repository.url, listed.repository.clone_url) == (page, page)
    assert listed.repository.pages.pull_request == f"{page}/pullrequest/{{}}"
    assert listed.repository.ssh_url.startswith("ssh://localhost:22/")
    [note] = listing.notes
    assert note.code == "server_public_url"
    assert told.removesuffix("/tfs") in note.text
    assert "Administration Console" in note.text
