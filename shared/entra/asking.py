"""How azure-identity is asked for a token, and what its errors mean.

It calls a 503 and a wrong secret the same, so that what passes is told from the answer itself,
before azure-identity reads it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from shared.entra.refusals import plain
from shared.errors import DevlinksError, IdentityServerUnavailableError, SignedOutError
from shared.interfaces.identity import AccessToken

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.pipeline import PipelineResponse

_OPTIONS: Final = {
    "connection_timeout": 5,
    "read_timeout": 20,
    # Whoever needs the token comes again by themselves.
    "retry_total": 1,
    # Neither proxies nor certificates of the environment.
    "use_env_settings": False,
    "permit_redirects": False,
    # It asks Microsoft by which other names a server goes, which we never use.
    "disable_instance_discovery": True,
}


def options(*, ca_bundle: str = "") -> dict[str, Any]:
    """Return what each credential of azure-identity is made with."""
    return {**_OPTIONS, "connection_verify": ca_bundle or True, "raw_response_hook": _look_at}


def new_managed_identity(client_id: str) -> TokenCredential:
    """Return the user-assigned identity of that id; the app's only one when it is empty."""
    from azure.identity import ManagedIdentityCredential  # noqa: PLC0415 — slow to import

    return ManagedIdentityCredential(client_id=client_id or None, **options())


def token_of(credential: TokenCredential, scope: str) -> AccessToken:
    """Return a token for *scope*.

    SignedOutError when the identity is refused or there is none; IdentityServerUnavailableError for
    what passes.
    """
    from azure.core.exceptions import (  # noqa: PLC0415 — as above
        ClientAuthenticationError,
        ServiceRequestError,
        ServiceResponseError,
    )
    from azure.identity import CredentialUnavailableError  # noqa: PLC0415 — as above

    try:
        given = credential.get_token(scope)
    except CredentialUnavailableError as error:
        # Where there is none it looks for one at an address that need not answer anything.
        text = f"There is no such managed identity here: {plain(str(error))}"
        raise SignedOutError(text) from error
    except (ClientAuthenticationError, ServiceRequestError, ServiceResponseError) as error:
        for cause in _causes(error):
            if isinstance(cause, DevlinksError):
                raise cause from error
            if isinstance(cause, (ServiceRequestError, ServiceResponseError)):
                text = f"The identity server did not answer: {plain(str(cause))}"
                raise IdentityServerUnavailableError(text) from error
        text = f"The identity server refuses the identity: {plain(str(error))}"
        raise SignedOutError(text) from error
    return AccessToken(given.token, datetime.fromtimestamp(given.expires_on, UTC))


def _look_at(response: PipelineResponse[Any, Any]) -> None:
    from shared.entra.calling import is_object, passing_trouble  # noqa: PLC0415 — as above

    answer = response.http_response
    trouble = passing_trouble(answer.status_code, answer.headers)
    if not trouble and not is_object(answer.body()):
        trouble = f"answered {answer.status_code} with what is not of its API."
    if trouble:
        raise IdentityServerUnavailableError(f"The identity server {trouble}")


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    now: BaseException | None = error
    while now is not None:
        found.append(now)
        now = now.__cause__
    return found
