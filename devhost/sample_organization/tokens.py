"""Tokens that the sample organization accepts, and what each may do."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Literal

import msgspec

from .model import Person

CODE = "vso.code"
CODE_WRITE = "vso.code_write"
CODE_MANAGE = "vso.code_manage"
PROJECT = "vso.project"
PROFILE = "vso.profile"
WORK = "vso.work"
IDENTITY = "vso.identity"

EVERYTHING = frozenset({CODE_MANAGE, PROJECT, PROFILE, WORK, IDENTITY})

_INCLUDES = {CODE_MANAGE: (CODE_WRITE, CODE), CODE_WRITE: (CODE,)}
"""A wider scope → what it holds besides itself."""

GLOBAL_TOKENS_END = datetime(2026, 12, 1, tzinfo=UTC)
"""From then on a token for "all accessible organizations" is refused everywhere."""


class Token(msgspec.Struct, frozen=True):
    """A credential."""

    value: str
    person: Person
    scopes: frozenset[str] = EVERYTHING
    kind: Literal["pat", "global_pat", "entra"] = "pat"
    """Only an Entra token, or a global one while they last, reads the profile and the accounts."""
    expires_at: datetime | None = None

    def may(self, scope: str) -> bool:
        """Return whether the token was given *scope*, or one that includes it."""
        return any(scope == held or scope in _INCLUDES.get(held, ()) for held in self.scopes)


class Tokens:
    """The tokens of one organization, by value."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}

    def add(self, token: Token) -> Token:
        """Accept *token* from now on; one of the same value is replaced."""
        with self._lock:
            self._tokens[token.value] = token
        return token

    def find(self, value: str) -> Token | None:
        """Return the token of that value, expired or not."""
        return self._tokens.get(value)

    def revoke(self, value: str) -> None:
        """Forget a token; one that is not known is forgotten already."""
        with self._lock:
            self._tokens.pop(value, None)
