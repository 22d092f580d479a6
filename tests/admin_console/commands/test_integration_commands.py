"""How operators connect, look at and change integrations from a shell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from shared.errors import BadRequestError, SignedOutError, UnknownThingError, WouldDisconnectError
from shared.services import SignIn
from tests.shared.web.in_memory import NOW

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.interfaces.identity import IdentityServer
    from tests.admin_console.commands.conftest import Shell
    from tests.shared.web.in_memory import Installation


def test_integration_is_added_with_all_that_can_be_said(
    shell: Shell, sample: SampleOrganization
) -> None:
    [made] = shell.run(
        "integration", "add", "--url", sample.url, "--name", "Ours", "--tracker", "default",
        "--no-branches", "--work-items", "--filter", "[?name=='shop']", "--no-webhooks",
        "--pull-request-window-days", "30", "--writes", "off", "--email", "admin@example.com",
        "--expires-at", "2027-01-31", "--organization", "contoso",
        typed=f"{sample.token}\n",
    )  # fmt: skip

    known = msgspec.json.decode("\n".join(shell.run("integration", "show", made)))
    assert known["name"] == "Ours"
    assert known["index"] == {
        "commits": True, "branches": False, "pull_requests": True, "work_items": True,
    }  # fmt: skip
    assert known["repositories"]["jmespath"] == "[?name=='shop']"
    assert (known["webhooks"], known["writes"]) == (False, "off")
    assert known["pull_request_window_days"] == 30
    assert known["organizations"] == ["contoso"]
    assert known["connection"]["email"] == "admin@example.com"
    assert known["connection"]["expires_at"] == "2027-01-31T00:00:00Z"
    assert shell.noted() == ["integration_added"]


@pytest.mark.parametrize(("token", "status"), [("", 0), ("wrong", 1)])
def test_connecting_is_tested_without_keeping_anything(
    shell: Shell, sample: SampleOrganization, token: str, status: int
) -> None:
    words = ("integration", "add", "--url", sample.url, "--test")

    lines = shell.run(*words, typed=f"{token or sample.token}\n")

    assert shell.status == status
    assert any("Sign-in" in line for line in lines)
    assert not any(sample.token in line for line in lines)
    assert shell.run("integration", "list") == []
    assert shell.noted() == []


def test_secret_is_never_shown(shell: Shell, contoso: str, sample: SampleOrganization) -> None:
    said = "\n".join(shell.run("integration", "show", contoso))

    assert sample.token not in said
    assert "sealed" not in said


def test_only_what_is_named_is_changed(shell: Shell, contoso: str) -> None:
    before = msgspec.json.decode("\n".join(shell.run("integration", "show", contoso)))

    [said] = shell.run("integration", "change", contoso, "--name", "Ours", "--no-pull-requests")

    after = msgspec.json.decode("\n".join(shell.run("integration", "show", contoso)))
    assert said == "Ours is changed"
    assert after["name"] == "Ours"
    assert after["index"] == {**before["index"], "pull_requests": False}
    same = set(before) - {"name", "index", "state"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert shell.noted() == ["integration_changed"]


def test_expiry_of_a_credential_is_told_without_the_credential(shell: Shell, contoso: str) -> None:
    shell.run("integration", "change", contoso, "--expires-at", "2026-11-23T00:00:00Z")

    lines = shell.run("integration", "status", contoso)

    assert any(line.startswith("! credential_expires: ") for line in lines)


def test_selection_is_changed_and_taken_back(
    shell: Shell, contoso: str, sample: SampleOrganization, installation: Installation
) -> None:
    shop = sample.repository("shop").id

    shell.run("integration", "change", contoso, "--select", shop.upper())
    selected = installation.integration(contoso).repositories
    shell.run("integration", "change", contoso, "--all")

    assert (selected.mode, selected.selected) == ("selected", (shop,))
    assert installation.integration(contoso).repositories.mode == "all"


def test_change_that_disconnects_many_has_to_name_how_many(
    shell: Shell, sample: SampleOrganization, installation: Installation
) -> None:
    for number in range(12):
        sample.create_repository("Shop", f"r{number}")
        sample.push(f"r{number}", "main", "Begin")
    made = installation.connect(sample)
    installation.work()
    change = ("integration", "change", made, "--filter", "[?name=='shop']")

    with pytest.raises(WouldDisconnectError) as refused:
        shell.run(*change)
    shell.run(*change, "--confirm-disconnect", str(refused.value.count))

    assert refused.value.count == 13
    assert installation.integration(made).repositories.jmespath == "[?name=='shop']"


def test_connection_is_replaced_and_the_index_stays(
    shell: Shell, contoso: str, sample: SampleOrganization, installation: Installation
) -> None:
    links = installation.call("GET", "links/PAY-1").json["links"]

    with pytest.raises(SignedOutError):
        shell.run("integration", "reconnect", contoso, typed="wrong\n")
    [said] = shell.run("integration", "reconnect", contoso, typed=f"{sample.token}\n")

    assert said == "Contoso is connected by pat"
    assert installation.call("GET", "links/PAY-1").json["links"] == links != []
    assert shell.noted() == ["connection_replaced"]


def test_oauth_is_added_and_says_who_has_to_do_what(
    shell: Shell, sample: SampleOrganization
) -> None:
    # Nothing is asked of the identity server before somebody signs in.
    sign_in = SignIn("https://links.example.com", server=cast("IdentityServer", object()))
    shell.services = replace(shell.services, sign_in=sign_in)

    [made] = shell.run("integration", "add", "--url", sample.url, "--connection", "oauth")

    assert shell.errors.startswith("Somebody has to sign in now: ")
    assert made in shell.errors
    assert "needs_reconnect" in shell.run("integration", "status", made)[0]


def test_certificate_is_read_from_a_file_that_there_is(shell: Shell, contoso: str) -> None:
    words = ("integration", "reconnect", contoso, "--connection", "service_principal")

    with pytest.raises(BadRequestError) as refused:
        shell.run(*words, "--certificate", "/nowhere/certificate.pem")

    assert list(refused.value.fields) == ["certificate"]


def test_integration_is_paused_resumed_and_removed(
    shell: Shell, contoso: str, installation: Installation
) -> None:
    paused = shell.run("integration", "pause", contoso)
    stands = shell.run("integration", "list")
    resumed = shell.run("integration", "resume", contoso)
    removed = shell.run("integration", "remove", contoso)

    assert paused == ["Contoso is paused"]
    assert "  paused  " in stands[0]
    assert resumed == ["Contoso goes on"]
    assert removed == ["Contoso is taken away"]
    assert shell.run("integration", "list") == []
    assert shell.noted() == [
        "integration_paused", "integration_removed", "integration_resumed",
    ]  # fmt: skip


def test_activity_is_told_by_days(shell: Shell, contoso: str) -> None:
    *days, usage = shell.run("integration", "activity", contoso, "--days", "3")

    assert [line.split()[0] for line in days] == ["2026-11-19", "2026-11-20", f"{NOW:%Y-%m-%d}"]
    assert usage.startswith("2 repositories, 2 branches, 2 commits, ")


@pytest.mark.parametrize(
    "words",
    [
        ("integration", "show", "nothing"),
        ("integration", "change", "nothing"),
        ("integration", "reconnect", "nothing"),
        ("integration", "pause", "nothing"),
        ("integration", "resume", "nothing"),
        ("integration", "remove", "nothing"),
        ("integration", "cancel", "nothing"),
        ("integration", "activity", "nothing"),
        ("integration", "repositories", "nothing"),
        ("integration", "preview", "nothing"),
        ("integration", "test", "nothing"),
    ],
    ids=" ".join,
)
def test_integration_that_there_is_not_is_refused(shell: Shell, words: tuple[str, ...]) -> None:
    with pytest.raises(UnknownThingError):
        shell.run(*words)

    assert shell.noted() == []
