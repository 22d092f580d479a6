from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import paramiko
import pytest

from shared.errors import (
    BadRequestError,
    DevlinksError,
    HostKeyChangedError,
    MalformedAnswerError,
    MissingError,
    RefusedError,
    SignedOutError,
)
from shared.git_hosts.git.addresses import read_clone_address
from shared.interfaces.git_host_family import Address, Credential
from shared.model import Branch, ProjectId, RepositoryId
from tests.shared.git_hosts.git.conftest import family_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.git_hosts.git import GitServer
    from shared.interfaces.git_host import GitHost
    from tests.serving_git import ServedRepository, SshServer, WebServer

PASSWORD = "s3cret:äöü"
BASIC = Credential("basic", secret=PASSWORD, user_name="reader")
NOBODY = Credential("none")
_OTHER = paramiko.ECDSAKey.generate()
OF_THE_SAME_KIND = f"{_OTHER.get_name()} {_OTHER.get_base64()}"
OF_ANOTHER_KIND = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcVtQzUi1TCtZ4JWmqqXTsGxXbIU1ZWUd3SUcCmqzXc"


def open_web(family: GitServer, web: WebServer, credential: Credential = BASIC) -> GitHost:
    return family.open("localhost", url=f"{web.url}/acme/shop.git", credential=credential)


def signed_in(family: GitServer, ssh: SshServer, *, path: str = "acme/shop.git") -> GitHost:
    """Return the repository over SSH, with a key that the server knows."""
    url = f"{ssh.url}/{path}"
    credential = family.credential(Credential("ssh_key"), url=url)
    ssh.add(credential.public_key)
    return family.open("localhost", url=url, credential=credential)


@pytest.fixture(params=["http", "ssh"])
def host(request: pytest.FixtureRequest, family: GitServer) -> GitHost:
    """Return the repository over each protocol."""
    if request.param == "http":
        return open_web(family, request.getfixturevalue("web"))
    return signed_in(family, request.getfixturevalue("ssh"))


def test_repository_is_listed_alone_and_called_as_its_address_calls_it(
    repository: ServedRepository, host: GitHost
) -> None:
    repository.commit("PAY-1 Start")

    listing = host.listing()

    [project] = listing.projects
    [listed] = listing.repositories
    found = listed.repository
    assert (found.organization, found.project, found.name) == ("localhost", "acme", "shop")
    assert project.id == found.project_id
    assert found.default_branch == "main"
    assert found.url in {found.clone_url, found.ssh_url}
    assert found.id == read_clone_address(found.url).repository_id
    assert listed.as_listed["id"] == found.id
    assert listed.as_listed["project"] == {"id": found.project_id, "name": "acme"}


def test_repository_without_a_branch_is_listed_without_a_default_branch(
    repository: ServedRepository, host: GitHost
) -> None:
    [listed] = host.listing().repositories

    assert listed.repository.default_branch is None
    assert "defaultBranch" not in listed.as_listed


@pytest.mark.parametrize(
    ("branches", "default"),
    [(["main", "next"], "main"), (["next", "master"], "master"), (["next", "older"], "next")],
)
def test_default_branch_is_one_that_there_is(
    repository: ServedRepository, host: GitHost, branches: list[str], default: str
) -> None:
    for branch in branches:
        repository.commit("Start", branch=branch)

    [listed] = host.listing().repositories

    assert listed.repository.default_branch == default


def test_branches_tags_and_history_are_read_as_git_has_them(
    repository: ServedRepository, host: GitHost
) -> None:
    first = repository.commit("PAY-1 Start\n\nThe whole of it")
    second = repository.commit("PAY-2 Next", branch="feature/PAY-2")
    repository.git("tag", "-a", "-m", "Release", "v1", first)
    repository.git("tag", "light", second)
    [listed] = host.listing().repositories

    heads = host.heads(listed.repository)
    tags = host.tags(listed.repository)
    told = host.history(listed.repository, wanted=[first, second], known=[])
    commits = {commit.id: commit for page in told for commit in page}

    assert set(heads.branches) == {Branch("main", first), Branch("feature/PAY-2", second)}
    assert abs(heads.observed_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert {(tag.name, tag.commit) for tag in tags} == {("v1", first), ("light", second)}
    assert set(commits) == {first, second}
    assert commits[first].message.strip() == "PAY-1 Start\n\nThe whole of it"
    assert commits[first].is_whole
    assert commits[first].author == "Backend developer"


def test_only_what_is_new_is_told(repository: ServedRepository, host: GitHost) -> None:
    first = repository.commit("One")
    second = repository.commit("Two")
    [listed] = host.listing().repositories

    pages = host.history(listed.repository, wanted=[second], known=[first])

    assert [commit.id for page in pages for commit in page] == [second]


@pytest.mark.parametrize(
    ("credential", "advice"),
    [
        (NOBODY, "pat or basic"),
        (Credential("basic", secret="wrong", user_name="reader"), "connection.password"),
        (Credential("basic", secret=PASSWORD, user_name="other"), "connection.user_name"),
        (Credential("pat", secret="wrong"), "token"),
    ],
)
def test_refused_credential_is_told_with_what_to_do(
    repository: ServedRepository,
    family: GitServer,
    web: WebServer,
    credential: Credential,
    advice: str,
) -> None:
    with pytest.raises(SignedOutError) as refused:
        open_web(family, web, credential).listing()

    assert advice in refused.value.next_step


@pytest.mark.parametrize(
    ("user_name", "given"), [("git", ""), ("oauth2", "oauth2")], ids=["any", "named"]
)
def test_token_is_shown_with_a_user_name(
    repository: ServedRepository, family: GitServer, web: WebServer, user_name: str, given: str
) -> None:
    web.user_name, web.password = user_name, "glpat-token"
    credential = family.credential(Credential("pat", " glpat-token\n", given), url=web.url + "/x")

    [listed] = open_web(family, web, credential).listing().repositories

    assert listed.repository.name == "shop"


def test_key_that_was_not_added_is_refused(
    repository: ServedRepository, family: GitServer, ssh: SshServer
) -> None:
    url = f"{ssh.url}/acme/shop.git"
    credential = family.credential(Credential("ssh_key"), url=url)

    with pytest.raises(SignedOutError) as refused:
        family.open("localhost", url=url, credential=credential).listing()

    assert "deploy keys" in refused.value.next_step
    assert ssh.commands == []


def test_key_pairs_are_made_one_for_each_connection(family: GitServer, ssh: SshServer) -> None:
    made = [
        family.credential(Credential("ssh_key"), url=f"{ssh.url}/acme/shop.git") for _ in range(2)
    ]

    assert made[0].secret != made[1].secret
    assert all(one.public_key.startswith("ssh-ed25519 AAAA") for one in made)
    assert {one.host_key for one in made} == {ssh.known_host}


@pytest.mark.parametrize("other", [OF_ANOTHER_KIND, OF_THE_SAME_KIND])
def test_server_whose_key_is_another_one_is_never_spoken_to(
    repository: ServedRepository, family: GitServer, ssh: SshServer, other: str
) -> None:
    url = f"{ssh.url}/acme/shop.git"
    credential = family.credential(Credential("ssh_key", host_key=f"{other} me@host"), url=url)
    ssh.add(credential.public_key)

    with pytest.raises(HostKeyChangedError) as refused:
        family.open("localhost", url=url, credential=credential).listing()

    assert credential.host_key.startswith(f"{other} SHA256:")
    assert "host key" in str(refused.value)
    assert ssh.commands == []


def test_path_reaches_the_server_as_one_word(
    tmp_path_factory: pytest.TempPathFactory, family: GitServer, ssh: SshServer
) -> None:
    host = signed_in(family, ssh, path="a%20b/;touch%20x/'$(id)'.git")

    with pytest.raises(DevlinksError):
        host.listing()

    [command] = ssh.commands
    assert command.startswith("git-upload-pack '/a b/;touch x/")


@pytest.mark.parametrize("protocol", ["http", "ssh"])
def test_repository_that_there_is_not_is_missing(
    repository: ServedRepository, family: GitServer, web: WebServer, ssh: SshServer, protocol: str
) -> None:
    if protocol == "http":
        host = family.open("localhost", url=f"{web.url}/acme/other.git", credential=BASIC)
    else:
        host = signed_in(family, ssh, path="acme/other.git")

    with pytest.raises(MissingError):
        host.listing()


def test_address_brings_organization_and_name(family: GitServer) -> None:
    found = family.address(" https://GitHub.com/acme/shop.git/ ", ("GITHUB.com",))

    assert found == Address("https://github.com/acme/shop.git", ("github.com",), name="shop")
    assert family.organizations(found.url, NOBODY) == ("github.com",)


def test_another_organization_is_refused(family: GitServer) -> None:
    with pytest.raises(BadRequestError) as refused:
        family.address("https://github.com/acme/shop.git", ("acme",))

    assert list(refused.value.fields) == ["organizations"]


def test_http_is_for_servers_that_the_operator_trusts() -> None:
    with pytest.raises(BadRequestError) as refused:
        family_for("").address("http://git.example.org/acme/shop.git", ())

    assert list(refused.value.fields) == ["url"]
    assert family_for("git.example.org").address("http://git.example.org/acme/shop.git", ())


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/a", "https://127.1/a", "https://0x7f.1/a", "https://169.254.169.254/a"],
)
def test_what_does_not_lie_in_public_is_not_called(url: str) -> None:
    family = family_for("")
    host = family.open("x", url=family.address(url, ()).url, credential=NOBODY)

    with pytest.raises(RefusedError) as refused:
        host.listing()

    assert "GIT_SERVER_ALLOWLIST" in f"{refused.value} {refused.value.next_step}"


def test_the_key_of_a_server_is_not_asked_for_where_it_may_not_be_called(ssh: SshServer) -> None:
    with pytest.raises(RefusedError):
        family_for("").credential(Credential("ssh_key"), url=f"{ssh.url}/a")


@pytest.mark.parametrize(
    ("url", "credential", "field"),
    [
        ("https://host/a", Credential("ssh_key"), "connection.kind"),
        ("git@host:a", Credential("pat", "x"), "connection.kind"),
        ("git@host:a", NOBODY, "connection.kind"),
        ("https://host/a", Credential("pat", "two words"), "connection.token"),
        ("https://host/a", Credential("pat", ""), "connection.token"),
        ("https://host/a", Credential("pat", "x\u00a0"), None),
        ("https://host/a", Credential("pat", "a\u00a0b"), "connection.token"),
        ("https://host/a", Credential("pat", "x", "a:b"), "connection.user_name"),
        ("https://host/a", Credential("basic", "x", "a\nb"), "connection.user_name"),
        ("https://host/a", Credential("basic", "a\r\nb", "me"), "connection.password"),
        ("https://host/a", Credential("basic", " pass word:ä ", "me"), None),
        ("git@host:a", Credential("ssh_key", host_key="nonsense"), "connection.host_key"),
        ("git@host:a", Credential("ssh_key", host_key="ssh-rsa x"), "connection.host_key"),
    ],
)
def test_credential_that_cannot_be_one_is_refused_by_field_before_any_call(
    family: GitServer, url: str, credential: Credential, field: str | None
) -> None:
    if field is None:
        family.credential(credential, url=url)
        return
    with pytest.raises(BadRequestError) as refused:
        family.credential(credential, url=url)

    assert list(refused.value.fields) == [field]


UNREADABLE: list[Callable[[GitServer], object]] = [
    lambda f: f.read_event(b"{}"),
    lambda f: f.shortened_event(b"{}"),
    lambda f: f.trimmed_event(b"{}", most=10),
    lambda f: f.facts(b"{}", address="", organizations=()),
]


@pytest.mark.parametrize("read", UNREADABLE)
def test_nothing_is_read_as_an_event(
    family: GitServer, read: Callable[[GitServer], object]
) -> None:
    with pytest.raises(MalformedAnswerError):
        read(family)


NOT_THERE: list[Callable[[GitHost], object]] = [
    lambda h: list(h.open_pull_requests(ProjectId("p"))),
    lambda h: list(h.closed_pull_requests(ProjectId("p"), since=datetime.now(UTC))),
    lambda h: h.pull_request(RepositoryId("r"), 1),
    lambda h: h.subscriptions(ProjectId("p"), url="u"),
    lambda h: h.subscribe("git.push", ProjectId("p"), url="u", user_name="n", password="p"),
    lambda h: h.unsubscribe("s"),
]


@pytest.mark.parametrize("ask", NOT_THERE)
def test_what_git_alone_has_not_is_refused_without_a_call(
    family: GitServer, web: WebServer, ask: Callable[[GitHost], object]
) -> None:
    host = open_web(family, web)

    with pytest.raises(RefusedError):
        ask(host)

    assert web.requests == []
    assert (host.has_lists, host.boards, host.budget()) == (False, None, None)
