"""What an admin must see of an integration, and what to do about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.connections.granting import finish_url
from shared.connections.presenting import secret_purpose
from shared.connections.refreshing import CLIENT_REFUSED, NOT_ANY_MORE, SIGN_IN_AGAIN
from shared.cursors import Cursor, WorkItemCursor
from shared.errors import IdentityClientRefusedError, KeysUnavailableError, SecretUnreadableError
from shared.hooks.silence import silence_text, silences
from shared.hooks.troubles import troubles_of
from shared.index.told_branches import missing
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.configuration import Connection, Integration
    from shared.progress import DiscoveryRecord, RepositoryRecord
    from shared.services import Services

_EXPIRES_SOON: Final = timedelta(days=14)
_MOST_NAMED: Final = 3


class Alarm(Struct, frozen=True):
    """Something that an admin must see."""

    code: str
    text: str
    since: datetime | None
    help_url: str | None = None


def alarms_of(
    services: Services,
    integration: Integration,
    connection: Connection,
    *,
    discovery: DiscoveryRecord,
    repositories: Sequence[RepositoryRecord],
    cursors: Mapping[str, Cursor],
    work_items: Mapping[str, WorkItemCursor],
) -> tuple[Alarm, ...]:
    """Return all alarms; *repositories* are those that are live.

    *work_items* tells of each organization whose work items are indexed.
    """
    return (
        *_of_connection(services, integration, connection),
        *_of_grant(services, integration, connection, discovery),
        *_of_secret(services, integration, connection),
        *_of_discovery(connection, discovery),
        *_of_work_items(connection, work_items),
        *(Alarm(t.code, t.text, t.since) for t in troubles_of(services, integration)),
        *_silence_alarms(services, integration, repositories, cursors),
        *_incomplete_alarms(integration, repositories, cursors),
    )


def _of_connection(
    services: Services, integration: Integration, connection: Connection
) -> list[Alarm]:
    alarms = []
    since = connection.refused_since
    if since is not None and connection.kind == "oauth":
        page = finish_url(services, integration.id)
        alarms.append(Alarm("needs_reconnect", connection.refusal, since, page))
    elif since is not None:
        alarms.append(Alarm("signed_out", connection.refusal, since))
    if connection.expires_at is not None:
        left = connection.expires_at - services.clock()
        if left < _EXPIRES_SOON:
            days = max(0, left.days)
            text = f"The credential expires in {days} days: replace the connection before."
            alarms.append(Alarm("credential_expires", text, None))
    return alarms


def _of_grant(
    services: Services,
    integration: Integration,
    connection: Connection,
    discovery: DiscoveryRecord,
) -> list[Alarm]:
    """Return why a grant is not renewed, as long as nothing else tells."""
    if connection.kind != "oauth" or connection.refused_since is not None:
        return []
    record = services.grants.get(ONE_GROUP, integration.id)
    refusal = record.value.refusal if record else ""
    if record is None or not refusal or (discovery.failure and discovery.failure.code == refusal):
        return []
    since = record.value.refused_at
    if refusal == "signed_out":
        page = finish_url(services, integration.id)
        return [Alarm("needs_reconnect", f"{NOT_ANY_MORE} {SIGN_IN_AGAIN}", since, page)]
    text = f"{CLIENT_REFUSED} {IdentityClientRefusedError.next_step}"
    return [Alarm(refusal, text, since)]


def _of_secret(services: Services, integration: Integration, connection: Connection) -> list[Alarm]:
    """Return why the connection's secret cannot be opened, which nothing works without."""
    if not connection.sealed_secret:
        return []
    try:
        services.known_secrets.open(
            connection.sealed_secret, purpose=secret_purpose(integration.id)
        )
    except (SecretUnreadableError, KeysUnavailableError) as error:
        return [Alarm(error.code, f"{error} {error.next_step}", None)]
    return []


def _of_discovery(connection: Connection, discovery: DiscoveryRecord) -> list[Alarm]:
    alarms = [
        Alarm(f"organization_{failure.code}", f"{organization}: {failure.text}", failure.since)
        for organization, failure in discovery.failures.items()
    ]
    if discovery.failure is not None and connection.refused_since is None:
        failure = discovery.failure
        alarms.append(Alarm(failure.code, failure.text, failure.since))
    return alarms + [Alarm(note.code, note.text, None) for note in discovery.notes]


def _of_work_items(connection: Connection, work_items: Mapping[str, WorkItemCursor]) -> list[Alarm]:
    """Return why work items are not known, unless nothing at all can be read."""
    if connection.refused_since is not None:
        return []
    failed = ((name, cursor.failure) for name, cursor in work_items.items())
    return [
        Alarm(f"work_items_{f.code}", f"Work items of {name}: {f.text}", f.since)
        for name, f in failed
        if f is not None
    ]


def _silence_alarms(
    services: Services,
    integration: Integration,
    repositories: Sequence[RepositoryRecord],
    cursors: Mapping[str, Cursor],
) -> list[Alarm]:
    stored = services.hook_states.get(ONE_GROUP, integration.id)
    if stored is None or not integration.webhooks or integration.hooks_only:
        return []
    known = [(r.repository, cursors.get(r.repository.id, Cursor())) for r in repositories]
    found = silences(stored.value, known, services.clock())
    return [Alarm("hooks_silent", silence_text(found), found[0].since)] if found else []


def _incomplete_alarms(
    integration: Integration,
    repositories: Sequence[RepositoryRecord],
    cursors: Mapping[str, Cursor],
) -> list[Alarm]:
    if not integration.hooks_only:
        return []
    known = [(r.repository, cursors.get(r.repository.id, Cursor())) for r in repositories]
    found = [(repository, missing(cursor)) for repository, cursor in known]
    named = [f"{r.project}/{r.name} ({count})" for r, count in found if count]
    if not named:
        return []
    total = sum(count for _, count in found)
    shown = ", ".join(named[:_MOST_NAMED]) + (", …" if len(named) > _MOST_NAMED else "")
    text = (
        f"{total} pushes of the last 30 days were not told, or not as a whole, and nobody can be "
        f"asked: {shown}. Links of their commits may be missing. Look at the "
        "history of the service hooks, and push what is missing to a branch of its own."
    )
    return [Alarm("hooks_incomplete", text, None)]
