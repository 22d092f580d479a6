"""A sample organization that answers over HTTP, and the way that the product reaches it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct

from devhost.sample_organization import Clock, SampleOrganization
from shared.git_hosts.azure_devops import AzureDevOps
from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.egress import Answer, Sessions
from shared.interfaces.git_host_family import Credential
from shared.model import ProjectId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.interfaces.git_host import GitHost
    from shared.model import Repository

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


PROJECTS = "/_apis/projects"


class Named(Struct):
    """What has a name."""

    name: str


class Waits:
    """Waits by moving the clock, and remembers for how long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds.append(seconds)
        self._clock.advance(timedelta(seconds=seconds))


class Scripted(Sessions):
    """Answers with what is given, one after the other, and remembers what was asked."""

    def __init__(self, *given: Answer) -> None:
        super().__init__()
        self.given = list(given)
        self.headers: list[dict[str, str]] = []
        self.urls: list[str] = []
        self.bodies: list[bytes] = []

    def send(self, method: str, url: str, *, headers: dict[str, str], **more: Any) -> Answer:
        self.urls.append(f"{method} {url} {more.get('params')}")
        self.headers.append(headers)
        self.bodies.append(more.get("body") or b"")
        return self.given.pop(0)


def good(body: bytes, **headers: str) -> Answer:
    """Return an answer of the API; `_` in a header's name stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(200, {"content-type": "application/json", **named}, body)


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still until it is moved."""
    return Clock(NOW, running=False)


@pytest.fixture
def waits(clock: Clock) -> Waits:
    """Return what waits for the git host."""
    return Waits(clock)


@pytest.fixture
def sample(tmp_path: Path, clock: Clock) -> Iterator[SampleOrganization]:
    """Return an organization with one project, "Shop", and one empty repository, "web"."""
    with SampleOrganization(tmp_path, clock=clock) as started:
        started.add_project("Shop")
        started.create_repository("Shop", "web")
        yield started


@pytest.fixture
def client(sample: SampleOrganization, clock: Clock, waits: Waits) -> Client:
    """Return a client of the organization."""
    return Client(sample.url, token=sample.token, sessions=Sessions(), clock=clock.now, wait=waits)


def projects(client: Client) -> list[str]:
    """Return the names on the first page of projects."""
    found = client.page(PROJECTS, Named, what="project", params={})
    return [project.name for project in found.value]


@pytest.fixture
def family(sample: SampleOrganization, clock: Clock, waits: Waits) -> AzureDevOps:
    """Return Azure DevOps, where the sample organization stands for the services."""
    return AzureDevOps(
        services_url=sample.base_url, sessions=Sessions(), clock=clock.now, wait=waits
    )


@pytest.fixture
def host(family: AzureDevOps, sample: SampleOrganization) -> GitHost:
    """Return the organization, opened with a token that may do everything."""
    return family.open("contoso", url="", credential=Credential("pat", sample.token))


def web_of(host: GitHost) -> Repository:
    """Return the repository "web" as it is listed."""
    return next(r.repository for r in host.listing().repositories if r.repository.name == "web")


def project_of(sample: SampleOrganization, name: str = "Shop") -> ProjectId:
    """Return a project's id."""
    return ProjectId(sample.organization.project(name).id)


@pytest.fixture
def pull_request(sample: SampleOrganization) -> Callable[..., int]:
    """Return a way to open a pull request from a branch of its own."""
    sample.push("web", "main", "Start")

    def open_one(branch: str = "feature", title: str = "A title", **more: Any) -> int:
        sample.push("web", branch, f"Work on {branch}")
        return sample.open_pull_request("web", branch, title, **more)

    return open_one
