"""Git servers are connected, indexed and followed over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.admin_console.git_servers.conftest import (
    BASIC,
    PASSWORD,
    add,
    links,
    pass_time,
)
from tests.serving_git import ServedRepository, SshServer, WebServer

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation


def test_repository_is_connected_and_shown_as_it_will_be_used(
    installation: Installation, web: WebServer
) -> None:
    answered = add(installation, web, url=f" {web.url}/acme//shop.git/ ")

    assert answered.status == 201, answered.body
    made = answered.json
    assert made["git_host"] == "git"
    assert (made["name"], made["url"]) == ("shop", f"{web.url}/acme/shop.git")
    assert made["organizations"] == ["localhost"]
    assert made["connection"] == {
        "kind": "basic",
        "user_name": "reader",
        "email": "",
        "expires_at": None,
    }
    assert PASSWORD not in answered.body.decode()


def test_what_a_git_server_has_not_is_told_as_switched_off(
    installation: Installation, web: WebServer
) -> None:
    switched_on = {"commits": True, "branches": True, "pull_requests": True, "work_items": True}

    made = add(installation, web, index=switched_on, webhooks=True).json
    installation.work()

    off = {"pull_requests": False, "work_items": False}
    assert made["index"] == {**switched_on, **off}
    assert made["webhooks"] is False
    path = f"integrations/{made['id']}"
    webhook = installation.call("GET", f"{path}/webhook").json
    assert (webhook["subscriptions"], webhook["manual_setup"]) == ([], None)
    assert installation.call("GET", f"{path}/status").json["alarms"] == []
    patched = installation.call("PATCH", path, {"webhooks": True, "index": switched_on})
    assert (patched.json["index"], patched.json["webhooks"]) == ({**switched_on, **off}, False)


def test_repository_is_indexed_and_followed(
    installation: Installation, web: WebServer, repository: ServedRepository
) -> None:
    first = repository.git("rev-parse", "main")
    path = f"integrations/{add(installation, web).json['id']}"
    installation.work()
    assert links(installation, "PAY-1") == [("commit", first)]

    second = repository.commit("Next\n\nFixes PAY-2", branch="feature/PAY-3")
    run = installation.call("POST", f"{path}/reindex")
    installation.work()

    assert run.status == 202
    assert links(installation, "PAY-2") == [("commit", second)]
    assert links(installation, "PAY-3") == [("branch", "feature/PAY-3")]
    [row] = installation.call("GET", f"{path}/repositories").json["repositories"]
    assert (row["name"], row["project"], row["state"]) == ("shop", "acme", "idle")
    assert installation.call("GET", f"{path}/status").json["state"] == "idle"


def test_what_is_pushed_is_found_by_the_timer(
    installation: Installation, web: WebServer, repository: ServedRepository
) -> None:
    add(installation, web)
    installation.work()
    pushed = repository.commit("PAY-7 Later")

    for _ in range(3):
        pass_time(installation, 5)

    assert links(installation, "PAY-7") == [("commit", pushed)]


def test_what_is_forced_away_or_deleted_is_told_as_left(
    installation: Installation, web: WebServer, repository: ServedRepository
) -> None:
    first = repository.git("rev-parse", "main")
    repository.commit("PAY-8 Wrong")
    repository.commit("PAY-9 On a branch", branch="PAY-9")
    path = f"integrations/{add(installation, web).json['id']}"
    installation.work()
    repository.git("update-ref", "refs/heads/main", first)
    repository.git("update-ref", "-d", "refs/heads/PAY-9")

    installation.call("POST", f"{path}/reindex")
    installation.work()
    pass_time(installation, 25 * 60)

    assert ("branch", "PAY-9") not in links(installation, "PAY-9")
    for key in ("PAY-8", "PAY-9"):
        [link] = installation.call("GET", f"links/{key}").json["links"]
        assert link["flags"] == ["orphaned"]


def test_link_of_a_server_without_known_pages_leads_to_the_repository(
    installation: Installation, web: WebServer
) -> None:
    add(installation, web)
    installation.work()

    [link] = installation.call("GET", "links/PAY-1").json["links"]

    assert link["url"] == link["repository"]["url"] == f"{web.url}/acme/shop.git"


def test_public_repository_needs_no_credential(
    installation: Installation, repository: ServedRepository
) -> None:
    with WebServer(repository.root) as open_to_all:
        made = add(installation, open_to_all, connection={"kind": "none"})
        installation.work()

    assert made.status == 201, made.body
    assert made.json["connection"] == {"kind": "none", "email": "", "expires_at": None}
    assert len(links(installation, "PAY-1")) == 1


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"connection": {**BASIC, "password": "wrong"}}, (422, "signed_out")),
        ({"connection": {"kind": "pat", "token": "wrong"}}, (422, "signed_out")),
        ({"connection": {"kind": "none"}}, (422, "signed_out")),
        ({"path": "acme/other.git"}, (422, "missing")),
        ({"url": "http://localhost:1/acme/shop.git"}, (502, "git_host_unavailable")),
    ],
    ids=str,
)
def test_refusal_is_told_by_its_code_and_nothing_is_kept(
    installation: Installation, web: WebServer, more: dict[str, Any], problem: tuple[int, str]
) -> None:
    path = more.pop("path", None)
    url = {"url": f"{web.url}/{path}"} if path else {}

    answered = add(installation, web, **more, **url)

    assert answered.problem == problem
    assert answered.json["next_step"]
    assert installation.call("GET", "integrations").json["integrations"] == []


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"connection": {"kind": "basic", "user_name": "reader"}}, ["connection.password"]),
        ({"connection": {"kind": "basic", "password": "x"}}, ["connection.user_name"]),
        ({"connection": {**BASIC, "token": "x"}}, ["connection.token"]),
        ({"connection": {**BASIC, "user_name": "a:b"}}, ["connection.user_name"]),
        ({"connection": {"kind": "ssh_key"}}, ["connection.kind"]),
        ({"url": "https://me:hunter2@host/a"}, ["url"]),
        ({"url": "ext::sh -c id"}, ["url"]),
        ({"url": "http://192.0.2.1/a"}, ["url"]),
        ({"url": "https://dev.azure.com/acme/Shop/_git/cart"}, ["git_host", "url"]),
        ({"organizations": ["acme"]}, ["organizations"]),
        ({"hooks_only": True}, ["hooks_only"]),
    ],
    ids=str,
)
def test_what_cannot_be_connected_is_refused_by_field_before_any_call(
    installation: Installation, web: WebServer, more: dict[str, Any], wrong: list[str]
) -> None:
    answered = add(installation, web, **more)

    assert sorted(answered.fields) == wrong
    assert "hunter2" not in answered.body.decode()
    assert web.requests == []
    assert installation.call("GET", "integrations").json["integrations"] == []


def test_empty_repository_is_left_out_until_it_has_a_branch(
    installation: Installation, web: WebServer, repository: ServedRepository
) -> None:
    repository.git("update-ref", "-d", "refs/heads/main")
    path = f"integrations/{add(installation, web).json['id']}"
    installation.work()
    [empty] = installation.call("GET", f"{path}/repositories").json["repositories"]

    repository.commit("PAY-5 At last")
    pass_time(installation, 61)

    assert (empty["state"], empty["left_out"]) == ("left_out", "empty")
    assert len(links(installation, "PAY-5")) == 1


def test_repository_that_moved_to_another_server_is_read_there(
    installation: Installation, web: WebServer, repository: ServedRepository
) -> None:
    path = f"integrations/{add(installation, web).json['id']}"
    installation.work()
    [before] = installation.call("GET", f"{path}/repositories").json["repositories"]

    with WebServer(repository.root) as moved:
        patch = {
            "url": f"{moved.url}/acme/shop",
            "connection": {"kind": "none", "user_name": None},
            "organizations": [],
        }
        changed = installation.call("PATCH", path, patch)
        installation.work()

    assert changed.status == 200, changed.body
    rows = installation.call("GET", f"{path}/repositories").json["repositories"]
    assert {row["id"]: row["state"] for row in rows}[before["id"]] == "gone"
    assert len(links(installation, "PAY-1")) == 1


def test_repository_that_is_connected_twice_is_indexed_once(
    installation: Installation, web: WebServer, ssh: SshServer
) -> None:
    first = add(installation, web).json
    second = add(installation, web, url=f"{web.url}/acme/shop").json
    installation.work()

    rows = [
        installation.call("GET", f"integrations/{made['id']}/repositories").json["repositories"][0]
        for made in (first, second)
    ]

    assert [row["left_out"] for row in rows] == [None, "owned_elsewhere"]
    assert len(links(installation, "PAY-1")) == 1


def test_password_is_in_no_answer_and_in_no_log(
    installation: Installation, web: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    made = add(installation, web)
    path = f"integrations/{made.json['id']}"
    installation.work()
    web.password = "another"

    answers = [
        made,
        installation.call("PATCH", path, {"connection": {"password": f"{PASSWORD}!"}}),
        installation.call("PUT", f"{path}/connection", {**BASIC, "password": f"{PASSWORD}\n"}),
        installation.call("GET", path),
        installation.call("GET", f"{path}/status"),
        installation.call("GET", "audit"),
    ]

    assert [answered.status for answered in answers] == [201, 422, 400, 200, 200, 200]
    assert not any(PASSWORD in answered.body.decode() for answered in answers)
    assert PASSWORD not in caplog.text
