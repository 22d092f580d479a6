from __future__ import annotations

from argparse import Namespace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from admin_console.commands import key_commands
from shared.configuration import Connection
from shared.connections.presenting import secret_purpose
from shared.errors import ConflictError
from shared.model import IntegrationId
from shared.resealing import SETTLES_WITHIN
from shared.services import ONE_GROUP
from shared.storage.data_keys import DataKey
from shared.storage.memory import MemoryRecords
from tests.key_vault import FakeKeyVault, restarted
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.services import Services

ONE = IntegrationId("i1")


class Shell:
    """Runs commands in an installation, and returns the lines that they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.installation = Installation()
        self._capsys = capsys

    def run(self, command: Callable[[Services, Namespace], None], **arguments: str) -> list[str]:
        command(self.installation.services, Namespace(**arguments))
        return self._capsys.readouterr().out.splitlines()

    def keep(self, sealed: str) -> None:
        """Keep the connection of an integration."""
        self.installation.services.connections.put(ONE_GROUP, ONE, Connection("pat", sealed))

    def seal(self, secret: str) -> str:
        return self.installation.services.vault.seal(secret, purpose=secret_purpose(ONE))

    @property
    def audited(self) -> list[tuple[str, str, str]]:
        """Who did what, the newest first."""
        services = self.installation.services
        page = services.storage.audit.page(now=services.clock(), limit=20)
        return [(s.entry.by.kind, s.entry.action, s.entry.detail) for s in page]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(capsys)
    made.keep(made.seal("the-token"))
    return made


def test_keys_are_listed_with_what_they_seal(shell: Shell) -> None:
    shell.run(key_commands.rotate_keys)

    assert shell.run(key_commands.list_keys) == [
        "k2      2026-11-21 09:00  -  0 secrets  current",
        "k1      -                 -  1 secrets",
    ]


def test_secrets_whose_key_is_not_at_hand_are_listed(shell: Shell) -> None:
    shell.keep(shell.seal("the-token").replace(".k1.", ".k9."))

    assert shell.run(key_commands.list_keys)[1:] == [
        "! 1 secrets are sealed with k9, which is not at hand"
    ]


def test_keys_are_rotated_from_beginning_to_end(shell: Shell) -> None:
    assert shell.run(key_commands.rotate_keys) == ["k2"]
    shell.installation.clock.advance(timedelta(seconds=1))
    assert shell.run(key_commands.reseal_keys) == ["1 secrets sealed anew, 0 left as they are"]
    shell.installation.clock.advance(SETTLES_WITHIN)

    assert shell.run(key_commands.remove_keys, key="k1") == ["k1 is gone"]

    assert shell.run(key_commands.list_keys) == ["k2      2026-11-21 09:00  -  1 secrets  current"]
    assert shell.audited == [
        ("operator", "keys_removed", "k1"),
        ("operator", "keys_resealed", "1 secrets sealed anew, 0 left as they are"),
        ("operator", "keys_rotated", "k2"),
    ]


def test_secret_that_does_not_open_is_named_by_its_record(shell: Shell) -> None:
    shell.keep(shell.seal("the-token").replace(".k1.", ".k9."))
    shell.run(key_commands.rotate_keys)

    assert shell.run(key_commands.reseal_keys) == [
        "0 secrets sealed anew, 1 left as they are",
        "! connections.sealed_secret i1: The secret was sealed with key 'k9', not at hand.",
    ]


def test_key_that_is_refused_to_be_removed_is_not_audited(shell: Shell) -> None:
    with pytest.raises(ConflictError):
        shell.run(key_commands.remove_keys, key="k1")

    assert shell.audited == []


def test_keys_are_wrapped_by_the_newest_version_of_the_key_vault(shell: Shell) -> None:
    installation = shell.installation
    with FakeKeyVault() as fake:
        vault = fake.vault(MemoryRecords(DataKey), installation.clock.now)
        installation.services = restarted(installation.services, vault)
        shell.keep(shell.seal("the-token"))
        newest = fake.rotate()

        assert shell.run(key_commands.rewrap_keys) == ["1 keys wrapped anew"]
        assert shell.run(key_commands.rewrap_keys) == ["0 keys wrapped anew"]

        assert shell.run(key_commands.list_keys) == [
            f"k1      2026-11-21 09:00  devlinks/{newest}  1 secrets  current"
        ]
    assert [action for _, action, _ in shell.audited] == ["keys_rewrapped", "keys_rewrapped"]
