from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.errors import (
    DevlinksError,
    ForeignSignInError,
    IdentityClientRefusedError,
    SignInRefusedError,
)
from shared.interfaces.identity import SignedIn
from tests.identity_server.process import ADMIN, READER, TENANT

if TYPE_CHECKING:
    from shared.entra.server import EntraServer
    from tests.identity_server.process import Failure, IdentityServerProcess

CALLBACK = "http://localhost:7071/oauth/callback"


def test_who_signs_in_is_told_by_tenant_and_object_id(
    entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)

    person = entra.complete_sign_in(begun.flow, identity_server.allow(begun.url, account=READER))

    oid = identity_server.object_ids[READER]
    assert person == SignedIn(TENANT, oid, name="Release reader", email=READER, roles=())


def test_app_roles_are_told(entra: EntraServer, identity_server: IdentityServerProcess) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)

    person = entra.complete_sign_in(begun.flow, identity_server.allow(begun.url, account=ADMIN))

    assert person.roles == ("Admin",)


def test_browser_is_sent_with_a_challenge_and_asked_to_post_the_answer(entra: EntraServer) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)

    asked = parse_qs(urlsplit(begun.url).query)
    assert asked["response_mode"] == ["form_post"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"] == [begun.state]
    assert asked["redirect_uri"] == [CALLBACK]
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}


def test_what_completes_a_sign_in_is_neither_shown_nor_in_the_address(entra: EntraServer) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)
    other = entra.begin_sign_in(redirect_uri=CALLBACK)

    assert "code_verifier" in begun.flow
    assert repr(begun) == "Begun(…)"
    assert begun.state != other.state


def test_cancelled_sign_in_is_told_as_that(
    entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)

    with pytest.raises(SignInRefusedError, match="cancelled"):
        entra.complete_sign_in(begun.flow, identity_server.cancel(begun.url))


def test_answer_to_another_sign_in_is_refused_without_a_call(
    entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    begun, other = (entra.begin_sign_in(redirect_uri=CALLBACK) for _ in range(2))
    answer = identity_server.allow(other.url)
    requests = identity_server.token_requests()

    with pytest.raises(SignInRefusedError):
        entra.complete_sign_in(begun.flow, answer)

    assert identity_server.token_requests() == requests


def test_two_sign_ins_at_once_both_succeed(
    entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    first, second = (entra.begin_sign_in(redirect_uri=CALLBACK) for _ in range(2))
    answers = [identity_server.allow(begun.url) for begun in (first, second)]

    assert entra.complete_sign_in(second.flow, answers[1]).email == ADMIN
    assert entra.complete_sign_in(first.flow, answers[0]).email == ADMIN


def test_code_is_good_once(entra: EntraServer, identity_server: IdentityServerProcess) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)
    answer = identity_server.allow(begun.url)
    entra.complete_sign_in(begun.flow, answer)

    with pytest.raises(SignInRefusedError, match="completed before"):
        entra.complete_sign_in(begun.flow, answer)


@pytest.mark.parametrize("issuer", ["https://identity.example/v2.0", "", None])
def test_answer_that_does_not_come_from_our_server_is_refused_and_its_code_not_shown(
    entra: EntraServer, identity_server: IdentityServerProcess, issuer: str | None
) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)
    answer = identity_server.allow(begun.url)
    del answer["iss"]
    requests = identity_server.token_requests()

    with pytest.raises(SignInRefusedError, match="another identity server"):
        entra.complete_sign_in(begun.flow, answer if issuer is None else {**answer, "iss": issuer})

    assert identity_server.token_requests() == requests


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("wrong_tid", ForeignSignInError),
        ("wrong_aud", ForeignSignInError),
        ("wrong_iss", ForeignSignInError),
        ("wrong_nonce", SignInRefusedError),
        ("expired", SignInRefusedError),
        ("nobody", SignInRefusedError),
        ("conditional_access", SignInRefusedError),
        ("markup", SignInRefusedError),
        ("invalid_client", IdentityClientRefusedError),
        ("unauthorized_client", IdentityClientRefusedError),
    ],
)
def test_nobody_is_signed_in_by_what_is_not_said_of_them_to_us(
    entra: EntraServer,
    identity_server: IdentityServerProcess,
    kind: Failure,
    error: type[DevlinksError],
) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)
    answer = identity_server.allow(begun.url)
    identity_server.fail(kind)

    with pytest.raises(DevlinksError) as raised:
        entra.complete_sign_in(begun.flow, answer)

    assert type(raised.value) is error


def test_description_of_somebody_else_is_one_short_line_of_text(
    entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)
    answer = identity_server.cancel(begun.url)
    text = f"<b>\x07\r\nSet-Cookie: a=b\u202e\ud800{'x' * 9999}"

    with pytest.raises(SignInRefusedError) as raised:
        entra.complete_sign_in(begun.flow, {**answer, "error_description": text})

    told = str(raised.value)
    assert "<b> Set-Cookie: a=b xxx" in told  # a page escapes it, as all text
    assert told.isprintable()
    assert len(told) < 400


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client", "made_up", ""])
def test_what_only_a_browser_says_never_blames_the_installation(
    entra: EntraServer, identity_server: IdentityServerProcess, error: str
) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)
    answer = identity_server.cancel(begun.url)

    with pytest.raises(SignInRefusedError):
        entra.complete_sign_in(begun.flow, {**answer, "error": error})


def test_clock_that_is_hours_ahead_is_named(identity_server: IdentityServerProcess) -> None:
    entra = identity_server.entra(clock=lambda: datetime(2099, 1, 1, tzinfo=UTC))
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)

    with pytest.raises(SignInRefusedError, match="clock"):
        entra.complete_sign_in(begun.flow, identity_server.allow(begun.url))


def test_unknown_tenant_is_the_operators(identity_server: IdentityServerProcess) -> None:
    entra = identity_server.entra(tenant_id="fabrikam.example")

    with pytest.raises(IdentityClientRefusedError) as raised:
        entra.begin_sign_in(redirect_uri=CALLBACK)

    assert "ENTRA_TENANT_ID" in raised.value.next_step
