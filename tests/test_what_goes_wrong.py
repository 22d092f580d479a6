"""What goes wrong on the git host's side is told with a code, and stops no other repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from devhost.sample_organization import SampleOrganization
from shared.scheduling.ticking import tick
from shared.storage.secrets import make_key_ring
from tests.going_wrong import ODD, REFUSED, Odd, Refused, ended, only_line
from tests.hooks import NONE, deliver, push_event
from tests.shared.web.in_memory import Installation, integration_body
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from devhost.azurite import Azurite
    from shared.configuration import Integration

OTHERS = {"PAY-1": "shop", "PAY-2": "stock"}
"""An issue of each of the other repositories."""


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with a repository for each issue of `OTHERS`."""
    with SampleOrganization(tmp_path / "sample") as started:
        started.add_project("Shop")
        for key, name in OTHERS.items():
            started.create_repository("Shop", name)
            started.push(name, "main", f"{key} Begin {name}")
        yield started


@pytest.fixture
def names(sample: SampleOrganization, tmp_path: Path) -> dict[str, str]:
    """Return what a case of `REFUSED` refers to; the organization fabrikam has no repository."""
    fabrikam = SampleOrganization(tmp_path / "beside", name="fabrikam", beside=sample)
    fabrikam.add_project("Shop")
    return {
        "base": sample.base_url,
        "contoso": sample.url,
        "token": sample.token,
        "fabrikam": fabrikam.url,
        "fabrikams": fabrikam.token,
    }


@pytest.fixture
def installation(sample: SampleOrganization) -> Installation:
    return Installation(clock=sample.clock, services_url=sample.base_url)


def rows(installation: Installation, integration: str) -> dict[str, dict[str, Any]]:
    """Return what is told of an integration's repositories, by name."""
    answered = installation.call("GET", f"integrations/{integration}/repositories")
    return {row["name"]: row for row in answered.json["repositories"]}


def links(installation: Installation, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = installation.call("GET", f"links/{key}").json["links"]
    return found


def others_are_indexed(installation: Installation, integration: str) -> bool:
    """Whether every other repository is idle, and its links are answered."""
    told = rows(installation, integration)
    assert {name: told[name]["state"] for name in OTHERS.values()} == dict.fromkeys(
        OTHERS.values(), "idle"
    )
    for key, name in OTHERS.items():
        [link] = links(installation, key)
        assert (link["repository"]["name"], link["title"]) == (name, f"{key} Begin {name}")
    return True


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_connection_that_is_refused_says_why_and_what_to_do_and_the_others_are_indexed(
    installation: Installation, sample: SampleOrganization, names: dict[str, str], case: Refused
) -> None:
    connection = {"kind": "pat", "token": case.token.format(**names)}
    body = integration_body(sample, url=case.url.format(**names), connection=connection)
    connected = installation.connect(sample)

    answered = installation.call("POST", "integrations", body)

    installation.work()
    assert answered.problem == (422, case.code)
    assert case.next_step in answered.json["next_step"]
    [kept] = installation.call("GET", "integrations").json["integrations"]
    assert kept["id"] == connected
    assert kept["state"] == "idle"
    assert others_are_indexed(installation, connected)


@pytest.mark.azurite
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_connection_that_is_refused_on_the_command_line_is_a_line_and_a_status(
    azurite: Azurite, tmp_path: Path, names: dict[str, str], case: Refused
) -> None:
    make_key_ring(tmp_path / "keys.json")
    settings = {
        "AzureWebJobsStorage": azurite.connection_string,
        "LOCAL_KEY_RING": "keys.json",
        "AZURE_DEVOPS_URL": names["base"],
    }
    words = ("integration", "add", "--url", case.url.format(**names))
    token = case.token.format(**names)

    done = ended(tmp_path, "admin_console", *words, typed=token, settings=settings)

    line = only_line(done)
    assert done.returncode == case.exit_status
    assert line.startswith(f"{case.code}: ")
    assert case.next_step in line


@pytest.mark.parametrize("case", ODD.values(), ids=ODD.keys())
def test_what_is_odd_in_one_repository_is_understood_and_the_others_are_indexed(
    installation: Installation, sample: SampleOrganization, case: Odd
) -> None:
    if case.project != "Shop":
        sample.add_project(case.project)
    sample.create_repository(case.project, case.name)
    case.happens(sample)
    connected = installation.connect(sample)

    installation.work()

    row = rows(installation, connected)[case.name]
    assert row["left_out"] == case.left_out
    assert row["state"] == ("left_out" if case.left_out else "idle")
    assert {k: [one["title"] for one in links(installation, k)] for k in case.titles} == case.titles
    assert installation.call("GET", f"integrations/{connected}/status").json["state"] == "idle"
    assert others_are_indexed(installation, connected)


def test_addresses_of_odd_names_lead_to_what_they_name(
    installation: Installation, sample: SampleOrganization
) -> None:
    case = ODD["names with blanks and #"]
    sample.add_project(case.project)
    sample.create_repository(case.project, case.name)
    case.happens(sample)
    installation.connect(sample)
    installation.work()

    [[commit], [branch]] = [links(installation, key) for key in case.titles]

    repository = ["", "contoso", case.project, "_git", case.name]
    for url, rest in ((commit["url"], ["commit", commit["id"]]), (branch["url"], [])):
        assert [unquote(part) for part in urlsplit(url).path.split("/")] == [*repository, *rest]
        assert not urlsplit(url).fragment
    assert parse_qs(urlsplit(branch["url"]).query)["version"] == ["GBfix/#12-PAY-71"]


def a_service_hook(world: World, integration: Integration, commit: str) -> None:
    told = push_event(world, (commit, "PAY-70 Fill it"), old=NONE, new=commit, repository="odd")
    deliver(world, integration, told)


def the_timer(world: World, integration: Integration, commit: str) -> None:
    world.clock.pass_by(hours=2)
    tick(world.services, now=world.clock())


@pytest.mark.parametrize("told_by", [a_service_hook, the_timer], ids=lambda it: it.__name__)
def test_empty_repository_is_back_as_soon_as_it_has_a_branch(
    sample: SampleOrganization, told_by: Callable[[World, Integration, str], None]
) -> None:
    sample.create_repository("Shop", "odd")
    world = World(sample)
    integration = world.connect()
    world.work()
    before = {name: one.state for name, one in world.repositories(integration).items()}
    commit = sample.push("odd", "main", "PAY-70 Fill it")

    told_by(world, integration, commit)
    world.work()

    idle = dict.fromkeys((*OTHERS.values(), "odd"), "idle")
    assert before == {**idle, "odd": "left_out"}
    assert {n: one.state for n, one in world.repositories(integration).items()} == idle
    assert world.links("PAY-70") == [("commit", commit)]
