from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.access import one_time_codes, sessions
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from shared.people import Role

SAME_SITE = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}


@pytest.fixture
def installation() -> Installation:
    return Installation(public_url="http://localhost")


def signed_in(installation: Installation, role: Role) -> str:
    code = one_time_codes.make_code(installation.services, role=role)
    return one_time_codes.redeem(installation.services, code).cookie


def headers(cookie: str, **more: str) -> dict[str, str]:
    return {"cookie": f"{sessions.COOKIE}={cookie}", **more}


def with_token(cookie: str, **more: str) -> dict[str, str]:
    csrf = sessions.csrf_token(cookie)
    return headers(cookie, **{"x-csrf-token": csrf, **SAME_SITE, **more})


def test_a_session_may_what_a_token_may(installation: Installation) -> None:
    cookie = signed_in(installation, "admin")

    read = installation.call("GET", "tokens", token="", headers=headers(cookie))
    made = installation.call(
        "POST",
        "tokens",
        {"name": "Plugin", "scopes": ["links:read"]},
        token="",
        headers=with_token(cookie),
    )

    assert read.status == 200
    assert made.status == 201


@pytest.mark.parametrize(
    ("role", "method", "target", "status"),
    [
        ("viewer", "GET", "links/PAY-1", 200),
        ("viewer", "GET", "repositories", 200),
        ("viewer", "GET", "tokens", 403),
        ("viewer", "GET", "integrations/nobodys/status", 403),
        ("viewer", "GET", "integrations/nobodys/deliveries", 403),
        ("operator", "GET", "tokens", 403),
        ("operator", "GET", "integrations", 403),
        ("operator", "GET", "integrations/nobodys/status", 404),
        ("operator", "GET", "integrations/nobodys/deliveries", 404),
        ("operator", "POST", "integrations/nobodys/reindex", 404),
        ("operator", "POST", "integrations/nobodys/cancel", 404),
        ("operator", "POST", "integrations/nobodys/deliveries/x/replay", 404),
        ("operator", "POST", "integrations/nobodys/deliveries/refill", 404),
        ("operator", "POST", "integrations/nobodys/pause", 403),
        ("viewer", "POST", "integrations/nobodys/reindex", 403),
        ("admin", "POST", "integrations/nobodys/pause", 404),
    ],
)
def test_a_role_opens_its_routes_and_no_others(
    installation: Installation, role: Role, method: str, target: str, status: int
) -> None:
    cookie = signed_in(installation, role)

    answered = installation.call(method, target, token="", headers=with_token(cookie))

    assert answered.status == status, answered.body


def test_an_operators_routes_are_not_opened_by_a_token_that_may_write(
    installation: Installation,
) -> None:
    token = installation.token("code:write")

    answered = installation.call("GET", "integrations/nobodys/status", token=token)

    assert answered.problem == (403, "scope_missing")


@pytest.mark.parametrize(
    "more",
    [
        {"x-csrf-token": ""},
        {"x-csrf-token": sessions.csrf_token("another session's cookie")},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_change_that_another_site_sends_is_refused(
    installation: Installation, more: dict[str, str]
) -> None:
    cookie = signed_in(installation, "admin")

    answered = installation.call(
        "POST",
        "tokens",
        {"name": "Plugin", "scopes": ["admin"]},
        token="",
        headers=with_token(cookie, **more),
    )

    assert answered.problem == (403, "cross_site")
    assert len(installation.call("GET", "tokens").json["tokens"]) == 1


def test_a_session_that_was_ended_is_nobodys(installation: Installation) -> None:
    cookie = signed_in(installation, "admin")
    sessions.end(installation.services, cookie)

    answered = installation.call("GET", "tokens", token="", headers=headers(cookie))

    assert answered.problem == (401, "not_signed_in")


def test_a_token_that_is_shown_counts_whatever_cookie_comes_with_it(
    installation: Installation,
) -> None:
    cookie = signed_in(installation, "admin")

    answered = installation.call(
        "GET", "tokens", token=installation.token("links:read"), headers=headers(cookie)
    )

    assert answered.problem == (403, "scope_missing")


def test_the_platforms_header_signs_nobody_in(installation: Installation) -> None:
    principal = {"x-ms-client-principal": "eyJhdXRoX3R5cCI6ImFhZCJ9"}

    answered = installation.call("GET", "tokens", token="", headers=principal)

    assert answered.problem == (401, "not_signed_in")
