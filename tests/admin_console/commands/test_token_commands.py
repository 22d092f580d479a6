"""What operators do with API tokens from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import BadRequestError, UnknownThingError

if TYPE_CHECKING:
    from tests.admin_console.commands.conftest import Shell
    from tests.shared.web.in_memory import Installation


def test_token_is_made_limited_and_listed_without_its_text(
    shell: Shell, installation: Installation
) -> None:
    [text] = shell.run(
        "token", "create", "--name", "Plugin", "--scopes", "links:read", "--project", "PAY",
        "--integration", "i1", "--expires-at", "2027-01-31T00:00:00Z",
    )  # fmt: skip

    listed = shell.run("token", "list")
    [row] = [line for line in listed if line.endswith("  Plugin")]
    assert row.split() == [
        text.split("_")[1], "default", "links:read", "until", "2027-01-31", "never", "used",
        "only", "PAY,i1", "Plugin",
    ]  # fmt: skip
    assert text.split("_")[2] not in "".join(listed)
    assert installation.call("GET", "links/OPS-1", token=text).problem == (403, "out_of_scope")
    assert shell.noted() == ["token_created"]


def test_token_without_limits_sees_all_projects(shell: Shell, installation: Installation) -> None:
    [text] = shell.run("token", "create", "--name", "Plugin", "--scopes", "links:read")

    assert installation.call("GET", "links/OPS-1", token=text).status == 200


def test_revoked_token_opens_nothing_more(shell: Shell, installation: Installation) -> None:
    [text] = shell.run("token", "create", "--name", "Plugin", "--scopes", "links:read")
    token = text.split("_")[1]

    said = shell.run("token", "revoke", token)

    assert said == [f"{token} is revoked"]
    assert installation.call("GET", "links/PAY-1", token=text).problem == (401, "not_signed_in")
    assert shell.noted() == ["token_created", "token_revoked"]
    with pytest.raises(UnknownThingError):
        shell.run("token", "revoke", token)


def test_expiry_in_the_past_is_refused(shell: Shell) -> None:
    with pytest.raises(BadRequestError) as refused:
        shell.run(
            "token", "create", "--name", "x", "--scopes", "admin", "--expires-at", "2020-01-01"
        )

    assert list(refused.value.fields) == ["expires_at"]
