from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from shared import trackers
from shared.access import api_tokens
from shared.web.routes import Route

if TYPE_CHECKING:
    from shared.configuration import Scope
    from shared.web.calls import Call
    from tests.shared.web.in_memory import Installation


def greet(call: Call) -> object:
    return {"name": call.caller.actor.name, "tracker": call.tracker.id}


def welcome(call: Call) -> object:
    del call
    return {"open": True}


READ = Route("GET", "probe", greet, "links:read", "For plugins.")
OPEN = Route("GET", "probe", welcome, None, "For anybody.")
ADMIN = Route("GET", "probe", greet, "admin", "For admins.")


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {} "])
def test_token_in_the_header_is_recognised(installation: Installation, form: str) -> None:
    headers = {"Authorization": form.format(installation.token("links:read"))}

    answered = installation.ask(READ, token="", headers=headers)

    assert answered.json == {"name": "Plugin", "tracker": "default"}


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic {}",
        "Token {}",
        "{}",
        "Bearer{}",
        "Bearer {},{}",
        "Bearer {} {}",
        'Bearer "{}"',
        "Bearer {}\N{ZERO WIDTH SPACE}",
    ],
)
def test_request_without_a_valid_token_is_not_signed_in(
    installation: Installation, header: str | None
) -> None:
    token = installation.token("links:read")
    headers = {} if header is None else {"Authorization": header.replace("{}", token)}

    answered = installation.ask(READ, token="", headers=headers)

    assert answered.problem == (401, "not_signed_in")
    assert answered.headers["www-authenticate"] == "Bearer"
    assert token not in answered.body.decode()


def test_route_for_anybody_looks_at_no_token(installation: Installation) -> None:
    assert installation.ask(OPEN, token="").status == 200
    assert installation.ask(OPEN, token="not a token").status == 200


@pytest.mark.parametrize("name", ["token", "access_token", "cursor", "q"])
@pytest.mark.parametrize("text", ["{}", "Bearer {}", "x{}x"])
def test_token_in_the_query_is_refused_whether_or_not_the_header_has_one(
    installation: Installation, name: str, text: str
) -> None:
    token = installation.token("links:read")
    query = f"{name}={quote(text.format(token))}"

    for header in ("", token):
        answered = installation.ask(READ, query=query, token=header)

        assert answered.problem == (400, "bad_request")
        assert "Revoke" in answered.json["next_step"]
        assert token not in answered.body.decode()


@pytest.mark.parametrize(
    ("scope", "status"),
    [("links:read", 200), ("code:read", 403), ("code:write", 403), ("admin", 200)],
)
def test_token_opens_what_its_scope_allows(
    installation: Installation, scope: Scope, status: int
) -> None:
    assert installation.ask(READ, token=installation.token(scope)).status == status


@pytest.mark.parametrize("scope", ["links:read", "code:read", "code:write"])
def test_token_of_a_plugin_opens_no_admin_route(installation: Installation, scope: Scope) -> None:
    answered = installation.ask(ADMIN, token=installation.token(scope))

    assert answered.problem == (403, "scope_missing")
    assert "admin" in answered.json["detail"]


def test_token_that_expires_is_good_until_then_and_not_a_moment_longer(
    installation: Installation,
) -> None:
    ends = installation.clock.now() + timedelta(hours=1)
    token = installation.token("links:read", expires_at=ends)

    installation.clock.advance(timedelta(minutes=59, seconds=59))
    assert installation.ask(READ, token=token).status == 200

    installation.clock.advance(timedelta(seconds=1))
    assert installation.ask(READ, token=token).problem == (401, "not_signed_in")


def test_revoked_token_is_not_signed_in(installation: Installation) -> None:
    made = api_tokens.create_token(installation.services, name="Plugin", scopes=["links:read"])
    assert installation.ask(READ, token=made.text).status == 200

    api_tokens.revoke_token(installation.services, made.kept.id)

    assert installation.ask(READ, token=made.text).problem == (401, "not_signed_in")


def test_token_of_a_tracker_that_is_gone_is_not_signed_in(installation: Installation) -> None:
    installation.call("POST", "trackers", {"id": "jira", "name": "Jira"})
    token = installation.token("links:read", tracker="jira")
    trackers.remove_tracker(installation.services, "jira")

    assert installation.ask(READ, token=token).problem == (401, "not_signed_in")


def test_tokens_and_their_secrets_are_in_no_log(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = installation.token("links:read")
    secret = token.split("_")[2]

    installation.ask(READ, token=token)
    installation.ask(READ, token=token[:-1] + "~")
    installation.ask(READ, token=token, query=f"token={token}")
    installation.ask(ADMIN, token=token)

    assert secret not in caplog.text
