"""What operators do about people from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.access import one_time_codes, users
from shared.errors import BadRequestError, NotSignedInError
from shared.interfaces.identity import SignedIn

if TYPE_CHECKING:
    from tests.admin_console.commands.conftest import Shell


def test_user_is_given_a_role_which_is_noted(shell: Shell) -> None:
    users.sign_in(shell.services, SignedIn("t", "o1", "Reader", "reader@example.com", ("viewer",)))

    given = shell.run("user", "set", "t.o1", "operator")
    listed = shell.run("user", "list")
    taken = shell.run("user", "set", "t.o1", "none")

    assert given == ["t.o1  operator"]
    assert [line.split() for line in listed] == [
        ["t.o1", "operator", "operator", "2026-11-21", "Reader", "reader@example.com"]
    ]
    assert taken == ["t.o1  viewer"]
    assert shell.noted() == ["user_changed", "user_changed"]


def test_user_that_there_is_not_is_refused(shell: Shell) -> None:
    with pytest.raises(BadRequestError):
        shell.run("user", "set", "t.nobody", "admin")


def test_printed_link_signs_in_once(shell: Shell) -> None:
    [link] = shell.run("sign-in-link", "--role", "operator")

    address, _, code = link.partition("#code=")
    assert address == "https://links.example.com/api/console/sign-in"
    assert one_time_codes.redeem(shell.services, code).session.role == "operator"
    with pytest.raises(NotSignedInError):
        one_time_codes.redeem(shell.services, code)
    assert "one_time_link_made" in shell.noted()


def test_code_of_a_link_is_not_in_the_audit(shell: Shell) -> None:
    [link] = shell.run("sign-in-link")

    assert link.partition("#code=")[2] not in "\n".join(shell.run("audit"))


def test_audit_is_told_the_newest_first_and_of_one_integration(shell: Shell, contoso: str) -> None:
    shell.installation.work()
    shell.run("integration", "pause", contoso)
    shell.run("tracker", "add", "--name", "Jira", "--id", "jira")
    for _ in range(3):
        shell.installation.work()  # a second passes
        shell.run("tracker", "change", "jira", "--name", "Other")

    everything = shell.run("audit")
    last = shell.run("audit", "--limit", "2")
    of_one = shell.run("audit", "--integration", contoso)

    assert len(everything) == 6
    assert everything[:2] == last
    assert all("tracker_changed" in line for line in last)
    assert [line.split()[3:] for line in of_one[:1]] == [["integration_paused", contoso]]
    assert len(of_one) == 2


@pytest.mark.parametrize("limit", ["0", "-5"])
def test_audit_of_no_entries_is_empty(shell: Shell, contoso: str, limit: str) -> None:
    assert shell.run("audit", "--limit", limit) == []


def test_health_is_told(shell: Shell) -> None:
    assert shell.run("health") == ["storage ok, queue ok, keys ok, git hosts ok"]
