"""Connect integrations, change them, replace their connection, and take them away again."""

from __future__ import annotations

import logging
import secrets
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.configuration import (
    DEFAULT_TRACKER,
    Connection,
    ConnectionKind,
    IndexSwitches,
    Integration,
    Selection,
    Webhook,
    WritesBy,
)
from shared.connecting import check_connected, check_wanted, token_to_keep
from shared.errors import (
    ConflictError,
    NoRepositoriesError,
    UnknownThingError,
    WouldDisconnectError,
)
from shared.hooks.rotating import new_password
from shared.hooks.subscriptions import password_purpose
from shared.index.discovery import decide
from shared.index.filtering import kept_by
from shared.index.opening import integration_of, token_purpose
from shared.index.runs import start_run
from shared.index.schedule import TRIED_AGAIN_AFTER, plan
from shared.model import GitHostKind, IntegrationId, TrackerId, WebhookId
from shared.progress import Due, Job
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.interfaces.git_host import GitHostFamily, ListedRepository
    from shared.interfaces.storage import Record
    from shared.services import Services

_WEBHOOK_USER: Final = "devlinks"
_DISCONNECTED_UNASKED: Final = 10
"""A change that would disconnect more repositories has to name how many."""
_log = logging.getLogger(__name__)


class NewConnection(Struct, frozen=True):
    """A credential as an admin gives it."""

    token: str
    email: str = ""
    expires_at: datetime | None = None
    kind: ConnectionKind = "pat"


class Changes(Struct, frozen=True):
    """What an admin may change of an integration; what is left out stays."""

    name: str
    """Empty: that of its first organization."""
    url: str
    organizations: tuple[str, ...] = ()
    trackers: tuple[TrackerId, ...] = (DEFAULT_TRACKER,)
    index: IndexSwitches = IndexSwitches()
    repositories: Selection = Selection()
    pull_request_window_days: int = 183
    webhooks: bool = True
    hooks_only: bool = False
    writes: WritesBy = "own_token"


def connect(
    services: Services, git_host: GitHostKind, wanted: Changes, connection: NewConnection
) -> Integration:
    """Make an integration after its credential has shown what it can see.

    Nothing is kept when the git host refuses: the error is the one of the step that failed.
    Discovery and the first index follow in the background. For an integration that lives on
    service hooks alone nothing is called.
    """
    family = services.git_hosts[git_host]
    wanted = _at_its_address(family, wanted)
    token = token_to_keep(family, wanted, connection)
    check_wanted(services, wanted)
    if not wanted.hooks_only and not _listing(services, git_host, wanted.organizations, token):
        raise NoRepositoriesError("The token works, and shows no repository.")
    integration = Integration(
        id=IntegrationId(uuid.uuid4().hex),
        name=wanted.name,
        git_host=git_host,
        url=wanted.url,
        organizations=wanted.organizations,
        trackers=wanted.trackers,
        webhook_id=WebhookId(secrets.token_hex(16)),
        created_at=services.clock(),
    )
    integration = _changed(integration, wanted)
    _keep_connection(services, integration, connection, token)
    _keep_webhook(services, integration)
    # Should this end before the job is enqueued, the timer finds the hint.
    plan(services, Due(integration.id), at=services.clock() + TRIED_AGAIN_AFTER)
    # The integration comes last: until it is there, nothing refers to the others.
    services.integrations.insert(ONE_GROUP, integration.id, integration)
    _discover(services, integration)
    _log.info("integration_connected integration=%s", integration.id)
    return integration


def change(
    services: Services,
    integration_id: str,
    wanted: Changes,
    *,
    connection: NewConnection | None = None,
    confirmed: int | None = None,
) -> Integration:
    """Change an integration as a whole, its connection too when there is a new one.

    WouldDisconnectError when more than ten indexed repositories would be left out and *confirmed*
    is not their number.
    """
    known = integration_of(services, integration_id)
    family = services.git_hosts[known.git_host]
    wanted = _at_its_address(family, wanted)
    check_wanted(services, wanted)
    changed = _changed(known, wanted)
    is_given = connection is not None and (connection.token or connection.kind == "none")
    token = token_to_keep(family, wanted, connection) if connection is not None and is_given else ""
    check_connected(services, family, changed, token)
    if not changed.hooks_only and (token or _selects_otherwise(known, changed)):
        _guard(services, known, changed, token or _token_of(services, known), confirmed)
    record = services.integrations.get(ONE_GROUP, integration_id)
    if record is None or record.value != known:
        raise ConflictError("The integration was changed by somebody else; read it again.")
    if connection is not None:
        _change_connection(services, known, connection, token)
    services.integrations.replace(record, changed)
    services.known_integrations.forget(ONE_GROUP, integration_id)
    _discover(services, changed)
    is_called = not changed.hooks_only
    was_called = not known.hooks_only
    reads_more = known.index != changed.index or known.trackers != changed.trackers
    if is_called and (token or reads_more or not was_called):
        start_run(services, changed)
    if changed.former_trackers:
        services.storage.jobs.put("reindex", Job(known.id, "remove"))
    return changed


def remove(services: Services, integration_id: str) -> None:
    """Take an integration away: its links are hidden at once and deleted in the background.

    Asked for again, it is begun again; UnknownThingError once everything is gone.
    """
    record = services.integrations.get(ONE_GROUP, integration_id)
    if record is None:
        raise UnknownThingError("There is no such integration.")
    known = record.value
    services.integrations.replace(record, replace(known, is_removed=True))
    services.known_integrations.forget(ONE_GROUP, known.id)
    services.storage.jobs.put("reindex", Job(known.id, "remove"))


def list_integrations(services: Services, *, after: str, limit: int) -> list[Record[Integration]]:
    """Return integrations in order of id, without those that were removed."""
    found: list[Record[Integration]] = []
    while len(found) < limit:
        page = services.integrations.list(ONE_GROUP, after=after, limit=limit)
        found += [record for record in page if not record.value.is_removed]
        if len(page) < limit:
            break
        after = page[-1].key
    return found[:limit]


def _at_its_address(family: GitHostFamily, wanted: Changes) -> Changes:
    """Return *wanted* with its address in the one form that is kept; BadRequestError for none."""
    address = family.address(wanted.url, wanted.organizations)
    return replace(
        wanted,
        name=wanted.name or address.organizations[0],
        url=address.url,
        organizations=address.organizations,
    )


def _changed(known: Integration, wanted: Changes) -> Integration:
    return replace(
        known,
        name=wanted.name.strip(),
        url=wanted.url,
        organizations=wanted.organizations,
        trackers=wanted.trackers,
        index=wanted.index,
        repositories=_lowered(wanted.repositories),
        pull_request_window_days=wanted.pull_request_window_days,
        webhooks=wanted.webhooks,
        hooks_only=wanted.hooks_only,
        writes=wanted.writes,
        former_trackers=tuple(
            t for t in (*known.former_trackers, *known.trackers) if t not in wanted.trackers
        ),
    )


def _lowered(selection: Selection) -> Selection:
    """Return a selection with ids as we write them."""
    return replace(selection, selected=tuple(i.strip().lower() for i in selection.selected))


def _discover(services: Services, integration: Integration) -> None:
    job = Job(integration.id, "discover", asked_at=services.clock())
    services.storage.jobs.put("reindex", job)


def _listing(
    services: Services, git_host: GitHostKind, organizations: Sequence[str], token: str
) -> list[ListedRepository]:
    """Return every repository that the token shows; the git host's refusals are raised."""
    family = services.git_hosts[git_host]
    found: list[ListedRepository] = []
    for organization in organizations:
        found += family.open(organization, token=token).listing().repositories
    return found


def _keep_connection(
    services: Services, integration: Integration, given: NewConnection, token: str
) -> None:
    sealed = services.vault.seal(token, purpose=token_purpose(integration.id)) if token else ""
    connection = Connection(given.kind, sealed, given.email, given.expires_at)
    services.connections.put(ONE_GROUP, integration.id, connection)


def _keep_webhook(services: Services, integration: Integration) -> None:
    sealed = services.vault.seal(new_password(), purpose=password_purpose(integration.id))
    webhook = Webhook(integration.id, _WEBHOOK_USER, (sealed,))
    services.webhooks.put(ONE_GROUP, integration.webhook_id, webhook)


def _selects_otherwise(known: Integration, changed: Integration) -> bool:
    return (known.repositories, known.organizations) != (
        changed.repositories,
        changed.organizations,
    )


def _token_of(services: Services, integration: Integration) -> str:
    connection = services.connections.get(ONE_GROUP, integration.id)
    assert connection is not None, "an integration is connected before it is kept"
    return services.vault.open(connection.value.sealed_token, purpose=token_purpose(integration.id))


def _change_connection(
    services: Services, integration: Integration, given: NewConnection, token: str
) -> None:
    """Replace the connection, or with no new token only what is said about it."""
    if token or given.kind == "none":
        _keep_connection(services, integration, given, token)
        return
    record = services.connections.get(ONE_GROUP, integration.id)
    if record is not None:
        changed = replace(record.value, email=given.email, expires_at=given.expires_at)
        services.connections.replace(record, changed)


def _guard(
    services: Services,
    known: Integration,
    changed: Integration,
    token: str,
    confirmed: int | None,
) -> None:
    """Raise WouldDisconnectError when too many repositories would be left out unasked.

    The git host is asked with *token*, whose refusal is raised.
    """
    listed = _listing(services, known.git_host, changed.organizations, token)
    kept = kept_by(changed.repositories.jmespath, [r.as_listed for r in listed])
    stays = {r.repository.id for r in listed if decide(r, changed, kept=kept) is None}
    live = {r.key for r in services.repositories.list(known.id) if r.value.is_live}
    lost = len(live - stays)
    if lost > _DISCONNECTED_UNASKED and confirmed != lost:
        raise WouldDisconnectError(lost)
