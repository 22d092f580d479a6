"""Access tokens are renewed in time, by one worker at a time, and a refusal is told once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from shared.connections.refreshing import access_token
from shared.connections.sealed_grants import sealed_grant
from shared.errors import (
    IdentityClientRefusedError,
    IdentityServerUnavailableError,
    SignedOutError,
    SignInNotSetUpError,
    ThrottledError,
)
from shared.scheduling import leases
from shared.services import ONE_GROUP, SignIn
from tests.shared.access.meanwhile import Meanwhile
from tests.shared.connections.conftest import INTEGRATION, allow, grant_of, services_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.errors import DevlinksError
    from shared.services import Services
    from shared.storage.installation import AzureStorage
    from tests.shared.connections.identity_servers import StrictServer
    from tests.shared.web.in_memory import Installation

WORKERS = 6


def text_of(services: Services) -> str:
    return access_token(services, INTEGRATION).text


@pytest.mark.parametrize(("minutes", "calls"), [(0, 0), (30, 0), (31, 1), (61, 1)])
def test_token_is_renewed_once_half_of_its_time_is_over(
    services: Services, installation: Installation, server: StrictServer, minutes: int, calls: int
) -> None:
    first = text_of(services)

    installation.clock.advance(timedelta(minutes=minutes))
    second = text_of(services)

    assert server.calls == calls
    assert (second != first) == bool(calls)
    assert text_of(services) == second


def test_renewed_tokens_are_kept_sealed(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    installation.clock.advance(timedelta(minutes=40))

    given = access_token(services, INTEGRATION)

    kept = grant_of(services)
    assert given.text not in f"{kept} {given}"
    assert kept.refreshed_at == installation.clock.now()
    assert services.leases.list(INTEGRATION) == []
    assert server.calls == 1


def test_several_workers_at_once_make_one_call_and_a_strict_server_never_ends_the_grant(
    azure_storage: AzureStorage,
    services: Services,
    installation: Installation,
    server: StrictServer,
) -> None:
    workers = [services_over(azure_storage, server, services) for _ in range(WORKERS)]
    allow(workers[0], server)
    for turn in range(1, 4):
        installation.clock.advance(timedelta(hours=2))
        begun = Barrier(WORKERS)

        def ask(worker: Services, begun: Barrier = begun) -> str:
            begun.wait()
            return text_of(worker)

        with ThreadPoolExecutor(WORKERS) as pool:
            texts = set(pool.map(ask, workers))

        assert len(texts) == 1
        assert server.calls == turn
    assert not server.is_revoked


def test_who_finds_it_renewed_after_waiting_for_the_lease_makes_no_call(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    installation.clock.advance(timedelta(hours=2))
    held = leases.take(services, INTEGRATION, "grant")
    assert held is not None

    def renew_elsewhere(_: float) -> None:
        allow(services, server)

    with held:
        given = access_token(services, INTEGRATION, wait=renew_elsewhere)

    assert given.text == "access-2"
    assert server.calls == 0


def test_who_takes_the_lease_a_moment_after_another_worker_makes_no_call(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    installation.clock.advance(timedelta(hours=2))
    taken = Meanwhile(services.leases, lambda: allow(services, server))

    given = access_token(replace(services, leases=taken), INTEGRATION)

    assert given.text == "access-2"
    assert server.calls == 0


def test_token_that_is_still_good_is_used_while_another_worker_renews_it(
    services: Services, installation: Installation
) -> None:
    installation.clock.advance(timedelta(minutes=45))
    held = leases.take(services, INTEGRATION, "grant")
    assert held is not None

    with held:
        assert text_of(services) == "access-1"


def test_worker_that_renews_for_ever_is_not_waited_for_as_long(
    services: Services, installation: Installation
) -> None:
    installation.clock.advance(timedelta(hours=2))
    waited: list[float] = []
    held = leases.take(services, INTEGRATION, "grant")
    assert held is not None

    with held, pytest.raises(IdentityServerUnavailableError):
        access_token(services, INTEGRATION, wait=waited.append)

    assert sum(waited) == 15


def test_refusal_does_not_count_when_somebody_has_signed_in_anew_meanwhile(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    installation.clock.advance(timedelta(hours=2))
    server.before_answer = lambda: services.grants.put(
        ONE_GROUP, INTEGRATION, sealed_grant(services, INTEGRATION, server.grant())
    )
    server.fails = SignedOutError("The grant was revoked.")

    assert text_of(services) == "access-2"
    assert grant_of(services).refusal == ""


def test_tokens_of_an_older_grant_do_not_replace_a_newer_one(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    installation.clock.advance(timedelta(hours=2))
    server.before_answer = lambda: allow(services, server)

    given = text_of(services)

    assert given == text_of(services) == "access-2"
    assert server.calls == 1


def test_revoked_grant_is_asked_for_once_and_again_only_with_the_next_discovery(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    installation.clock.advance(timedelta(minutes=31))
    server.is_revoked = True

    for _ in range(5):
        with pytest.raises(SignedOutError) as refused:
            text_of(services)

    assert server.calls == 1
    assert "Sign in on the integration's page" in refused.value.next_step
    assert grant_of(services).refusal == "signed_out"
    installation.clock.advance(timedelta(hours=1))
    with pytest.raises(SignedOutError):
        text_of(services)
    assert server.calls == 2


def test_grant_that_is_accepted_again_is_used_again(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    installation.clock.advance(timedelta(hours=2))
    server.fails = SignedOutError("The account is disabled.")
    with pytest.raises(SignedOutError):
        text_of(services)

    server.fails = None
    installation.clock.advance(timedelta(hours=1))

    assert text_of(services) == "access-2"
    assert (grant_of(services).refusal, grant_of(services).refused_at) == ("", None)


PASSING: dict[str, Callable[[Services], DevlinksError]] = {
    "no answer": lambda _: IdentityServerUnavailableError("503"),
    "throttled": lambda s: ThrottledError("Wait.", retry_at=s.clock()),
    "our client": lambda _: IdentityClientRefusedError("invalid_client"),
}


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING.keys())
def test_token_is_used_to_its_end_while_it_cannot_be_renewed(
    services: Services,
    installation: Installation,
    server: StrictServer,
    failure: Callable[[Services], DevlinksError],
) -> None:
    server.fails = failure(services)
    installation.clock.advance(timedelta(minutes=50))

    assert text_of(services) == "access-1"

    installation.clock.advance(timedelta(minutes=10))
    with pytest.raises(type(server.fails)):
        text_of(services)
    server.fails = None
    installation.clock.advance(timedelta(minutes=5))
    assert text_of(services) == "access-2"


def test_refused_client_is_not_sent_again_with_every_job(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    server.fails = IdentityClientRefusedError("invalid_client")
    installation.clock.advance(timedelta(hours=2))

    for _ in range(5):
        with pytest.raises(IdentityClientRefusedError):
            text_of(services)

    assert server.calls == 1
    assert grant_of(services).refusal == "identity_client_refused"


def test_integration_that_nobody_has_allowed_access_is_signed_out_without_a_call(
    services: Services, server: StrictServer
) -> None:
    services.grants.delete(ONE_GROUP, INTEGRATION)

    with pytest.raises(SignedOutError, match="Nobody has allowed"):
        text_of(services)

    assert server.calls == 0


def test_settings_without_an_identity_server_are_told(
    services: Services, installation: Installation
) -> None:
    installation.clock.advance(timedelta(hours=2))
    bare = replace(services, sign_in=SignIn("https://links.example.com"))

    with pytest.raises(SignInNotSetUpError):
        text_of(bare)
