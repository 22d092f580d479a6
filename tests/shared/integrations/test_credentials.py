from __future__ import annotations

import pytest

from admin_console.integration_values import ConnectionBody
from shared.git_hosts.git_protocol.keys import KeyPair
from shared.integrations.connections import NewConnection
from shared.interfaces.git_host_family import Credential

SECRET = "s3cret"


@pytest.mark.parametrize(
    "value",
    [
        Credential("pat", SECRET),
        NewConnection(token=SECRET, password=SECRET),
        ConnectionBody("basic", token=SECRET, password=SECRET),
        KeyPair(SECRET, "ssh-ed25519 AAAA"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_holds_a_secret_does_not_show_it(value: object) -> None:
    assert type(value).__name__ in repr(value)
    assert SECRET not in f"{value} {value!r} {[value]}"
