"""What a git host lets one identity do, as all workers know it.

Integrations with the same credential are one identity to their git host: what one of them is told
counts for all. Figures come only near the limit; then the rest is kept for what service hooks tell.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from shared.connections.presenting import secret_purpose
from shared.errors import ChangedError, KeysUnavailableError, SecretUnreadableError
from shared.progress import IdentityBudget
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.configuration import Connection, Integration
    from shared.interfaces.git_host import GitHost
    from shared.messages import QueueName
    from shared.services import Services

KEPT_FOR_HOOKS: Final = 0.25
"""The share of the limit that reindexing leaves alone."""
_RESETS_WITHIN: Final = timedelta(minutes=5)
"""The sliding window of Azure DevOps, where a git host does not say when it resets."""


def budget_of(
    services: Services, integration: Integration, connection: Connection | None = None
) -> IdentityBudget | None:
    """Return what counts now; None when the identity may do as it likes.

    *connection* is the integration's, for who has read it already.
    """
    record = services.budgets.get(ONE_GROUP, identity_of(services, integration, connection))
    return in_force(record.value if record else None, services.clock())


def in_force(known: IdentityBudget | None, now: datetime) -> IdentityBudget | None:
    """Return the part of a budget that still counts; None when nothing of it does."""
    if known is None:
        return None
    is_paused = known.paused_until is not None and known.paused_until > now
    is_counted = known.resets_at is not None and known.resets_at > now
    if not is_paused:
        known = replace(known, paused_since=None, paused_until=None)
    if not is_counted:
        known = replace(known, limit=None, remaining=0, resets_at=None)
    return known if is_paused or is_counted else None


def waits_until(services: Services, integration: Integration, queue: QueueName) -> datetime | None:
    """Return until when a job of *queue* has to wait; None when it may begin."""
    known = budget_of(services, integration)
    if known is None:
        return None
    until = known.paused_until
    is_little = known.limit is not None and known.remaining < known.limit * KEPT_FOR_HOOKS
    if is_little and queue != "hooks" and known.resets_at is not None:
        until = max(until or known.resets_at, known.resets_at)
    return until


def note_pause(services: Services, integration: Integration, *, until: datetime) -> None:
    """Note that the git host asked the integration's identity to wait."""

    def paused(known: IdentityBudget) -> IdentityBudget:
        now = services.clock()
        if known.paused_until is None or known.paused_until <= now:
            return replace(known, paused_since=now, paused_until=until)
        return replace(known, paused_until=max(known.paused_until, until))

    _change(services, integration, paused)


def note_budget(services: Services, integration: Integration, host: GitHost) -> None:
    """Note what *host* was last told of its budget, if that is anything that still counts."""
    told = host.budget()
    if told is None:
        return
    resets_at = told.resets_at or told.told_at + _RESETS_WITHIN
    if resets_at > services.clock():
        _change(
            services,
            integration,
            lambda known: replace(
                known, limit=told.limit, remaining=told.remaining, resets_at=resets_at
            ),
        )


def identity_of(
    services: Services, integration: Integration, connection: Connection | None = None
) -> str:
    """Return what tells an integration's identity from others; it tells nobody the secret.

    Two tokens of one owner are two identities here: the git host does not say whose they are; nor
    is it asked who signed in by OAuth.
    """
    if connection is None:
        connection = services.known_connections.get(ONE_GROUP, integration.id)
    if connection is None:
        return integration.id
    who = connection.user_name or connection.public_key or connection.client_id
    if connection.kind == "oauth":
        who = integration.id
    elif not who and connection.sealed_secret:
        # Only what is too long to be guessed is hashed: a password comes with a user's name.
        purpose = secret_purpose(integration.id)
        try:
            who = services.known_secrets.open(connection.sealed_secret, purpose=purpose)
        except (SecretUnreadableError, KeysUnavailableError):
            who = integration.id
    server = urlsplit(integration.url).netloc.lower().rpartition("@")[2]
    return sha256(f"{server}|{connection.kind}|{who}".encode()).hexdigest()[:32]


def _change(
    services: Services,
    integration: Integration,
    changed: Callable[[IdentityBudget], IdentityBudget],
) -> None:
    identity = identity_of(services, integration)
    while True:
        record = services.budgets.get(ONE_GROUP, identity)
        known = record.value if record else IdentityBudget()
        wanted = changed(known)
        try:
            if record is None:
                services.budgets.insert(ONE_GROUP, identity, wanted)
            elif wanted != known:
                services.budgets.replace(record, wanted)
        except ChangedError:
            continue
        return
