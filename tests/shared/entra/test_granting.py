from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.errors import (
    ForeignSignInError,
    IdentityClientRefusedError,
    SignedOutError,
    SignInRefusedError,
)
from tests.identity_server.process import ADMIN, READER, TENANT, IdentityServerProcess

if TYPE_CHECKING:
    from shared.entra.server import EntraServer
    from shared.interfaces.identity import Granted
    from tests.identity_server.process import Failure

CALLBACK = "http://localhost:7071/oauth/callback"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def granted(entra: EntraServer, identity_server: IdentityServerProcess) -> Granted:
    begun = entra.begin_grant(redirect_uri=CALLBACK)
    return entra.complete_grant(begun.flow, identity_server.allow(begun.url, account=READER))


def test_granted_token_is_the_servers_and_tells_whose_it_is(
    granted: Granted, identity_server: IdentityServerProcess
) -> None:
    assert identity_server.knows_access_token(granted.access_token)
    assert granted.refresh_token
    assert (granted.account, granted.tenant_id) == (READER, TENANT)
    assert repr(granted) == "Granted(…)"


def test_end_of_a_token_is_counted_from_our_clock(identity_server: IdentityServerProcess) -> None:
    entra = identity_server.entra(clock=lambda: NOON)
    begun = entra.begin_grant(redirect_uri=CALLBACK)
    # The ID token is younger than this clock, which is no reason to refuse it.
    granted = entra.complete_grant(begun.flow, identity_server.allow(begun.url))

    assert granted.expires_at == NOON + timedelta(seconds=60)


def test_access_is_asked_for_to_azure_devops_and_for_longer_than_the_visit(
    entra: EntraServer,
) -> None:
    begun = entra.begin_grant(redirect_uri=CALLBACK)

    asked = parse_qs(urlsplit(begun.url).query)
    scopes = set(asked["scope"][0].split())
    assert {"499b84ac-1321-427f-aa17-267ca6975798/.default", "offline_access"} <= scopes
    assert asked["prompt"] == ["select_account"]


def test_reconnecting_suggests_the_account_that_was_connected_with(entra: EntraServer) -> None:
    begun = entra.begin_grant(redirect_uri=CALLBACK, login_hint=READER)

    asked = parse_qs(urlsplit(begun.url).query)
    assert asked["login_hint"] == [READER]
    assert "prompt" not in asked


def test_cancelled_consent_is_told_as_that(
    entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    begun = entra.begin_grant(redirect_uri=CALLBACK)

    with pytest.raises(SignInRefusedError, match="cancelled"):
        entra.complete_grant(begun.flow, identity_server.cancel(begun.url))


def test_grant_of_another_tenant_is_refused(
    entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    begun = entra.begin_grant(redirect_uri=CALLBACK)
    answer = identity_server.allow(begun.url)
    identity_server.fail("wrong_tid")

    with pytest.raises(ForeignSignInError):
        entra.complete_grant(begun.flow, answer)


def test_grant_that_would_end_with_the_visit_is_refused(
    entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)

    with pytest.raises(SignInRefusedError, match="refresh token"):
        entra.complete_grant(begun.flow, identity_server.allow(begun.url))


def test_grant_is_renewed_again_and_again(
    granted: Granted, entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    second = entra.refresh(granted.refresh_token)
    third = entra.refresh(second.refresh_token)

    tokens = {it.refresh_token for it in (granted, second, third)}
    assert len(tokens) == 3
    assert identity_server.knows_access_token(third.access_token)
    assert third.account == READER


def test_refresh_token_that_was_used_before_ends_the_grant(
    granted: Granted, entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    renewed = entra.refresh(granted.refresh_token)

    with pytest.raises(SignedOutError):
        entra.refresh(granted.refresh_token)
    with pytest.raises(SignedOutError):
        entra.refresh(renewed.refresh_token)

    assert not identity_server.knows_access_token(renewed.access_token)


def test_revoked_grant_is_to_be_reconnected(
    granted: Granted, entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    identity_server.revoke_all()

    with pytest.raises(SignedOutError) as raised:
        entra.refresh(granted.refresh_token)

    assert raised.value.next_step.startswith("Reconnect")
    assert not identity_server.knows_access_token(granted.access_token)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("conditional_access", "Conditional Access asks for a further step"),
        ("password_expired", "password has expired"),
        ("markup", "<script>alert(1)</script> x"),
    ],
)
def test_reason_why_a_grant_is_not_renewed_is_told(
    granted: Granted,
    entra: EntraServer,
    identity_server: IdentityServerProcess,
    kind: Failure,
    reason: str,
) -> None:
    identity_server.fail(kind)

    with pytest.raises(SignedOutError) as raised:
        entra.refresh(granted.refresh_token)

    assert reason in str(raised.value)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("kind", ["invalid_client", "unauthorized_client"])
def test_refused_registration_is_the_operators_and_leaves_the_grant(
    granted: Granted, entra: EntraServer, identity_server: IdentityServerProcess, kind: Failure
) -> None:
    identity_server.fail(kind)

    with pytest.raises(IdentityClientRefusedError):
        entra.refresh(granted.refresh_token)

    assert entra.refresh(granted.refresh_token).access_token


def test_refresh_token_that_is_not_replaced_goes_on(
    granted: Granted, entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    identity_server.fail("nothing_new")

    assert entra.refresh(granted.refresh_token).refresh_token == granted.refresh_token


@pytest.mark.parametrize("kind", ["wrong_tid", "expired", "nobody"])
def test_renewed_grant_is_never_lost_for_what_its_id_token_says(
    granted: Granted, entra: EntraServer, identity_server: IdentityServerProcess, kind: Failure
) -> None:
    identity_server.fail(kind)

    renewed = entra.refresh(granted.refresh_token)

    assert entra.refresh(renewed.refresh_token).account == READER


def test_browser_that_is_signed_in_already_may_choose_another_account(
    entra: EntraServer, identity_server: IdentityServerProcess
) -> None:
    accounts = []
    for account in (ADMIN, READER):
        begun = entra.begin_grant(redirect_uri=CALLBACK)
        answer = identity_server.allow(begun.url, account=account)
        accounts.append(entra.complete_grant(begun.flow, answer).account)

    assert accounts == [ADMIN, READER]
