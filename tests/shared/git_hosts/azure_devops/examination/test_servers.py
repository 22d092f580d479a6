from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization
from devhost.sample_organization.faults import Where
from shared.git_hosts import hurrying
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.azure_devops import family as of_families
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.git_hosts.dialling import Egress
from shared.git_hosts.hurrying import HurriedSessions
from shared.interfaces.examining import Asked, is_good
from shared.interfaces.git_host_family import Credential
from tests.shared.git_hosts.azure_devops.examination.conftest import told
from tests.shared.git_hosts.test_egress import response, saying, silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devhost.sample_organization import Clock
    from shared.interfaces.examining import Step
    from tests.shared.conftest import Serve
    from tests.shared.git_hosts.azure_devops.conftest import Waits


@pytest.fixture
def collection(tmp_path: Path, clock: Clock) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path, name="Main", clock=clock, server_folder="tfs") as server:
        server.add_project("Shop")
        server.create_repository("Shop", "web")
        server.push("web", "main", "PAY-1 Start")
        yield server


@pytest.fixture
def servers(clock: Clock, waits: Waits) -> AzureDevOpsServer:
    egress = Egress(AllowList.read("localhost"))
    return AzureDevOpsServer(egress=egress, clock=clock.now, wait=waits)


def examined(servers: AzureDevOpsServer, url: str, credential: Credential) -> dict[str, Step]:
    address = servers.address(url, ["Main"])
    steps = servers.examine(address, credential, asked=Asked())
    return {step.step: step for step in steps}


def test_server_that_lacks_nothing_is_good_in_every_step(
    servers: AzureDevOpsServer, collection: SampleOrganization
) -> None:
    steps = examined(servers, collection.url, Credential("pat", collection.token))

    ended = told(steps)
    assert "tenant" not in ended
    assert {name for name, ok in ended.items() if ok is not True} == {"code_write"}
    assert steps["public_url"].ok is True


@pytest.mark.parametrize(
    ("newest", "product"),
    [
        ("7.1", "Azure DevOps Server 2022.1 or later"),
        ("6.0", "Azure DevOps Server 2020"),
        ("3.2", "Team Foundation Server 2017"),
    ],
)
def test_server_is_told_by_its_product_and_version(
    servers: AzureDevOpsServer, collection: SampleOrganization, newest: str, product: str
) -> None:
    collection.behaviour.newest_api_version = newest

    steps = examined(servers, collection.url, Credential("pat", collection.token))

    expected = f"{product} answers, and is asked with api-version {newest}."
    assert steps["version"].message == expected
    assert is_good(steps.values())


def test_server_that_is_too_old_is_told_so_before_anything_else(
    servers: AzureDevOpsServer, collection: SampleOrganization
) -> None:
    collection.behaviour.newest_api_version = "2.0"

    steps = examined(servers, collection.url, Credential("pat", collection.token))

    assert steps["version"].ok is False
    assert "too old" in steps["version"].message
    assert "2017" in steps["version"].next_step
    assert steps["sign_in"].message == "Not asked: the server is too old."


@pytest.mark.parametrize("public_url", ["http://localhost:8080/tfs", "https://old.example/tfs"])
def test_server_that_names_itself_otherwise_is_told_where_to_correct_it(
    servers: AzureDevOpsServer, collection: SampleOrganization, public_url: str
) -> None:
    collection.say_public_url(public_url)

    steps = examined(servers, collection.url, Credential("pat", collection.token))

    step = steps["public_url"]
    assert (step.ok, step.is_needed) == (False, False)
    assert public_url.removesuffix("/tfs") in step.message
    assert "Set the Public URL" in step.next_step
    assert is_good(steps.values())


def test_server_where_tokens_do_not_work_says_what_does(
    servers: AzureDevOpsServer, collection: SampleOrganization
) -> None:
    collection.revoke_token()

    steps = examined(servers, collection.url, Credential("pat", collection.token))

    assert steps["sign_in"].ok is False
    assert "IIS Basic" in steps["sign_in"].next_step


def test_password_is_tried_as_a_token_is(
    servers: AzureDevOpsServer, collection: SampleOrganization
) -> None:
    credential = Credential("basic", collection.token, "SHOP\\developer")

    steps = examined(servers, collection.url, credential)

    assert is_good(steps.values())
    assert steps["sign_in"].command.startswith("""curl -u 'SHOP\\developer':"$TOKEN" """)


def test_server_that_never_answers_costs_one_step_s_time(
    servers: AzureDevOpsServer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, heard = serve(silent)
    monkeypatch.setattr(
        of_families, "HurriedSessions", lambda egress: HurriedSessions(egress, seconds=0.2)
    )

    steps = examined(servers, f"{url}/tfs", Credential("pat", "abc"))

    # One connection of the way there, and one question.
    assert len(heard) == 2
    assert steps["sign_in"].ok is False
    assert "did not answer" in steps["sign_in"].message
    assert "waits as if asked to" not in steps["sign_in"].message
    assert {steps[name].ok for name in ("projects", "code_read", "version")} == {None}
    assert hurrying.STEP_SECONDS <= 10


def test_list_that_takes_long_is_no_obstacle(
    servers: AzureDevOpsServer, collection: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Where(route="git/repositories")
    collection.faults.slow(seconds=60, times=None, where=where)
    monkeypatch.setattr(
        of_families, "HurriedSessions", lambda egress: HurriedSessions(egress, seconds=0.5)
    )

    steps = examined(servers, collection.url, Credential("pat", collection.token))

    assert steps["code_read"].ok is None
    assert "waits for it for longer" in steps["code_read"].next_step
    assert "repositories" not in steps
    assert steps["tfvc"].ok is None
    assert steps["service_hooks"].ok is True
    assert is_good(steps.values())


def test_redirect_to_another_host_is_not_followed(servers: AzureDevOpsServer, serve: Serve) -> None:
    elsewhere, heard = serve(saying(response("200 OK")))
    url, _ = serve(saying(response("302 Found", f"Location: {elsewhere}/tfs/_apis")))

    steps = examined(servers, f"{url}/tfs", Credential("pat", "abc"))

    assert steps["sign_in"].ok is False
    assert heard == []


def test_server_within_the_own_network_is_refused_before_it_is_called(
    clock: Clock, waits: Waits, serve: Serve
) -> None:
    url, heard = serve(saying(response("200 OK")))
    servers = AzureDevOpsServer(egress=Egress(), clock=clock.now, wait=waits)

    steps = examined(servers, url.replace("http://", "https://"), Credential("pat", "abc"))

    assert steps["dns"].ok is False
    assert steps["sign_in"].ok is None
    assert heard == []
