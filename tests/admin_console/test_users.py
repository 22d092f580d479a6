"""Who uses the console, and what they may, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.access import users
from shared.errors import ScopeMissingError
from shared.interfaces.identity import SignedIn
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Answered

ADMIN, READER, NOBODY = "t.o1", "t.o2", "t.o3"


@pytest.fixture
def installation() -> Installation:
    """Return an installation that three people have signed in to, one of them without a role."""
    made = Installation()
    users.sign_in(made.services, person("o1", "admin"))
    users.sign_in(made.services, person("o2", "viewer"))
    with pytest.raises(ScopeMissingError):
        users.sign_in(made.services, person("o3"))
    return made


def person(object_id: str, *roles: str) -> SignedIn:
    return SignedIn("t", object_id, f"Person {object_id}", f"{object_id}@example.com", roles)


def put(installation: Installation, *roles: tuple[str, str | None]) -> Answered:
    body = {"users": [{"id": name, "role": role} for name, role in roles]}
    return installation.call("PUT", "users", body)


def roles_of(answered: Answered) -> dict[str, tuple[str | None, str | None]]:
    assert answered.status == 200, answered.body
    return {u["id"]: (u["role"], u["effective_role"]) for u in answered.json["users"]}


def test_everybody_who_signed_in_is_told_with_what_they_may(installation: Installation) -> None:
    answered = installation.call("GET", "users")

    assert answered.json["users"][0] == {
        "id": ADMIN,
        "name": "Person o1",
        "email": "o1@example.com",
        "role": None,
        "effective_role": "admin",
        "signed_in_at": "2026-11-21T09:00:00Z",
    }
    assert roles_of(answered) == {
        ADMIN: (None, "admin"), READER: (None, "viewer"), NOBODY: (None, None),
    }  # fmt: skip
    assert answered.json["next"] is None


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_users_are_listed_page_by_page(installation: Installation, limit: int) -> None:
    found, cursor = [], ""
    while cursor is not None:
        page = installation.call("GET", f"users?limit={limit}&cursor={cursor}").json
        found += [user["id"] for user in page["users"]]
        cursor = page["next"]

    assert found == [ADMIN, READER, NOBODY]


def test_role_is_given_and_noted(installation: Installation) -> None:
    answered = put(installation, (READER, "operator"), (NOBODY, "viewer"))

    assert roles_of(answered) == {
        READER: ("operator", "operator"), NOBODY: ("viewer", "viewer"),
    }  # fmt: skip
    noted = [
        e["detail"]
        for e in installation.call("GET", "audit").json["entries"]
        if e["action"] == "user_changed"
    ]
    assert sorted(noted) == [f"{READER} operator", f"{NOBODY} viewer"]


def test_role_that_was_given_is_taken_away_again(installation: Installation) -> None:
    put(installation, (READER, "admin"))

    answered = put(installation, (READER, None))

    assert roles_of(answered) == {READER: (None, "viewer")}


def test_last_admin_stays(installation: Installation) -> None:
    put(installation, (READER, "admin"))
    users.sign_in(installation.services, person("o1", "viewer"))

    answered = put(installation, (READER, None))

    assert answered.problem == (409, "exists")
    assert roles_of(installation.call("GET", "users"))[READER] == ("admin", "admin")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"users": [{"id": "t.nobody", "role": "admin"}]}, ["t.nobody"]),
        ({"users": [{"id": READER, "role": "owner"}]}, ["users[0].role"]),
        ({"users": [{"id": READER}]}, ["users[0].role"]),
        ({"users": [{"id": READER, "role": None, "name": "x"}]}, ["users[0].name"]),
        ({"users": [{"id": READER, "role": "admin"}] * 2}, ["users[1].id"]),
        ({"roles": []}, ["roles"]),
        ({}, ["users"]),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_and_nobody_is_changed(
    installation: Installation, body: dict[str, Any], wrong: list[str]
) -> None:
    before = roles_of(installation.call("GET", "users"))

    assert sorted(installation.call("PUT", "users", body).fields) == wrong

    assert roles_of(installation.call("GET", "users")) == before


def test_only_admins_may(installation: Installation) -> None:
    token = installation.token("links:read", "code:read", "code:write")

    for method in ("GET", "PUT"):
        assert installation.call(method, "users", token=token).problem == (403, "scope_missing")
