"""A server of one's own, connected with a user name and a password."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization import SampleOrganization
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return a collection with one repository, where any user's password is a token."""
    with SampleOrganization(tmp_path, name="Main", server_folder="tfs") as started:
        started.add_project("Shop")
        started.create_repository("Shop", "web")
        started.push("web", "main", "PAY-1 Start\n\nSee PAY-2")
        yield started


@pytest.fixture
def installation() -> Installation:
    return Installation()


def body_for(server: SampleOrganization, **more: Any) -> dict[str, Any]:
    connection = {"kind": "basic", "user_name": "SHOP\\reader", "password": server.token, **more}
    return {"git_host": "azure_devops_server", "url": server.url, "connection": connection}


def test_server_is_indexed_with_a_user_name_and_a_password(
    installation: Installation, server: SampleOrganization, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    made = installation.call("POST", "integrations", body_for(server))
    installation.work()

    path = f"integrations/{made.json['id']}"
    answers = [made, installation.call("GET", path), installation.call("GET", "audit")]
    assert made.json["connection"]["user_name"] == "SHOP\\reader"
    assert installation.call("GET", f"{path}/status").json["state"] == "idle"
    assert len(installation.call("GET", "links/PAY-2").json["links"]) == 1
    assert not any(server.token in answered.body.decode() for answered in answers)
    assert server.token not in caplog.text


def test_token_gives_way_to_a_user_name_and_a_password(
    installation: Installation, server: SampleOrganization
) -> None:
    body = {**body_for(server), "connection": {"kind": "pat", "token": server.token}}
    path = f"integrations/{installation.call('POST', 'integrations', body).json['id']}"

    replaced = installation.call("PUT", f"{path}/connection", body_for(server)["connection"])
    installation.work()

    assert (replaced.status, replaced.json["connection"]["kind"]) == (200, "basic")
    assert len(installation.call("GET", "links/PAY-1").json["links"]) == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"password": ""}, "connection.password"),
        ({"user_name": ""}, "connection.user_name"),
        ({"user_name": "a:b"}, "connection.user_name"),
        ({"token": "x"}, "connection.token"),
        ({"kind": "ssh_key"}, "connection.kind"),
    ],
    ids=str,
)
def test_connection_that_a_server_cannot_use_is_refused_by_field(
    installation: Installation, server: SampleOrganization, more: dict[str, str], field: str
) -> None:
    answered = installation.call("POST", "integrations", body_for(server, **more))

    assert field in answered.fields
    assert len(server.calls) == 0
