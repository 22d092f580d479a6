"""Git servers are connected by SSH: keys that are made here, and the key that a server may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko

from shared.services import ONE_GROUP
from tests.admin_console.git_servers.conftest import (
    add,
    links,
    pass_time,
)

if TYPE_CHECKING:
    from tests.serving_git import ServedRepository, SshServer
    from tests.shared.web.in_memory import Installation


def test_ssh_key_is_made_and_counts_once_its_public_half_was_added(
    installation: Installation, ssh: SshServer
) -> None:
    answered = add(installation, ssh)
    installation.work()

    assert answered.status == 201, answered.body
    made = answered.json
    connection = made["connection"]
    path = f"integrations/{made['id']}"
    waiting = installation.call("GET", f"{path}/status").json
    assert connection["public_key"].startswith("ssh-ed25519 AAAA")
    assert connection["host_key"] == ssh.known_host
    assert "PRIVATE" not in answered.body.decode()
    assert waiting["state"] == "needs_reconnect"
    [alarm] = waiting["alarms"]
    assert alarm["code"] == "signed_out"
    assert connection["public_key"] in alarm["text"]

    ssh.add(connection["public_key"])
    pass_time(installation, 5)

    shown = installation.call("GET", path).json
    assert (shown["state"], shown["connection"]) == ("idle", connection)
    assert len(links(installation, "PAY-1")) == 1


def test_key_stays_when_its_user_is_told_later(installation: Installation, ssh: SshServer) -> None:
    made = add(installation, ssh).json
    path = f"integrations/{made['id']}"
    # CodeCommit names the user of a key only once that was added.
    ssh.user_name = "APKAEXAMPLE"
    ssh.add(made["connection"]["public_key"])
    url = made["url"].replace("git@", "APKAEXAMPLE@")

    patched = installation.call("PATCH", path, {"url": url})
    installation.work()

    assert patched.json["connection"] == made["connection"]
    shown = installation.call("GET", path).json
    assert (shown["url"], shown["state"]) == (url, "idle")
    assert len(links(installation, "PAY-1")) == 1


def test_private_key_is_kept_sealed(installation: Installation, ssh: SshServer) -> None:
    add(installation, ssh)

    [record] = installation.services.connections.list(ONE_GROUP)
    assert record.value.sealed_secret
    assert "PRIVATE KEY" not in str(record.value)


def test_key_that_is_taken_away_is_asked_for_again_and_links_stay(
    installation: Installation, ssh: SshServer
) -> None:
    made = add(installation, ssh).json
    ssh.add(made["connection"]["public_key"])
    pass_time(installation, 5)
    ssh.keys.clear()

    pass_time(installation, 61)

    status = installation.call("GET", f"integrations/{made['id']}/status").json
    assert status["state"] == "needs_reconnect"
    assert len(links(installation, "PAY-1")) == 1


def test_server_that_comes_with_another_key_is_not_spoken_to_until_an_admin_says_so(
    installation: Installation, ssh: SshServer, repository: ServedRepository
) -> None:
    made = add(installation, ssh).json
    path = f"integrations/{made['id']}"
    ssh.add(made["connection"]["public_key"])
    pass_time(installation, 5)
    ssh.host_key = paramiko.ECDSAKey.generate()
    pushed = repository.commit("PAY-6 Behind another key")
    before = len(ssh.commands)

    for _ in range(3):
        pass_time(installation, 30)

    failed = installation.call("GET", f"{path}/status").json
    assert len(ssh.commands) == before
    assert any("key" in alarm["text"] for alarm in failed["alarms"]), failed
    assert len(links(installation, "PAY-1")) == 1

    patched = installation.call("PATCH", path, {"connection": {"host_key": None}})
    installation.work()

    assert patched.json["connection"]["host_key"] == ssh.known_host
    assert patched.json["connection"]["public_key"] == made["connection"]["public_key"]
    assert links(installation, "PAY-6") == [("commit", pushed)]


def test_given_host_key_is_the_only_one_that_counts(
    installation: Installation, ssh: SshServer
) -> None:
    other = paramiko.ECDSAKey.generate()
    wrong = f"{other.get_name()} {other.get_base64()}"

    refused = add(installation, ssh, connection={"kind": "ssh_key", "host_key": wrong})
    made = add(installation, ssh, connection={"kind": "ssh_key", "host_key": ssh.known_host})

    assert refused.status in {400, 422, 502}
    assert "key" in refused.json["detail"]
    assert made.status == 201
    assert made.json["connection"]["host_key"] == ssh.known_host


def test_replaced_connection_has_a_new_key(installation: Installation, ssh: SshServer) -> None:
    made = add(installation, ssh).json
    path = f"integrations/{made['id']}"
    ssh.add(made["connection"]["public_key"])
    pass_time(installation, 5)

    replaced = installation.call("PUT", f"{path}/connection", {"kind": "ssh_key"}).json

    key = replaced["connection"]["public_key"]
    assert key != made["connection"]["public_key"]
    assert installation.call("GET", path).json["state"] == "needs_reconnect"
    ssh.add(key)
    pass_time(installation, 5)
    assert installation.call("GET", path).json["state"] == "idle"
    assert len(links(installation, "PAY-1")) == 1
