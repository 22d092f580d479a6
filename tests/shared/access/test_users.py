from __future__ import annotations

from dataclasses import replace

import pytest

from shared.access import sessions, users
from shared.access.auditing import OPERATOR
from shared.errors import (
    BadRequestError,
    ChangedError,
    ConflictError,
    NotSignedInError,
    ScopeMissingError,
)
from shared.interfaces.identity import SignedIn
from shared.people import SignInPolicy, User
from shared.services import ONE_GROUP, Services, SignIn
from shared.storage.installation import MemoryStorage
from shared.storage.secrets import KeyRing, new_key
from tests.shared.access.meanwhile import Meanwhile
from tests.shared.web.in_memory import NOW

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
FIRST = "11111111-1111-1111-1111-111111111111"
SECOND = "22222222-2222-2222-2222-222222222222"


def build(*admins: str) -> Services:
    return Services.over(
        MemoryStorage(),
        vault=KeyRing([new_key("k1")]),
        git_hosts={},
        clock=lambda: NOW,
        public_url="",
        sign_in=SignIn(policy=SignInPolicy(admins=frozenset(admins))),
    )


def person(object_id: str = FIRST, *roles: str, name: str = "Backend developer") -> SignedIn:
    return SignedIn(TENANT, object_id, name, "backend@example.com", roles)


def test_whoever_the_settings_name_is_an_admin() -> None:
    services = build(FIRST)

    made = users.sign_in(services, person())

    assert made.session.role == "admin"
    assert made.session.user == f"{TENANT}.{FIRST}"


def test_an_app_role_counts() -> None:
    made = users.sign_in(build(), person(FIRST, "Operator", "Something"))

    assert made.session.role == "operator"


def test_the_highest_role_counts() -> None:
    services = build()
    users.sign_in(services, person(FIRST, "Viewer"))

    users.change_roles(services, {f"{TENANT}.{FIRST}": "admin"}, by=OPERATOR)

    assert users.sign_in(services, person(FIRST, "Viewer")).session.role == "admin"


def test_whoever_has_no_role_is_refused_and_known_from_then_on() -> None:
    services = build(SECOND)

    with pytest.raises(ScopeMissingError):
        users.sign_in(services, person())

    listed = users.list_users(services, after="", limit=10)
    assert [(r.value.name, r.value.role) for r in listed] == [("Backend developer", None)]
    assert services.sessions.list(ONE_GROUP) == []


def test_the_first_visitor_is_no_admin() -> None:
    with pytest.raises(ScopeMissingError):
        users.sign_in(build(), person())


def test_a_role_that_is_taken_away_ends_the_sessions() -> None:
    services = build(SECOND)
    identity = f"{TENANT}.{FIRST}"
    with pytest.raises(ScopeMissingError):
        users.sign_in(services, person())
    users.change_roles(services, {identity: "operator"}, by=OPERATOR)
    made = users.sign_in(services, person())

    users.change_roles(services, {identity: "viewer"}, by=OPERATOR)
    lowered = sessions.find(services, made.cookie)
    users.change_roles(services, {identity: None}, by=OPERATOR)

    assert lowered.role == "viewer"
    with pytest.raises(NotSignedInError):
        sessions.find(services, made.cookie)


def test_the_last_admin_stays_one() -> None:
    services = build()
    identity = f"{TENANT}.{FIRST}"
    with pytest.raises(ScopeMissingError):
        users.sign_in(services, person())
    users.change_roles(services, {identity: "admin"}, by=OPERATOR)

    with pytest.raises(ConflictError):
        users.change_roles(services, {identity: "operator"}, by=OPERATOR)

    assert users.sign_in(services, person()).session.role == "admin"


def test_a_user_that_nobody_knows_is_named() -> None:
    with pytest.raises(BadRequestError) as refused:
        users.change_roles(build(), {"nobody": "admin"}, by=OPERATOR)

    assert refused.value.fields == {"nobody": "there is no such user"}


def test_a_name_or_an_email_is_no_identity() -> None:
    services = build(FIRST)
    users.sign_in(services, person(FIRST))

    with pytest.raises(ScopeMissingError):
        users.sign_in(services, person(SECOND))


def test_a_role_that_the_identity_server_takes_away_is_taken_from_older_sessions() -> None:
    services = build()
    lowered = users.sign_in(services, person(FIRST, "Admin"))
    users.sign_in(services, person(FIRST, "Viewer"))
    assert sessions.find(services, lowered.cookie).role == "viewer"

    with pytest.raises(ScopeMissingError):
        users.sign_in(services, person(FIRST))

    assert services.sessions.list(ONE_GROUP) == []


def test_a_role_that_is_taken_away_during_the_sign_in_is_not_given() -> None:
    services = build(SECOND)
    identity = f"{TENANT}.{FIRST}"
    services.users.put(ONE_GROUP, identity, User(identity, role="admin"))
    begun = Meanwhile(
        services.sessions,
        lambda: users.change_roles(services, {identity: "viewer"}, by=OPERATOR),
    )

    with pytest.raises(ConflictError):
        users.sign_in(replace(services, sessions=begun), person())

    assert services.sessions.list(ONE_GROUP) == []


def test_each_change_of_a_role_is_noted_before_another_one_fails() -> None:
    services = build()
    first, second = f"{TENANT}.{FIRST}", f"{TENANT}.{SECOND}"
    for identity in (first, second):
        services.users.put(ONE_GROUP, identity, User(identity))
    changed = Meanwhile(
        services.users,
        lambda: services.users.put(ONE_GROUP, second, User(second, name="Other")),
        at="replace",
    )

    with pytest.raises(ChangedError):
        users.change_roles(
            replace(services, users=changed), {first: "viewer", second: "admin"}, by=OPERATOR
        )

    noted = services.storage.audit.page(now=NOW, limit=10)
    assert [stored.entry.detail for stored in noted] == [f"{first} viewer"]


def test_a_role_that_was_lost_completes_nothing() -> None:
    services = build(SECOND)
    identity = f"{TENANT}.{FIRST}"
    services.users.put(ONE_GROUP, identity, User(identity, role="operator"))

    users.check_still(services, identity, "operator")
    users.check_still(services, f"{TENANT}.{SECOND}", "admin")
    users.check_still(services, "operator", "admin")

    with pytest.raises(ScopeMissingError):
        users.check_still(services, identity, "admin")
