"""The identity server: the authorization code flow with PKCE, by MSAL.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from shared.entra import refusals
from shared.entra.claims import Expected, person_in
from shared.entra.proving import for_msal
from shared.errors import (
    IdentityClientRefusedError,
    IdentityServerUnavailableError,
    SignInRefusedError,
)
from shared.interfaces.identity import Begun, Granted, SignedIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from msal import (  # type: ignore[import-untyped]  # it brings no types
        ConfidentialClientApplication,
    )

    from shared.entra.calling import Calls
    from shared.entra.credentials import Registration
    from shared.interfaces import Clock

AZURE_DEVOPS: Final = "499b84ac-1321-427f-aa17-267ca6975798/.default"
"""Whatever of Azure DevOps the registration names; a scope that it does not know fails the whole.
https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/entra-oauth"""

_OFFLINE: Final = "Let the app registration ask for offline_access, and connect again."


class _Description(Struct, frozen=True):
    """How the server describes itself."""

    issuer: str
    authorization_response_iss_parameter_supported: bool = False


class _Flow(Struct, frozen=True):
    """What MSAL needs to complete a sign-in, as MSAL names it."""

    state: str
    redirect_uri: str
    scope: list[str]
    code_verifier: str
    nonce: str

    def __repr__(self) -> str:
        return "_Flow(…)"


class _Tokens(Struct, frozen=True):
    """What the token endpoint gives out."""

    access_token: str
    expires_in: int
    refresh_token: str = ""
    id_token_claims: dict[str, object] | None = None

    def __repr__(self) -> str:
        return "_Tokens(…)"


class EntraServer:
    """An `IdentityServer`: one tenant of Microsoft Entra, and our app registration in it."""

    def __init__(
        self,
        registration: Registration,
        *,
        clock: Clock,
        scope: str = AZURE_DEVOPS,
        ca_bundle: str = "",
        answers_within: float = 20.0,
    ) -> None:
        """Take certificates to trust by their path, and the longest wait in seconds."""
        self._registration = registration
        self._authority = f"{registration.authority}/{registration.tenant_id}"
        self._clock = clock
        self._scope = scope
        self._ca_bundle = ca_bundle
        self._seconds = answers_within
        self._description: _Description | None = None

    def begin_sign_in(self, *, redirect_uri: str) -> Begun:
        """Begin the sign-in of a person to the console."""
        with self._client(for_access=False) as client:
            # OpenID's others come by themselves; a scope of a resource would ask for consent to it.
            return _begun(client, ["email"], redirect_uri=redirect_uri)

    def complete_sign_in(self, flow: str, answer: Mapping[str, str]) -> SignedIn:
        """Return who signed in; *answer* is the form that the browser was sent back with."""
        return self._person(self._tokens_for(flow, answer, for_access=False))

    def begin_grant(self, *, redirect_uri: str, login_hint: str = "") -> Begun:
        """Begin to ask a person for access to the git host."""
        with self._client(for_access=True) as client:
            # Somebody may be signed in with an account that is not the one to connect with.
            choice = {"login_hint": login_hint} if login_hint else {"prompt": "select_account"}
            return _begun(client, [self._scope], redirect_uri=redirect_uri, **choice)

    def complete_grant(self, flow: str, answer: Mapping[str, str]) -> Granted:
        """Return what was allowed."""
        tokens = self._tokens_for(flow, answer, for_access=True)
        if not tokens.refresh_token:
            text = "The identity server gave no refresh token: the access would end in an hour."
            raise SignInRefusedError(text, next_step=_OFFLINE)
        self._person(tokens)
        return self._granted(tokens)

    def refresh(self, refresh_token: str) -> Granted:
        """Return new tokens for an older one, which may not be accepted any more afterwards."""
        with self._client(for_access=True) as client:
            answer = _asked(
                lambda: client.acquire_token_by_refresh_token(refresh_token, scopes=[self._scope])
            )
        if "error" in answer:
            raise refusals.refused_refresh(answer)
        # A server may let the older one go on.
        return self._granted(_read_tokens({"refresh_token": refresh_token, **answer}))

    def _tokens_for(self, flow: str, answer: Mapping[str, str], *, for_access: bool) -> _Tokens:
        begun = msgspec.json.decode(flow, type=_Flow)
        if answer.get("state") != begun.state:
            raise _foreign_answer()
        self._check_issuer(answer)
        if "code" not in answer:
            raise refusals.refused_in_browser(answer)
        told = {"state": begun.state, "code": answer["code"]}
        with self._client(for_access=for_access) as client:
            found = _asked(
                lambda: client.acquire_token_by_auth_code_flow(msgspec.to_builtins(begun), told)
            )
        if "error" in found:
            raise refusals.refused_code(found)
        return _read_tokens(found)

    def _check_issuer(self, answer: Mapping[str, str]) -> None:
        """Refuse the answer of another server, whose code is not to be shown to this one.

        https://www.rfc-editor.org/rfc/rfc9207#section-2.4
        """
        described = self._describe()
        issuer = answer.get("iss", "")
        is_told = bool(issuer) or described.authorization_response_iss_parameter_supported
        if is_told and issuer != described.issuer:
            raise SignInRefusedError("The answer comes from another identity server.")

    def _granted(self, tokens: _Tokens) -> Granted:
        # Not checked again when it is renewed: the older refresh token is gone by now, and who
        # turned down the new one for a claim, or a clock, would lose the grant.
        told = tokens.id_token_claims or {}
        account = told.get("email") or told.get("preferred_username") or told.get("name") or ""
        return Granted(
            refresh_token=tokens.refresh_token,
            access_token=tokens.access_token,
            expires_at=self._clock() + timedelta(seconds=tokens.expires_in),
            tenant_id=str(told.get("tid", "")),
            account=str(account),
        )

    def _person(self, tokens: _Tokens) -> SignedIn:
        expected = Expected(issuer=self._describe().issuer, client_id=self._registration.client_id)
        return person_in(tokens.id_token_claims or {}, expected, now=self._clock())

    def _describe(self) -> _Description:
        if self._description is None:
            with self._calls() as calls:
                self._description = self._read_description(calls)
        return self._description

    def _read_description(self, calls: Calls) -> _Description:
        reply = calls.get(f"{self._authority}/v2.0/.well-known/openid-configuration")
        try:
            return msgspec.json.decode(reply.text, type=_Description)
        except msgspec.ValidationError as error:
            raise _unknown_tenant() from error

    def _calls(self) -> Calls:
        from shared.entra.calling import Calls  # noqa: PLC0415 — imports requests

        return Calls(ca_bundle=self._ca_bundle, answers_within=self._seconds)

    @contextmanager
    def _client(self, *, for_access: bool) -> Iterator[ConfidentialClientApplication]:
        """Give a client for one operation: a longer-lived one repeats an error for a minute."""
        from msal import ConfidentialClientApplication  # noqa: PLC0415 — slow to import

        self._describe()
        with self._calls() as calls:
            yield ConfidentialClientApplication(
                self._registration.client_id,
                client_credential=for_msal(self._registration.credential),
                authority=self._authority,
                # It asks Microsoft by which other names this server goes, which we never use.
                instance_discovery=False,
                exclude_scopes=[] if for_access else ["offline_access"],
                http_client=calls,
            )


def _begun(
    client: ConfidentialClientApplication, scopes: list[str], *, redirect_uri: str, **choice: str
) -> Begun:
    told: dict[str, Any] = client.initiate_auth_code_flow(
        scopes,
        redirect_uri=redirect_uri,
        state=secrets.token_urlsafe(32),
        # Keeps the code out of addresses, and so out of logs and histories.
        response_mode="form_post",
        **choice,
    )
    flow = msgspec.convert(told, _Flow)
    return Begun(url=told["auth_uri"], state=flow.state, flow=msgspec.json.encode(flow).decode())


def _asked(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what MSAL answers.

    What it raises by itself is about the answer: a nonce that is not ours (RuntimeError), or an ID
    token that is none.
    """
    try:
        return call()
    except (RuntimeError, ValueError, LookupError) as error:
        raise _foreign_answer() from error


def _read_tokens(answer: Mapping[str, object]) -> _Tokens:
    try:
        return msgspec.convert(answer, _Tokens, strict=False)
    except msgspec.ValidationError as error:
        text = f"The identity server answered with what is no token: {error}."
        raise IdentityServerUnavailableError(text) from error


def _foreign_answer() -> SignInRefusedError:
    return SignInRefusedError("The answer does not belong to the sign-in that was begun.")


def _unknown_tenant() -> IdentityClientRefusedError:
    return IdentityClientRefusedError(
        "The identity server does not know the tenant of the app registration.",
        next_step="Set ENTRA_TENANT_ID to the directory's id, and ENTRA_AUTHORITY if it is in a "
        "cloud of its own.",
    )
