"""The same at a real identity server, which ends a grant whose refresh token comes twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from shared.connections.refreshing import access_token
from shared.connections.sealed_grants import sealed_grant
from shared.errors import (
    IdentityClientRefusedError,
    IdentityServerUnavailableError,
    SignedOutError,
)
from shared.services import ONE_GROUP, Services
from tests.shared.connections.conftest import INTEGRATION, grant_of, services_over
from tests.world import TestClock

if TYPE_CHECKING:
    from shared.storage.installation import AzureStorage
    from tests.identity_server.process import Failure, IdentityServerProcess
    from tests.shared.web.in_memory import Installation

BACK = "http://localhost:7071/api/oauth/callback"
WORKERS = 4


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def workers(
    azure_storage: AzureStorage,
    installation: Installation,
    identity_server: IdentityServerProcess,
    clock: TestClock,
) -> list[Services]:
    """Return several workers over the same storage, and a grant in it that somebody gave."""
    entra = identity_server.entra(clock=clock)
    bare = installation.services
    made = Services.over(
        azure_storage,
        vault=bare.vault,
        git_hosts=bare.git_hosts,
        clock=clock,
        public_url="",
    )
    workers = [services_over(azure_storage, entra, made) for _ in range(WORKERS)]
    begun = entra.begin_grant(redirect_uri=BACK)
    granted = entra.complete_grant(begun.flow, identity_server.allow(begun.url))
    workers[0].grants.put(ONE_GROUP, INTEGRATION, sealed_grant(workers[0], INTEGRATION, granted))
    return workers


def test_several_workers_at_once_make_one_call_and_the_grant_lives(
    workers: list[Services], identity_server: IdentityServerProcess, clock: TestClock
) -> None:
    for _ in range(3):
        before = identity_server.token_requests()
        clock.pass_by(seconds=45)
        begun = Barrier(WORKERS)

        def ask(worker: Services, begun: Barrier = begun) -> str:
            begun.wait()
            return access_token(worker, INTEGRATION).text

        with ThreadPoolExecutor(WORKERS) as pool:
            texts = set(pool.map(ask, workers))

        assert len(texts) == 1
        assert identity_server.knows_access_token(texts.pop())
        assert identity_server.token_requests() == before + 1


def test_revoked_grant_is_signed_out_with_one_call(
    workers: list[Services], identity_server: IdentityServerProcess, clock: TestClock
) -> None:
    identity_server.revoke_all()
    clock.pass_by(seconds=45)
    before = identity_server.token_requests()

    for worker in workers:
        with pytest.raises(SignedOutError):
            access_token(worker, INTEGRATION)

    assert identity_server.token_requests() == before + 1
    assert grant_of(workers[0]).refusal == "signed_out"


@pytest.mark.parametrize("failure", ["unavailable", "html", "throttled"])
def test_failure_that_passes_is_lived_through_and_never_taken_for_a_refusal(
    workers: list[Services],
    identity_server: IdentityServerProcess,
    clock: TestClock,
    failure: Failure,
) -> None:
    first = access_token(workers[0], INTEGRATION)
    identity_server.fail(failure, times=1)
    clock.pass_by(seconds=35)

    assert access_token(workers[0], INTEGRATION) == first
    assert grant_of(workers[0]).refusal == ""

    identity_server.fail(failure, times=1)
    clock.pass_by(seconds=30)
    with pytest.raises(IdentityServerUnavailableError):
        access_token(workers[0], INTEGRATION)
    assert access_token(workers[0], INTEGRATION) != first


def test_refused_registration_is_told_as_the_operators(
    workers: list[Services], identity_server: IdentityServerProcess, clock: TestClock
) -> None:
    identity_server.fail("invalid_client")
    clock.pass_by(seconds=70)

    with pytest.raises(IdentityClientRefusedError):
        access_token(workers[0], INTEGRATION)

    assert grant_of(workers[0]).refusal == "identity_client_refused"
