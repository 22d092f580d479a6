"""An integration's connection over HTTP: which kinds there are, and how one replaces another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def path(installation: Installation, sample: SampleOrganization) -> str:
    """Return the path of an integration whose repositories are indexed."""
    made = installation.connect(sample, pull_request_window_days=30)
    installation.work()
    return f"integrations/{made}"


@pytest.mark.parametrize(
    ("connection", "wrong"),
    [
        ({"kind": "basic", "user_name": "me", "password": "x"}, ["connection.kind"]),
        ({"kind": "ssh_key"}, ["connection.kind"]),
        ({"kind": "none"}, ["connection.kind"]),
        ({"kind": "magic"}, ["kind"]),
        ({"kind": "pat"}, ["connection.token"]),
        ({"kind": "pat", "token": "x", "user_name": "me"}, ["connection.user_name"]),
        ({"kind": "pat", "token": "x", "password": "y"}, ["connection.password"]),
        ({"kind": "pat", "token": "x", "host_key": "y"}, ["connection.host_key"]),
        ({"kind": "pat", "token": "x", "public_key": "y"}, ["public_key"]),
        ({"kind": "ssh_key", "token": "x"}, ["connection.kind", "connection.token"]),
    ],
    ids=str,
)
def test_connection_that_does_not_fit_is_refused_by_field(
    installation: Installation,
    sample: SampleOrganization,
    path: str,
    connection: dict[str, Any],
    wrong: list[str],
) -> None:
    before = installation.call("GET", path).json
    sample.calls.reset()

    answered = installation.call("PUT", f"{path}/connection", connection)

    assert sorted(answered.fields) == wrong
    assert len(sample.calls) == 0
    assert installation.call("GET", path).json == before


def test_connection_is_replaced_as_a_whole_and_everything_else_kept(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    before = installation.call("GET", path).json
    links = installation.call("GET", "links/PAY-1").json
    token = sample.issue_token().value
    sample.revoke_token()

    answered = installation.call("PUT", f"{path}/connection", {"kind": "pat", "token": token})
    installation.work()

    assert answered.status == 200
    assert answered.json["connection"] == {"kind": "pat", "email": "", "expires_at": None}
    assert installation.call("GET", path).json == {
        **before,
        "connection": answered.json["connection"],
    }
    assert installation.call("GET", "links/PAY-1").json == links
    assert token not in answered.body.decode()


def test_connection_that_is_refused_replaces_nothing(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    answered = installation.call("PUT", f"{path}/connection", {"kind": "pat", "token": "wrong"})

    assert answered.problem == (422, "signed_out")
    sample.push("part-00", "main", "PAY-99 Later")
    installation.call("POST", f"{path}/reindex")
    installation.work()
    assert len(installation.call("GET", "links/PAY-99").json["links"]) == 1


def test_replaced_connection_is_in_the_audit(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    token = sample.issue_token().value

    installation.call("PUT", f"{path}/connection", {"kind": "pat", "token": token})

    newest = installation.call("GET", "audit").json["entries"][0]
    assert newest["action"] == "connection_replaced"
    assert token not in str(newest)


def test_connection_of_an_unknown_integration_is_not_found(installation: Installation) -> None:
    put = installation.call("PUT", "integrations/nothing/connection", {"kind": "pat", "token": "x"})

    assert put.problem == (404, "not_found")
