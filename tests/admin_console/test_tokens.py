from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Answered


@pytest.fixture
def installation() -> Installation:
    return Installation()


def create(installation: Installation, **fields: Any) -> Answered:
    body = {"name": "Plugin", "scopes": ["links:read"], **fields}
    return installation.call("POST", "tokens", body)


def test_token_is_shown_once_with_what_it_may(installation: Installation) -> None:
    installation.call("POST", "trackers", {"id": "jira", "name": "Jira"})
    answered = create(
        installation,
        scopes=["code:read", "links:read"],
        tracker="jira",
        issue_projects=["pay"],
        integrations=["i1"],
        expires_at="2027-01-31T00:00:00Z",
    )

    assert answered.status == 201
    made = answered.json
    text = made.pop("token")
    assert made == {
        "id": text.split("_")[1],
        "name": "Plugin",
        "scopes": ["links:read", "code:read"],
        "tracker": "jira",
        "issue_projects": ["PAY"],
        "integrations": ["i1"],
        "created_at": "2026-11-21T09:00:00Z",
        "expires_at": "2027-01-31T00:00:00Z",
        "last_used_at": None,
    }


def test_made_token_opens_what_it_may_and_nothing_else(installation: Installation) -> None:
    token = create(installation, issue_projects=["PAY"]).json["token"]

    assert installation.call("GET", "links/PAY-1", token=token).status == 200
    assert installation.call("GET", "links/OPS-1", token=token).problem == (403, "out_of_scope")
    assert installation.call("GET", "tokens", token=token).problem == (403, "scope_missing")


def test_answer_with_the_token_is_not_stored_on_its_way(installation: Installation) -> None:
    assert create(installation).headers["cache-control"] == "no-store"


def test_token_lives_for_a_year_when_nothing_else_is_said(installation: Installation) -> None:
    made = create(installation).json

    assert made["expires_at"] == "2027-11-21T09:00:00Z"
    assert (made["tracker"], made["issue_projects"], made["integrations"]) == (
        "default",
        None,
        None,
    )


def test_expiry_in_another_zone_is_told_in_utc(installation: Installation) -> None:
    made = create(installation, expires_at="2027-01-31T01:00:00+01:00").json

    assert made["expires_at"] == "2027-01-31T00:00:00Z"


def test_expiry_without_a_zone_is_refused_or_meant_in_utc(installation: Installation) -> None:
    answered = create(installation, expires_at="2027-01-31T00:00:00")

    assert answered.status in {201, 400}, answered.body
    assert answered.status == 400 or answered.json["expires_at"] == "2027-01-31T00:00:00Z"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, ["name"]),
        ({"scopes": []}, ["scopes"]),
        ({"scopes": ["links:write"]}, ["scopes[0]"]),
        ({"scopes": "links:read"}, ["scopes"]),
        ({"tracker": "nothing"}, ["tracker"]),
        ({"expires_at": "2026-11-21T09:00:00Z"}, ["expires_at"]),
        ({"expires_at": "soon"}, ["expires_at"]),
        ({"issue_projects": "PAY"}, ["issue_projects"]),
        ({"scope": "admin"}, ["scope"]),
        ({"name": "", "tracker": "nothing"}, ["name", "tracker"]),
    ],
    ids=str,
)
def test_token_that_makes_no_sense_is_refused_by_field(
    installation: Installation, fields: dict[str, Any], wrong: list[str]
) -> None:
    assert sorted(create(installation, **fields).fields) == wrong


def test_tokens_are_listed_without_their_texts(installation: Installation) -> None:
    made = [create(installation).json for _ in range(3)]

    answered = installation.call("GET", "tokens")

    listed = answered.json["tokens"]
    assert {token["id"] for token in listed} >= {token["id"] for token in made}
    for token in made:
        assert token["token"] not in answered.body.decode()
        assert token["token"].split("_")[2] not in answered.body.decode()
    assert all("secret_hash" not in token for token in listed)


def test_use_of_a_token_is_told_to_the_hour(installation: Installation) -> None:
    made = create(installation).json
    installation.call("GET", "links/PAY-1", token=made["token"])

    listed = {t["id"]: t for t in installation.call("GET", "tokens").json["tokens"]}

    assert listed[made["id"]]["last_used_at"] == "2026-11-21T09:00:00Z"


@pytest.mark.parametrize("limit", [1, 4, 5, 6])
def test_tokens_are_listed_page_by_page(installation: Installation, limit: int) -> None:
    made = {create(installation).json["id"] for _ in range(4)} | {installation.admin.split("_")[1]}

    found, cursor = [], ""
    while cursor is not None:
        page = installation.call("GET", f"tokens?limit={limit}&cursor={cursor}").json
        assert 0 < len(page["tokens"]) <= limit
        found += [token["id"] for token in page["tokens"]]
        cursor = page["next"]

    assert found == sorted(made)


def test_revoked_token_opens_nothing_more(installation: Installation) -> None:
    made = create(installation).json

    answered = installation.call("DELETE", f"tokens/{made['id']}")

    assert (answered.status, answered.body) == (204, b"")
    refused = installation.call("GET", "links/PAY-1", token=made["token"])
    assert refused.problem == (401, "not_signed_in")
    assert installation.call("DELETE", f"tokens/{made['id']}").problem == (404, "not_found")
