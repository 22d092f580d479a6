from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import paramiko
import pytest

from shared.errors import (
    BadRequestError,
    HostKeyChangedError,
    MissingError,
    RefusedError,
    SignedOutError,
    UnavailableError,
)
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.dialling import Egress
from shared.git_hosts.git_protocol.keys import fingerprint, new_key_pair
from shared.git_hosts.git_protocol.refs import read_refs
from shared.git_hosts.git_protocol.ssh_remote import SshRemote, read_ssh_url, remote_host_key
from tests.serving_git import ServedRepository, SshServer
from tests.shared.git_hosts.git_protocol.conftest import all_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIR = new_key_pair()
LOCAL = Egress(AllowList.read("localhost"))


@pytest.fixture(params=[True, False], ids=["version 2", "version 0"])
def server(request: pytest.FixtureRequest, repository: ServedRepository) -> Iterator[SshServer]:
    """Return a server that knows our key."""
    with SshServer(repository.root) as started:
        started.takes_environment = request.param
        started.add(PAIR.public)
        yield started


def remote_of(server: SshServer, *, path: str = "/shop.git", host_key: str = "") -> SshRemote:
    key = host_key or server.known_host
    return SshRemote(f"{server.url}{path}", egress=LOCAL, private_key=PAIR.private, host_key=key)


def test_refs_and_history_are_read(repository: ServedRepository, server: SshServer) -> None:
    made = [repository.commit(f"PAY-{n} Change\n\nMore of it.") for n in range(5)]

    refs = read_refs(remote_of(server))
    found = all_of(remote_of(server), made[-1], known=[made[1]])

    assert [(b.name, b.head) for b in refs.branches] == [("main", made[-1])]
    assert refs.default_branch == "main"
    assert refs.observed_at is None
    assert [commit.id for commit in found] == list(reversed(made[2:]))
    assert found[0].message == "PAY-4 Change\n\nMore of it."


def test_history_takes_one_connection_and_one_command(
    repository: ServedRepository, server: SshServer
) -> None:
    head = repository.commit("Start")

    all_of(remote_of(server), head)

    assert server.commands == ["git-upload-pack '/shop.git'"]


def test_refused_filter_is_followed_by_another_command(
    repository: ServedRepository, server: SshServer
) -> None:
    repository.git("config", "uploadpackfilter.tree.allow", "false")
    head = repository.commit("Start")

    assert [commit.id for commit in all_of(remote_of(server), head)] == [head]
    assert len(server.commands) == 2


@pytest.mark.parametrize(
    "name", ["it's here.git", "$(touch x).git", "a b.git", "semi;colon.git", "bang!.git"]
)
def test_path_is_one_word_whatever_is_in_it(
    repository: ServedRepository, server: SshServer, name: str
) -> None:
    head = repository.commit("Start")
    repository.folder.rename(repository.root / name)

    found = all_of(remote_of(server, path=f"/{name}"), head)

    assert [commit.id for commit in found] == [head]
    assert [path.name for path in repository.root.iterdir()] == [name]


def test_repository_that_is_not_there_is_missing(server: SshServer) -> None:
    with pytest.raises(MissingError):
        read_refs(remote_of(server, path="/gone.git"))


def test_command_that_is_over_before_it_is_said_to_have_begun_is_heard_out(
    server: SshServer,
) -> None:
    server.last_words = b"fatal: '/shop.git' does not appear to be a git repository\n"

    with pytest.raises(MissingError):
        read_refs(remote_of(server))


def test_key_that_the_server_does_not_know_is_signed_out(server: SshServer) -> None:
    server.keys.clear()

    with pytest.raises(SignedOutError) as raised:
        read_refs(remote_of(server))

    assert "public key" in raised.value.next_step


def test_private_key_that_cannot_be_read_is_signed_out(server: SshServer) -> None:
    remote = SshRemote(
        f"{server.url}/shop.git", egress=LOCAL, private_key="x", host_key=server.known_host
    )

    with pytest.raises(SignedOutError):
        read_refs(remote)


def test_another_host_key_is_refused_before_we_sign_in(server: SshServer) -> None:
    other = new_key_pair().public

    with pytest.raises(HostKeyChangedError) as raised:
        read_refs(remote_of(server, host_key=other))

    assert server.known_host.split()[-1] in str(raised.value)
    assert fingerprint(other) in str(raised.value)
    assert server.commands == []


def test_no_host_key_is_refused_as_any_other(server: SshServer) -> None:
    with pytest.raises(HostKeyChangedError, match="known is none"):
        read_refs(remote_of(server, host_key="localhost"))


def test_host_key_is_read_without_signing_in(server: SshServer) -> None:
    server.keys.clear()

    told = remote_host_key(f"{server.url}/shop.git", egress=LOCAL)

    host, kind, content = told.split()
    assert host == f"[localhost]:{server.url.rpartition(':')[2]}"
    assert server.known_host.startswith(f"{kind} {content} ")
    server.add(PAIR.public)
    assert read_refs(remote_of(server, host_key=told)).branches == ()


def test_kind_of_key_that_is_known_is_asked_for(
    repository: ServedRepository, server: SshServer
) -> None:
    ecdsa = server.known_host
    server.host_key = paramiko.RSAKey.generate(2048)
    head = repository.commit("Start")

    assert read_refs(remote_of(server)).branches[0].head == head
    with pytest.raises(HostKeyChangedError):
        read_refs(remote_of(server, host_key=ecdsa))


def test_private_network_is_refused_before_anything_is_connected(server: SshServer) -> None:
    remote = SshRemote(
        f"{server.url}/shop.git",
        egress=Egress(),
        private_key=PAIR.private,
        host_key=server.known_host,
    )

    with pytest.raises(RefusedError, match="GIT_SERVER_ALLOWLIST"):
        read_refs(remote)
    with pytest.raises(RefusedError, match="GIT_SERVER_ALLOWLIST"):
        remote_host_key(f"{server.url}/shop.git", egress=Egress())


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n"])
def test_server_that_is_none_of_ssh_is_unavailable(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(said)

        talker = threading.Thread(target=talk)
        talker.start()
        url = f"ssh://localhost:{listening.getsockname()[1]}/shop.git"

        with pytest.raises(UnavailableError):
            remote_host_key(url, egress=LOCAL)
        talker.join()


def test_silent_server_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"ssh://localhost:{listening.getsockname()[1]}/shop.git"

        with pytest.raises(UnavailableError):
            remote_host_key(url, egress=LOCAL, seconds=0.2)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@example.com:acme/shop.git", ("git", "example.com", 22, "acme/shop.git")),
        ("example.com:acme/shop.git", ("git", "example.com", 22, "acme/shop.git")),
        ("me@[2001:db8::1]:shop", ("me", "2001:db8::1", 22, "shop")),
        ("ssh://example.com/shop.git", ("git", "example.com", 22, "/shop.git")),
        ("ssh://me@example.com:2222/a/b.git", ("me", "example.com", 2222, "/a/b.git")),
        ("ssh://example.com/~me/shop.git", ("git", "example.com", 22, "~me/shop.git")),
        ("ssh://example.com/a%20b.git", ("git", "example.com", 22, "/a b.git")),
        ("git+ssh://example.com/shop", ("git", "example.com", 22, "/shop")),
        ("ssh://[::1]:22/shop", ("git", "::1", 22, "/shop")),
    ],
)
def test_address_is_taken_apart_as_git_does(url: str, expected: tuple[str, str, int, str]) -> None:
    found = read_ssh_url(url)

    assert (found.user, found.host, found.port, found.path) == expected


@pytest.mark.parametrize(
    "url",
    [
        "ssh://-oProxyCommand=touch/shop",
        "ssh://-l@example.com/shop",
        "-oProxyCommand=x:shop",
        "git@example.com:-option",
        "git@example.com:--upload-pack=touch",
        "ssh://me:secret@example.com/shop",
        "ssh://example.com",
        "ssh://example.com/",
        "ssh://example.com:99999/shop",
        "ssh:///shop",
        "ssh://example.com/a%0Ab",
        "git@example.com:a\nb",
        "https://example.com/shop",
        "ext::sh -c touch",
        "file:///etc/passwd",
        "shop",
        "",
    ],
)
def test_address_that_is_none_or_hides_an_option_is_refused(url: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        read_ssh_url(url)

    assert "url" in raised.value.fields
