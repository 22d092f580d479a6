from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.git_hosts.git_protocol.keys import new_key_pair
from shared.interfaces.examining import Asked, is_good
from shared.interfaces.git_host_family import Credential
from tests.shared.git_hosts.git.conftest import family_for
from tests.shared.git_hosts.test_egress import response, saying

if TYPE_CHECKING:
    from shared.git_hosts.git import GitServer
    from shared.interfaces.examining import Step
    from tests.serving_git import ServedRepository, SshServer, WebServer
    from tests.shared.conftest import Serve

PASSWORD = "s3cret:äöü"
NOBODY = Credential("none")


def examined(family: GitServer, url: str, credential: Credential) -> dict[str, Step]:
    steps = family.examine(family.address(url, ()), credential, asked=Asked())
    return {step.step: step for step in steps}


def test_repository_that_can_be_read_tells_its_branches(
    family: GitServer, web: WebServer, repository: ServedRepository
) -> None:
    repository.commit("PAY-1 Start")

    steps = examined(family, f"{web.url}/acme/shop.git", Credential("basic", PASSWORD, "reader"))

    assert steps["sign_in"].message == "Successfully connected: acme/shop can be read, signed in."
    assert steps["branches"].message == "1 branch seen, main by default."
    assert is_good(steps.values())


def test_repository_without_branches_is_told_what_follows(
    family: GitServer, web: WebServer, repository: ServedRepository
) -> None:
    del repository

    steps = examined(family, f"{web.url}/acme/shop.git", Credential("basic", PASSWORD, "reader"))

    assert steps["branches"].ok is True
    assert "until something is pushed" in steps["branches"].message


@pytest.mark.parametrize(
    ("credential", "said"),
    [
        (Credential("basic", "wrong", "reader"), "Authorization denied"),
        (Credential("pat", "wrong"), "Authorization denied"),
        (NOBODY, "Authorization denied"),
        (Credential("pat", "wr ong"), "copy it again as a whole"),
        (Credential("basic", "wrong", "rea:der"), "no colon"),
    ],
)
def test_sign_in_that_is_refused_says_why(
    family: GitServer,
    web: WebServer,
    repository: ServedRepository,
    credential: Credential,
    said: str,
) -> None:
    repository.commit("PAY-1 Start")

    steps = examined(family, f"{web.url}/acme/shop.git", credential)

    assert steps["sign_in"].ok is False
    assert said in steps["sign_in"].message
    assert steps["branches"].ok is None
    assert credential.secret not in steps["sign_in"].command or not credential.secret
    assert steps["sign_in"].command.startswith("git ls-remote --heads -- 'http://localhost:")


def test_repository_that_there_is_not_is_told(
    family: GitServer, web: WebServer, repository: ServedRepository
) -> None:
    del repository
    credential = Credential("basic", PASSWORD, "reader")

    steps = examined(family, f"{web.url}/acme/nothing.git", credential)

    assert steps["sign_in"].ok is False
    assert not is_good(steps.values())


@pytest.mark.parametrize(
    "answer", [response("200 OK", body=b"<html>"), response("200 OK"), b"HTTP/1.1 200 OK\r\n\r\n"]
)
def test_answer_that_is_not_gits_is_no_empty_repository(
    family: GitServer, serve: Serve, answer: bytes
) -> None:
    url, _ = serve(saying(answer))

    steps = examined(family, f"{url}/acme/shop.git", NOBODY)

    assert steps["sign_in"].ok is False
    assert steps["branches"].ok is None


def test_ssh_server_that_knows_the_key_is_good(
    family: GitServer, ssh: SshServer, repository: ServedRepository
) -> None:
    repository.commit("PAY-1 Start")
    pair = new_key_pair()
    ssh.add(pair.public)
    credential = Credential("ssh_key", pair.private, host_key=ssh.known_host)

    steps = examined(family, f"{ssh.url}/acme/shop.git", credential)

    assert {name: step.ok for name, step in steps.items()} == dict.fromkeys(
        ("dns", "reach", "host_key", "sign_in", "branches"), True
    )


def test_ssh_key_that_is_not_known_there_yet_is_no_obstacle(
    family: GitServer, ssh: SshServer, repository: ServedRepository
) -> None:
    repository.commit("PAY-1 Start")
    credential = Credential("ssh_key", new_key_pair().private, host_key=ssh.known_host)

    steps = examined(family, f"{ssh.url}/acme/shop.git", credential)

    assert steps["sign_in"].ok is False
    assert "public key" in steps["sign_in"].next_step
    assert is_good(steps.values())


def test_host_key_is_shown_before_there_is_a_pair_of_keys(
    family: GitServer, ssh: SshServer
) -> None:
    steps = examined(family, f"{ssh.url}/acme/shop.git", Credential("ssh_key"))

    fingerprint = ssh.known_host.split()[-1]
    assert fingerprint in steps["host_key"].message
    assert "Compare it" in steps["host_key"].next_step
    assert steps["host_key"].command.startswith("ssh-keyscan -p ")
    assert steps["sign_in"].ok is None
    assert is_good(steps.values())
    assert ssh.commands == []


def test_host_key_that_is_another_than_known_ends_the_examination(
    family: GitServer, ssh: SshServer
) -> None:
    pair = new_key_pair()
    known = " ".join(new_key_pair().public.split()[:2])
    credential = Credential("ssh_key", pair.private, host_key=known)

    steps = examined(family, f"{ssh.url}/acme/shop.git", credential)

    assert steps["host_key"].ok is False
    assert "and known is SHA256:" in steps["host_key"].message
    assert "sign_in" not in steps
    assert ssh.commands == []


def test_server_that_may_not_be_called_is_not(web: WebServer) -> None:
    url = web.url.replace("http://", "https://")

    steps = examined(family_for(""), f"{url}/acme/shop.git", NOBODY)

    assert steps["dns"].ok is False
    assert "GIT_SERVER_ALLOWLIST" in steps["dns"].message
