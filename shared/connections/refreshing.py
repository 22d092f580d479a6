"""Gives the access token of a grant, renewed in time, by one worker at a time.

An identity server may take a refresh token once only, and take its second use for a theft, which
ends the grant. So it is renewed under a lease, is read again once the lease is held, and a refusal
counts only when nobody has renewed it meanwhile.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.connections.sealed_grants import (
    access_token_purpose,
    refresh_token_purpose,
    sealed_grant,
)
from shared.errors import (
    ChangedError,
    GitHostError,
    IdentityClientRefusedError,
    IdentityServerUnavailableError,
    SignedOutError,
    SignInNotSetUpError,
)
from shared.model import IntegrationId
from shared.scheduling import leases
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.configuration import Grant
    from shared.interfaces.identity import Granted, IdentityServer
    from shared.interfaces.storage import Record
    from shared.services import Services

NOBODY_YET: Final = "Nobody has allowed access in the browser yet."
NOT_ANY_MORE: Final = "What was allowed in the browser does not hold any more."
CLIENT_REFUSED: Final = "The identity server refuses the registration of Devlinks itself."
SIGN_IN_AGAIN: Final = "Sign in on the integration's page Connection; what is indexed stays."
_GRANT: Final = "grant"
"""What the lease of an integration's grant is called."""
_SPARE: Final = timedelta(minutes=1)
"""A token with less left is not begun with."""
_REFUSED_FOR: Final[dict[str, timedelta]] = {
    "signed_out": timedelta(minutes=55),
    "identity_client_refused": timedelta(minutes=4),
}
"""How long a refusal is believed without asking again: until the next discovery, or tick."""
_WAITED: Final = 0.25
"""Seconds between two looks at what another worker is renewing."""
_MOST_LOOKS: Final = 60
_log = log_of(__name__)


class Given(Struct, frozen=True):
    """An access token, and the directory that it is of."""

    text: str
    tenant_id: str

    def __repr__(self) -> str:
        return "Given(…)"


def access_token(
    services: Services,
    integration: IntegrationId,
    *,
    wait: Callable[[float], object] = lambda seconds: threading.Event().wait(seconds),
) -> Given:
    """Return an access token that has half of its time left, or as much as can be had.

    SignedOutError when nobody has allowed access, or when that does not hold any more;
    IdentityServerUnavailableError and IdentityClientRefusedError when the last token is over.
    """
    for _ in range(_MOST_LOOKS):
        record = _record(services, integration)
        if _is_fresh(record.value, services.clock()):
            return _opened(services, record)
        if _is_refused(record.value, services.clock()):
            return _last(services, record, _refusal_of(record.value))
        lease = leases.take(services, integration, _GRANT)
        if lease is not None:
            with lease:
                return _renewed(services, integration)
        if _is_good(record.value, services.clock()):
            return _opened(services, record)
        wait(_WAITED)
    raise IdentityServerUnavailableError("Another worker has been renewing access for too long.")


def _renewed(services: Services, integration: IntegrationId) -> Given:
    """Return a new access token; only for who holds the lease, before which it may have come."""
    record = _record(services, integration)
    if _is_fresh(record.value, services.clock()):
        return _opened(services, record)
    purpose = refresh_token_purpose(integration)
    refresh_token = services.vault.open(record.value.sealed_refresh_token, purpose=purpose)
    try:
        granted = _server(services).refresh(refresh_token)
    except SignedOutError as error:
        return _refused(services, record, error)
    except (GitHostError, IdentityClientRefusedError, SignInNotSetUpError) as error:
        if isinstance(error, IdentityClientRefusedError):
            _note(services, record, "identity_client_refused")
        return _last(services, record, error)
    _log.info("grant_renewed integration=%s", integration)
    return _kept(services, record, granted)


def _kept(services: Services, record: Record[Grant], granted: Granted) -> Given:
    """Keep what a refresh token was changed for, unless somebody has signed in anew meanwhile."""
    integration = IntegrationId(record.key)
    named = replace(granted, account=granted.account or record.value.account)
    grant = sealed_grant(services, integration, named)
    while True:
        try:
            services.grants.replace(record, grant)
        except ChangedError:
            latest = _record(services, integration)
            if latest.value.sealed_refresh_token != record.value.sealed_refresh_token:
                # Or it is ours: a write whose answer was lost is sent again, and refused.
                return _opened(services, latest)
            record = latest
        else:
            return Given(granted.access_token, grant.tenant_id)


def _refused(services: Services, record: Record[Grant], error: SignedOutError) -> Given:
    """Return what somebody else got meanwhile; if that is nothing, nobody is asked for a while."""
    latest = _record(services, record.key)
    if latest.version != record.version:
        return _opened(services, latest)
    _note(services, record, "signed_out")
    _log.warning("grant_refused integration=%s", record.key)
    raise SignedOutError(str(error), next_step=SIGN_IN_AGAIN) from error


def _note(services: Services, record: Record[Grant], refusal: str) -> None:
    noted = replace(record.value, refusal=refusal, refused_at=services.clock())
    try:
        services.grants.replace(record, noted)
    except ChangedError:
        return  # what was refused is kept no more


def _last(services: Services, record: Record[Grant], error: Exception) -> Given:
    """Return the token of before while it is accepted; raise *error* when it is not, or refused."""
    if isinstance(error, SignedOutError) or not _is_good(record.value, services.clock()):
        raise error
    return _opened(services, record)


def _is_fresh(grant: Grant, now: datetime) -> bool:
    """Whether half of its time is left: a job takes up to that long."""
    return grant.expires_at - now >= (grant.expires_at - grant.refreshed_at) / 2


def _is_good(grant: Grant, now: datetime) -> bool:
    return grant.expires_at - now > min(_SPARE, (grant.expires_at - grant.refreshed_at) / 4)


def _is_refused(grant: Grant, now: datetime) -> bool:
    since = grant.refused_at
    return since is not None and now - since < _REFUSED_FOR.get(grant.refusal, timedelta())


def _refusal_of(grant: Grant) -> SignedOutError | IdentityClientRefusedError:
    if grant.refusal == "signed_out":
        return SignedOutError(NOT_ANY_MORE, next_step=SIGN_IN_AGAIN)
    return IdentityClientRefusedError(CLIENT_REFUSED)


def _record(services: Services, integration: str) -> Record[Grant]:
    record = services.grants.get(ONE_GROUP, integration)
    if record is None:
        raise SignedOutError(NOBODY_YET, next_step=SIGN_IN_AGAIN)
    return record


def _opened(services: Services, record: Record[Grant]) -> Given:
    purpose = access_token_purpose(IntegrationId(record.key))
    text = services.vault.open(record.value.sealed_access_token, purpose=purpose)
    return Given(text, record.value.tenant_id)


def _server(services: Services) -> IdentityServer:
    server = services.sign_in.server
    if server is None:
        raise SignInNotSetUpError("The settings name no identity server any more.")
    return server
