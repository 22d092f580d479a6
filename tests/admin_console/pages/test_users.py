"""People and their roles in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.people import User
from shared.services import ONE_GROUP
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation

VIEWER = User("tenant.viewer", "Tester", "tester@example.com", app_role="viewer")
ADMIN = User("tenant.admin", "Team lead", "lead@example.com", role="admin")
STRANGER = User("tenant.stranger", "<script>alert(1)</script>\u202e")


@pytest.fixture
def visitor(installation: Installation) -> Visitor:
    for user in (VIEWER, ADMIN, STRANGER):
        installation.services.users.insert(ONE_GROUP, user.id, user)
    return Visitor(installation.services)


def test_users_are_shown_with_who_gives_them_their_role(visitor: Visitor) -> None:
    seen = visitor.get("/users")

    assert "Tester tester@example.com viewer viewer by an app role of Entra" in seen.text
    assert "Team lead lead@example.com admin never" in seen.text
    assert "not let in" in seen.text
    assert "<script>alert" not in seen.html
    assert "\u202e" not in seen.html


def test_nobody_has_signed_in_yet(installation: Installation) -> None:
    seen = Visitor(installation.services).get("/users")

    assert "Nobody has signed in with an account of their own yet." in seen.text
    assert "python -m admin_console sign-in-link" in seen.text


def test_a_role_is_given_and_taken(installation: Installation, visitor: Visitor) -> None:
    given = visitor.post("/users", {"user": STRANGER.id, "role": "operator"})
    kept = installation.services.users.get(ONE_GROUP, STRANGER.id)
    entries = installation.call("GET", "audit").json["entries"]
    taken = visitor.post("/users", {"user": STRANGER.id, "role": ""})
    left = installation.services.users.get(ONE_GROUP, STRANGER.id)

    assert given.location == taken.location == "/api/console/users?done=saved"
    assert kept is not None
    assert kept.value.role == "operator"
    assert left is not None
    assert left.value.role is None
    changes = [entry["detail"] for entry in entries if entry["action"] == "user_changed"]
    assert changes == ["tenant.stranger operator"]


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"user": "tenant.nobody", "role": "admin"}, 400, "there is no such user"),
        ({"user": VIEWER.id, "role": "owner"}, 400, "choose one"),
        ({"user": ADMIN.id, "role": "viewer"}, 409, "Nobody would be an admin any more."),
    ],
)
def test_a_role_that_cannot_be_given_is_refused(
    visitor: Visitor, form: dict[str, str], status: int, told: str
) -> None:
    seen = visitor.post("/users", form)

    assert seen.status == status
    assert told in seen.text
