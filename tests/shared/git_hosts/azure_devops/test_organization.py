from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.sample_organization import Where
from shared.errors import (
    DevlinksError,
    GitHostError,
    MissingError,
    SignedOutError,
)
from shared.interfaces.git_host_family import Credential
from tests.shared.git_hosts.azure_devops.conftest import NOW, web_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from shared.git_hosts.azure_devops import AzureDevOps
    from shared.interfaces.git_host import GitHost


def test_listing_holds_every_project_and_every_repository_of_the_organization(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.add_project("Legacy", source_control="Tfvc")
    sample.add_project("Zahlungen & Café #1")
    sample.create_repository("Zahlungen & Café #1", "payment types")

    listing = host.listing()

    names = {project.name for project in listing.projects}
    assert names == {"Shop", "Legacy", "Zahlungen & Café #1"}
    assert {r.repository.name for r in listing.repositories} == {"web", "payment types"}


@pytest.mark.parametrize(("projects", "calls"), [(499, 1), (500, 1), (501, 2), (1000, 2)])
def test_listing_reads_every_page_of_projects(
    host: GitHost, sample: SampleOrganization, projects: int, calls: int
) -> None:
    for number in range(projects - 1):
        sample.add_project(f"Project {number:04}")

    listing = host.listing()

    assert len({project.id for project in listing.projects}) == projects
    assert len(sample.calls.to("projects")) == calls
    assert len(sample.calls.to("git/repositories")) == 1


def test_listing_of_several_hundred_repositories_is_complete(
    host: GitHost, sample: SampleOrganization
) -> None:
    known = sample.organization.repositories
    web = sample.repository("web")
    for number in range(300):
        copy_id = sample.organization.new_id("copy", number)
        known[copy_id] = msgspec.structs.replace(web, id=copy_id, name=f"web {number}")

    assert len({r.repository.id for r in host.listing().repositories}) == 301


def test_listed_repository_is_told_in_our_words_and_in_the_service_s(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.add_project("Zahlungen & Café #1")
    sample.create_repository("Zahlungen & Café #1", "payment types")
    sample.push("payment types", "trunk/main", "Start")

    found = next(r for r in host.listing().repositories if r.repository.name == "payment types")

    page = f"{sample.url}/Zahlungen%20%26%20Caf%C3%A9%20%231/_git/payment%20types"
    repository = found.repository
    assert repository.id == sample.repository("payment types").id
    assert repository.project == "Zahlungen & Café #1"
    assert repository.organization == "contoso"
    assert repository.default_branch == "trunk/main"
    assert repository.url == repository.clone_url == page
    assert repository.ssh_url.startswith("git@ssh.dev.azure.com:v3/contoso/")
    assert repository.pages.commit == f"{page}/commit/{{}}"
    assert repository.pages.branch == f"{page}?version=GB{{}}"
    assert repository.pages.pull_request == f"{page}/pullrequest/{{}}"
    assert found.as_listed["organization"] == "contoso"
    assert found.as_listed["defaultBranch"] == "refs/heads/trunk/main"


def test_state_of_a_repository_is_listed(host: GitHost, sample: SampleOrganization) -> None:
    sample.push("web", "main", "Start")
    sample.fork_repository("web", "Shop", "fork")
    for name in ("disabled", "maintained"):
        sample.create_repository("Shop", name)
    sample.disable_repository("disabled")
    sample.put_into_maintenance("maintained")
    sample.create_repository("Shop", "deleted")
    sample.delete_repository("deleted")

    found = {r.repository.name: r.repository for r in host.listing().repositories}

    assert found.keys() == {"web", "fork", "disabled", "maintained"}
    assert found["fork"].is_fork
    assert not found["web"].is_fork
    assert found["disabled"].is_disabled
    assert found["maintained"].is_in_maintenance
    assert found["disabled"].default_branch is None


def test_organization_without_a_repository_has_an_empty_listing(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.delete_repository("web")

    assert host.listing().repositories == ()


def test_page_that_fails_makes_no_shorter_listing(
    host: GitHost, sample: SampleOrganization
) -> None:
    for number in range(600):
        sample.add_project(f"Project {number}")
    sample.faults.cut_json(after=1, where=Where(route="projects"))

    with pytest.raises(GitHostError):
        host.listing()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sample: sample.faults.html(times=None, where=Where(route="git/repositories")),
        lambda sample: sample.faults.empty_body(where=Where(route="git/repositories")),
        lambda sample: sample.faults.cut_json(where=Where(route="git/repositories")),
        lambda sample: sample.faults.outage(times=None, where=Where(route="git/repositories")),
        lambda sample: sample.faults.throttle(retry_after=300),
        lambda sample: sample.revoke_token(),
        lambda sample: sample.expire_token(),
        lambda sample: sample.limit_token("vso.work"),
    ],
    ids=["page", "nothing", "cut", "outage", "throttled", "revoked", "expired", "no scope"],
)
def test_failure_is_never_an_empty_listing(
    host: GitHost, sample: SampleOrganization, spoil: Callable[[SampleOrganization], None]
) -> None:
    spoil(sample)

    with pytest.raises(DevlinksError):
        host.listing()


def test_organization_that_there_is_not_is_an_error(
    family: AzureDevOps, sample: SampleOrganization
) -> None:
    with pytest.raises(DevlinksError):
        family.open("fabrikam", url="", credential=Credential("pat", sample.token)).listing()


def test_token_of_another_organization_is_signed_out(
    family: AzureDevOps, sample: SampleOrganization
) -> None:
    other = type(sample)(sample.organization.folder, name="fabrikam", beside=sample)

    with pytest.raises(SignedOutError, match="TF400813"):
        family.open("contoso", url="", credential=Credential("pat", other.token)).listing()


def test_heads_are_all_branches_and_neither_tags_nor_refs_of_pull_requests(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    pull_request("feature/PAY-1-büro#2%20")
    sample.tag("web", "v1", at=sample.head("web", "main"), message="First")

    heads = host.heads(web_of(host))

    assert {branch.name: branch.head for branch in heads.branches} == {
        "main": sample.head("web", "main"),
        "feature/PAY-1-büro#2%20": sample.head("web", "feature/PAY-1-büro#2%20"),
    }


@pytest.mark.parametrize(("branches", "calls"), [(999, 1), (1000, 1), (1001, 2)])
def test_heads_reads_every_page(
    host: GitHost, sample: SampleOrganization, branches: int, calls: int
) -> None:
    start = sample.push("web", "main", "Start")
    sample.move_branches("web", {f"b{number:04}": start for number in range(branches - 1)})

    heads = host.heads(web_of(host))

    assert len({branch.name for branch in heads.branches}) == branches
    assert len(sample.calls.to("refs")) == calls


def test_heads_of_an_empty_repository_are_none(host: GitHost) -> None:
    assert host.heads(web_of(host)).branches == ()


def test_heads_were_observed_when_their_first_page_was_answered(
    host: GitHost, sample: SampleOrganization
) -> None:
    start = sample.push("web", "main", "Start")
    sample.move_branches("web", {f"b{number:04}": start for number in range(1500)})
    repository = web_of(host)
    sample.clock.advance(timedelta(minutes=1))
    # Between the two pages 20 seconds pass.
    sample.faults.slow_down(retry_after=20, where=Where(route="refs"))

    heads = host.heads(repository)

    assert heads.observed_at == NOW + timedelta(minutes=1)
    assert sample.clock.now() == NOW + timedelta(seconds=80)


@pytest.mark.parametrize("hide", ["disable_repository", "delete_repository"])
def test_repository_that_cannot_be_seen_is_missing_and_not_without_branches(
    host: GitHost, sample: SampleOrganization, hide: str
) -> None:
    sample.push("web", "main", "Start")
    repository = web_of(host)
    getattr(sample, hide)("web")

    with pytest.raises(MissingError, match="TF401019"):
        host.heads(repository)
