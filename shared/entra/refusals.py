"""What an identity server says when it says no, told by who can put it right.

Told apart by `error` and `suberror`, which are the protocol: numbers in the description are not.
https://www.rfc-editor.org/rfc/rfc6749#section-5.2
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.errors import (
    DevlinksError,
    IdentityClientRefusedError,
    IdentityServerUnavailableError,
    SignedOutError,
    SignInRefusedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_CHARACTERS: Final = 300
_PASSES: Final = frozenset({"temporarily_unavailable", "server_error"})
_OF_THE_PERSON: Final = frozenset(
    {"invalid_grant", "interaction_required", "login_required", "consent_required", "access_denied"}
)
"""The others are about the request as such, which is the same for everybody: the registration."""
_REASONS: Final = {
    "access_denied": "it was cancelled, or is not allowed there",
    "additional_action": "Conditional Access asks for a step outside of the sign-in",
    "bad_token": "the grant was revoked",
    "basic_action": "Conditional Access asks for a further step, as a second factor",
    "client_mismatch": "the grant was given to another app registration",
    "consent_required": "nobody has consented to what is asked for, or it was taken back",
    "interaction_required": "the person has to sign in again, as Conditional Access may ask for",
    "invalid_grant": "the grant was revoked, has expired, or was used before",
    "login_required": "the person has to sign in again",
    "message_only": "Conditional Access does not allow it",
    "protection_policy_required": "Conditional Access allows it to managed apps alone",
    "token_expired": "the grant was not used for too long",
    "user_password_expired": "the account's password has expired",
}
_RECONNECT: Final = "Reconnect the integration: sign in once more, and nothing is lost."
_REGISTRATION: Final = (
    "Compare the app registration with what the README asks for: its tenant, its client id, its "
    "redirect URI and its API permissions. Connections stay as they are."
)


class Said(Struct, frozen=True):
    """The parts of an error that count; of any other type than text, they count as not there."""

    error: str
    suberror: str = ""
    description: str = ""

    @classmethod
    def read(cls, answer: Mapping[str, object]) -> Said:
        """Return what an error answer says."""
        error, suberror, description = (
            value if isinstance(value := answer.get(name), str) else ""
            for name in ("error", "suberror", "error_description")
        )
        return cls(plain(error), plain(suberror), plain(description))

    @property
    def reason(self) -> str:
        """Why, with the server's own words, to end a sentence with."""
        known = _REASONS.get(self.suberror) or _REASONS.get(self.error)
        told = f'"{self.description or self.error or "nothing"}"'
        return f"{known}. It said {told}." if known else f"it said {told}."


def refused_in_browser(answer: Mapping[str, object]) -> DevlinksError:
    """Return the error of a person's way through the pages.

    Whoever holds the browser can write it, so that it never blames the registration.
    """
    said = Said.read(answer)
    if said.error in _PASSES:
        return IdentityServerUnavailableError(f"The identity server failed: {said.reason}")
    return SignInRefusedError(f"The identity server refused: {said.reason}")


def refused_code(answer: Mapping[str, object]) -> DevlinksError:
    """Return the error of a code that was to be turned into tokens."""
    said = Said.read(answer)
    if said.error == "invalid_grant" and not said.suberror:
        text = "The sign-in took too long, or was completed before"
        return SignInRefusedError(f'{text}: the identity server said "{said.description}".')
    if said.error in _OF_THE_PERSON:
        return SignInRefusedError(f"The identity server refused: {said.reason}")
    return _of_registration(said)


def refused_refresh(answer: Mapping[str, object]) -> DevlinksError:
    """Return the error of a grant that was to be renewed."""
    said = Said.read(answer)
    if said.error in _OF_THE_PERSON:
        text = f"The identity server does not renew the grant: {said.reason}"
        return SignedOutError(text, next_step=_RECONNECT)
    return _of_registration(said)


def plain(text: str) -> str:
    """Return somebody else's text as one short line, without what could disguise it."""
    # C: control and format characters, lone surrogates. Z: whatever separates words or lines.
    kinds = ((it, unicodedata.category(it)[0]) for it in text[: 4 * _MOST_CHARACTERS])
    visible = "".join(" " if kind in "CZ" else it for it, kind in kinds)
    return " ".join(visible.split())[:_MOST_CHARACTERS]


def _of_registration(said: Said) -> DevlinksError:
    if said.error in _PASSES:
        return IdentityServerUnavailableError(f"The identity server failed: {said.reason}")
    text = f"The identity server refuses the app registration ({said.error}): {said.reason}"
    is_credential = said.error == "invalid_client"
    return IdentityClientRefusedError(text, next_step="" if is_credential else _REGISTRATION)
