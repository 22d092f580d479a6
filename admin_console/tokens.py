"""API tokens over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct, structs

from admin_console.audit import note
from shared.access import api_tokens
from shared.configuration import DEFAULT_TRACKER, ApiToken, Scope
from shared.model import IntegrationId, TrackerId
from shared.web.answers import Answer
from shared.web.calls import Moment, in_utc, write_cursor
from shared.web.routes import PAGED, Route

if TYPE_CHECKING:
    from shared.web.calls import Call

_CREATED: Final = 201
_NO_CONTENT: Final = 204


class TokenBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a token may do."""

    name: str
    scopes: tuple[Scope, ...]
    tracker: TrackerId = DEFAULT_TRACKER
    issue_projects: tuple[str, ...] | None = None
    integrations: tuple[IntegrationId, ...] | None = None
    expires_at: Moment | None = None


class TokenAnswer(Struct, frozen=True):
    """A token, without its text."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    tracker: str
    issue_projects: tuple[str, ...] | None
    integrations: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class NewTokenAnswer(TokenAnswer, frozen=True, kw_only=True):
    """A token just made: the one answer that shows its text."""

    token: str

    def __repr__(self) -> str:
        return f"NewTokenAnswer({self.id!r}, …)"


class TokensAnswer(Struct, frozen=True):
    """A page of tokens."""

    tokens: tuple[TokenAnswer, ...]
    next: str | None


def create_token(call: Call) -> Answer:
    """Make a token."""
    body = call.body(TokenBody)
    made = api_tokens.create_token(
        call.services,
        name=body.name,
        scopes=body.scopes,
        tracker=body.tracker,
        issue_projects=body.issue_projects,
        integrations=body.integrations,
        expires_at=in_utc(body.expires_at),
    )
    note(call, "token_created", None, detail=f"{made.kept.id} {made.kept.name}")
    shown = NewTokenAnswer(token=made.text, **structs.asdict(_shown(made.kept)))
    return Answer(shown, _CREATED)


def list_tokens(call: Call) -> TokensAnswer:
    """Return a page of tokens."""
    limit = call.limit()
    found = api_tokens.list_tokens(call.services, after=call.cursor(), limit=limit + 1)
    following = write_cursor(found[limit - 1].key) if len(found) > limit else None
    return TokensAnswer(tuple(_shown(r.value) for r in found[:limit]), following)


def revoke_token(call: Call) -> Answer:
    """Revoke a token."""
    api_tokens.revoke_token(call.services, call.path("token_id"))
    note(call, "token_revoked", None, detail=call.path("token_id"))
    return Answer(status=_NO_CONTENT)


def _shown(token: ApiToken) -> TokenAnswer:
    return TokenAnswer(
        id=token.id,
        name=token.name,
        scopes=token.scopes,
        tracker=token.tracker,
        issue_projects=token.issue_projects,
        integrations=token.integrations,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


ROUTES: Final = (
    Route("GET", "tokens", list_tokens, "admin", "The tokens.",
          answer=TokensAnswer, query=PAGED),
    Route("POST", "tokens", create_token, "admin", "Make a token.",
          body=TokenBody, answer=NewTokenAnswer, status=_CREATED),
    Route("DELETE", "tokens/{token_id}", revoke_token, "admin", "Revoke a token.",
          status=_NO_CONTENT),
)  # fmt: skip
