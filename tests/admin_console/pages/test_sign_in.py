from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.access import one_time_codes, sessions
from shared.people import SignInPolicy
from shared.services import SignIn
from tests.shared.web.in_memory import Installation
from tests.shared.web.visiting import HOST, Visitor


@pytest.fixture
def installation() -> Installation:
    return Installation(public_url="http://localhost:7071")


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(
    installation: Installation,
) -> None:
    seen = Visitor(installation.services, role=None).get("/integrations?cursor=x")

    assert seen.status == 303
    assert seen.location == (
        "/api/console/sign-in?return_to=/api/console/integrations%3Fcursor%3Dx"
    )


def test_a_one_time_code_signs_in_once(installation: Installation) -> None:
    code = one_time_codes.make_code(installation.services)
    visitor = Visitor(installation.services, role=None)

    first = visitor.post("/sign-in/code", {"code": code, "return_to": "/api/console/users"})
    second = visitor.post("/sign-in/code", {"code": code})

    assert (first.status, first.location) == (303, "/api/console/users")
    assert first.headers["set-cookie"].startswith("__Host-sid=")
    assert second.status == 401
    assert "used already" in second.text


def test_a_one_time_code_is_refused_after_a_quarter_of_an_hour(installation: Installation) -> None:
    code = one_time_codes.make_code(installation.services)
    installation.clock.advance(timedelta(minutes=15))

    seen = Visitor(installation.services, role=None).post("/sign-in/code", {"code": code})

    assert seen.status == 401


def test_a_session_is_over_after_a_sign_out(installation: Installation) -> None:
    visitor = Visitor(installation.services)

    left = visitor.post("/sign-out")
    after = visitor.get("")

    assert left.location == "/api/console/sign-in?done=signed_out"
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert after.location.startswith("/api/console/sign-in")


def test_a_cookie_that_a_stranger_chose_is_no_session(installation: Installation) -> None:
    visitor = Visitor(installation.services, role=None)
    visitor.cookie = "chosen-by-somebody-else"

    code = one_time_codes.make_code(installation.services)
    entered = visitor.post("/sign-in/code", {"code": code})

    assert visitor.get("").status == 303
    assert "chosen-by-somebody-else" not in entered.headers["set-cookie"]


PRINCIPAL = base64.b64encode(
    json.dumps(
        {
            "auth_typ": "aad",
            "claims": [
                {"typ": "tid", "val": "tenant"},
                {"typ": "oid", "val": "object"},
                {"typ": "roles", "val": "Viewer"},
            ],
        }
    ).encode()
).decode()
AS_PLATFORM = {"x-ms-client-principal": PRINCIPAL}


def behind_the_platform(installation: Installation, *, believes: bool = True) -> Visitor:
    policy = SignInPolicy(believes_platform=believes, tenant_id="tenant")
    services = replace(installation.services, sign_in=SignIn(HOST, policy=policy))
    return Visitor(services, role=None)


def test_whom_the_platform_signed_in_is_let_in_to_where_they_wanted(
    installation: Installation,
) -> None:
    visitor = behind_the_platform(installation)

    seen = visitor.get("/sign-in?return_to=/api/console/issues", headers=AS_PLATFORM)

    assert (seen.status, seen.location) == (303, "/api/console/issues")
    assert seen.headers["set-cookie"].startswith("__Host-sid=")


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example/api/console"])
def test_the_platform_leads_nobody_away_from_the_console(
    installation: Installation, wanted: str
) -> None:
    visitor = behind_the_platform(installation)

    assert visitor.get(f"/sign-in?return_to={wanted}", headers=AS_PLATFORM).location == (
        "/api/console"
    )


def test_a_header_that_anybody_sends_lets_nobody_in(installation: Installation) -> None:
    visitor = behind_the_platform(installation, believes=False)

    seen = visitor.get("/sign-in", headers=AS_PLATFORM)

    assert seen.status == 200
    assert "set-cookie" not in seen.headers


@pytest.mark.parametrize(
    ("idle", "is_over"),
    [(timedelta(minutes=29), False), (timedelta(minutes=30), True)],
)
def test_a_session_ends_when_nobody_uses_it(
    installation: Installation, idle: timedelta, *, is_over: bool
) -> None:
    visitor = Visitor(installation.services)

    installation.clock.advance(idle)

    assert (visitor.get("").status == 303) is is_over


def test_a_session_ends_after_eight_hours_of_use(installation: Installation) -> None:
    visitor = Visitor(installation.services)

    for _ in range(23):
        installation.clock.advance(timedelta(minutes=20))
        assert visitor.get("").status == 200
    installation.clock.advance(timedelta(minutes=20))

    assert visitor.get("").status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "", "sec-fetch-site": ""},
    ],
)
def test_a_form_of_another_site_is_refused(
    installation: Installation, headers: dict[str, str]
) -> None:
    visitor = Visitor(installation.services)

    seen = visitor.post("/sign-out", headers=headers)

    assert seen.status == 403
    assert visitor.get("").status == 200


def test_a_form_without_the_token_of_its_session_is_refused(installation: Installation) -> None:
    visitor = Visitor(installation.services)
    another = sessions.csrf_token(Visitor(installation.services).cookie)

    seen = visitor.post("/sign-out", {"csrf": another})

    assert seen.status == 403
    assert visitor.get("").status == 200


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/api/console",
     "%2f%2fevil.example", "javascript:alert(1)", "/api/console/../../evil", "/api/consolex",
     "/api/console\r\nSet-Cookie: x=y", "/api/links/PAY-1"],
)  # fmt: skip
def test_nobody_is_led_away_from_the_console(installation: Installation, wanted: str) -> None:
    code = one_time_codes.make_code(installation.services)

    seen = Visitor(installation.services, role=None).post(
        "/sign-in/code", {"code": code, "return_to": wanted}
    )

    assert seen.location == "/api/console"


def test_every_page_says_what_it_may_load(installation: Installation) -> None:
    seen = Visitor(installation.services).get("")

    policy = seen.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert seen.headers["cache-control"] == "no-store"
    assert "<script>" not in seen.html
    assert "style=" not in seen.html
