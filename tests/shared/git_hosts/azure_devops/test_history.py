from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pygit2
import pytest
from msgspec.structs import replace

from shared.errors import (
    DevlinksError,
    MissingError,
    RefusedError,
    SignedOutError,
    ThrottledError,
    UnavailableError,
)
from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.azure_devops.organization import AzureDevOpsOrganization
from shared.git_hosts.egress import Sessions
from shared.interfaces.git_host_family import Credential
from shared.model import CommitId, Tag
from tests.shared.git_hosts.azure_devops.conftest import web_of
from tests.shared.git_hosts.test_egress import response, saying

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import Clock, SampleOrganization
    from devhost.sample_organization.faults import Faults
    from shared.git_hosts.azure_devops import AzureDevOps
    from shared.interfaces.git_host import GitHost
    from shared.model import Commit, Repository
    from tests.shared.conftest import Serve
    from tests.shared.git_hosts.azure_devops.conftest import Waits

WHOLE = "PAY-1 Start\n\nThe body names PAY-2.\n\nReviewed-by: Backend developer"


def history(
    host: GitHost, repository: Repository, *wanted: str, known: tuple[str, ...] = ()
) -> list[Commit]:
    parts = host.history(
        repository, wanted=list(map(CommitId, wanted)), known=list(map(CommitId, known))
    )
    return [commit for part in parts for commit in part]


def git_of(sample: SampleOrganization) -> pygit2.Repository:
    shop = sample.organization.project("Shop")
    found = sample.organization.find_repository("web", shop)
    assert found is not None
    return sample.organization.git.open(found)


def test_whole_messages_and_parents_come_by_two_calls_whatever_their_number(
    host: GitHost, sample: SampleOrganization
) -> None:
    shas = [sample.push("web", "main", f"{WHOLE} {n}") for n in range(30)]
    web = web_of(host)
    sample.calls.reset()

    found = history(host, web, shas[-1])

    assert [(call.method, call.status) for call in sample.calls] == [("GET", 200), ("POST", 200)]
    assert [commit.id for commit in found] == shas[::-1]
    assert found[0].message == f"{WHOLE} 29"
    assert found[0].parents == (shas[28],)
    assert all(commit.is_whole for commit in found)


def test_history_tells_what_the_api_tells_of_each_commit(
    host: GitHost, sample: SampleOrganization
) -> None:
    shas = [sample.push("web", "main", f"{WHOLE} {n}") for n in range(3)]
    web = web_of(host)

    found = history(host, web, shas[-1])

    assert found == [host.commit(web, CommitId(sha)) for sha in reversed(shas)]


def test_only_what_is_not_known_comes(host: GitHost, sample: SampleOrganization) -> None:
    shas = [sample.push("web", "main", f"Step {n}") for n in range(5)]
    side = sample.push("web", "side", "Aside")

    found = history(host, web_of(host), shas[-1], side, known=(shas[2], "d" * 40))

    assert {commit.id for commit in found} == {*shas[3:], side}


@pytest.mark.parametrize("name", ["Shop 2", "Größe", "50% (a)", "don't", "a.b-c_d!"])
def test_names_are_encoded_once_in_the_address(
    family: AzureDevOps, sample: SampleOrganization, name: str
) -> None:
    sample.add_project(name)
    sample.create_repository(name, name)
    sha = sample.push(name, "main", "Start")
    host = family.open("contoso", url="", credential=Credential("pat", sample.token))
    listed = (found.repository for found in host.listing().repositories)
    repository = next(found for found in listed if found.name == name)

    assert [commit.id for commit in history(host, repository, sha)] == [sha]


def test_token_goes_to_our_own_address_whatever_an_answer_says(
    host: GitHost, sample: SampleOrganization, serve: Serve
) -> None:
    elsewhere, heard = serve(saying(response("200 OK")))
    sha = sample.push("web", "main", "Start")
    repository = replace(web_of(host), clone_url=f"{elsewhere}/web", url=f"{elsewhere}/web")

    assert [commit.id for commit in history(host, repository, sha)] == [sha]
    assert heard == []


def test_commit_that_is_not_there_is_missing(host: GitHost, sample: SampleOrganization) -> None:
    sample.push("web", "main", "Start")

    with pytest.raises(MissingError):
        history(host, web_of(host), "d" * 40)


def test_repository_that_is_not_there_is_missing(host: GitHost, sample: SampleOrganization) -> None:
    sha = sample.push("web", "main", "Start")

    with pytest.raises(MissingError):
        history(host, replace(web_of(host), name="gone"), sha)


def test_token_that_is_not_accepted_is_signed_out(
    host: GitHost, sample: SampleOrganization
) -> None:
    sha = sample.push("web", "main", "Start")
    web = web_of(host)
    sample.revoke_token()

    with pytest.raises(SignedOutError):
        history(host, web, sha)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (lambda faults: faults.outage(times=None), UnavailableError),
        (lambda faults: faults.html(times=None), UnavailableError),
        (lambda faults: faults.empty_body(times=None), RefusedError),
        (lambda faults: faults.reset(times=None), UnavailableError),
        (lambda faults: faults.reset(after=1, times=None), UnavailableError),
    ],
    ids=["outage", "HTML", "nothing", "reset", "reset in the pack"],
)
def test_failure_is_told_and_the_next_reading_is_whole(
    host: GitHost,
    sample: SampleOrganization,
    order: Callable[[Faults], None],
    expected: type[DevlinksError],
) -> None:
    shas = [sample.push("web", "main", f"Step {n}") for n in range(3)]
    web = web_of(host)
    order(sample.faults)

    with pytest.raises(expected):
        history(host, web, shas[-1])
    sample.faults.clear()

    assert [commit.id for commit in history(host, web, shas[-1])] == shas[::-1]


def test_service_that_asks_to_wait_is_left_alone_by_git_and_by_the_api(
    host: GitHost, sample: SampleOrganization
) -> None:
    sha = sample.push("web", "main", "Start")
    web = web_of(host)
    sample.faults.throttle(retry_after=120)

    with pytest.raises(ThrottledError):
        history(host, web, sha)
    sample.calls.reset()

    with pytest.raises(ThrottledError):
        history(host, web, sha)
    with pytest.raises(ThrottledError):
        host.heads(web)
    assert len(sample.calls) == 0


def test_short_pause_is_kept_before_git_is_asked(
    host: GitHost, sample: SampleOrganization, waits: Waits
) -> None:
    sha = sample.push("web", "main", "Start")
    web = web_of(host)
    sample.faults.slow_down(retry_after=7, times=1)

    host.heads(web)
    history(host, web, sha)

    assert waits.seconds == [7.0]


def test_all_tags_come_by_one_call_with_what_they_lead_to(
    host: GitHost, sample: SampleOrganization
) -> None:
    first = sample.push("web", "main", "Start")
    git = git_of(sample)
    git.create_reference("refs/tags/light", first)
    someone = git[first].committer
    git.create_tag("v1/a", first, pygit2.enums.ObjectType.COMMIT, someone, "PAY-9 A release")
    web = web_of(host)
    sample.calls.reset()

    found = host.tags(web)

    assert set(found) == {Tag("light", CommitId(first)), Tag("v1/a", CommitId(first))}
    assert len(sample.calls) == 1


def test_tags_come_in_pages(host: GitHost, sample: SampleOrganization) -> None:
    first = sample.push("web", "main", "Start")
    git = git_of(sample)
    for number in range(1100):
        git.create_reference(f"refs/tags/v{number}", first)

    found = host.tags(web_of(host))

    assert {tag.name for tag in found} == {f"v{number}" for number in range(1100)}


def test_credential_is_sent_as_to_the_api(
    host: GitHost, serve: Serve, clock: Clock, sample: SampleOrganization
) -> None:
    web = web_of(host)
    url, heard = serve(saying(response("404 Not Found")))
    client = Client(f"{url}/contoso", token="abc", sessions=Sessions(), clock=clock.now, wait=print)

    with pytest.raises(MissingError):
        history(AzureDevOpsOrganization(client, "contoso"), web, "d" * 40)

    sent = base64.b64encode(b":abc")
    assert heard[0].startswith(b"GET /contoso/Shop/_git/web/info/refs?service=git-upload-pack ")
    assert b"Authorization: Basic " + sent in heard[0]
