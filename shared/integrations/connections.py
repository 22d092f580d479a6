"""Connect integrations, change them, replace their connection, and take them away again."""

from __future__ import annotations

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
from shared.connections.opening import integration_of
from shared.errors import ConflictError, UnknownThingError
from shared.hooks.rotating import new_password
from shared.hooks.subscriptions import password_purpose
from shared.index.switching import follow_switches
from shared.integrations.changing import (
    at_its_address,
    fitting,
    guard,
    reads_more,
    selects_otherwise,
)
from shared.integrations.connecting import as_offered, check_connection, check_wanted
from shared.integrations.credentials import (
    SIGN_IN_FIRST,
    Shown,
    first_shown,
    keep,
    stored_connection,
    tell,
    to_show,
)
from shared.interfaces.git_host_family import Credential
from shared.messages import Due, Job
from shared.model import GitHostKind, IntegrationId, TrackerId, WebhookId
from shared.scheduling.runs import start_run
from shared.scheduling.schedule import TRIED_AGAIN_AFTER, plan
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.interfaces.storage import Record
    from shared.services import Services

_WEBHOOK_USER: Final = "devlinks"
_log = log_of(__name__)


class NewConnection(Struct, frozen=True):
    """A credential as an admin gives it."""

    token: str = ""
    email: str = ""
    expires_at: datetime | None = None
    kind: ConnectionKind = "pat"
    user_name: str = ""
    password: str = ""
    host_key: str = ""
    tenant_id: str = ""
    client_id: str = ""
    client_secret: str = ""
    certificate: str = ""
    """With its private key, in PEM."""

    def __repr__(self) -> str:
        return f"NewConnection(kind={self.kind!r}, …)"

    @property
    def secret(self) -> str:
        """What is to be kept from everybody; empty for a key, which is made here."""
        return self.token or self.password or self.client_secret or self.certificate

    @property
    def credential(self) -> Credential:
        """What is to be shown to the git host, as far as it is given."""
        return Credential(self.kind, self.secret, self.user_name, self.host_key)


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

    Nothing is kept when the git host refuses: the error is the one of the step that failed. An SSH
    key alone is kept before it is accepted, and OAuth before anybody has signed in. Discovery and
    the first index follow in the background. For an integration that lives on service hooks alone
    nothing is called.
    """
    family = services.git_hosts[git_host]
    wanted = as_offered(family, at_its_address(family, wanted))
    check_connection(family, wanted, connection, is_new=True)
    check_wanted(services, wanted)
    credential = family.credential(connection.credential, url=wanted.url)
    shown = first_shown(services, family, wanted, connection, credential)
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
    keep(services, integration.id, connection, credential=credential, refusal=shown.refusal)
    keep_webhook(services, integration)
    # Should this end before the job is enqueued, the timer finds the hint.
    plan(services, Due(integration.id), at=services.clock() + TRIED_AGAIN_AFTER)
    # The integration comes last: until it is there, nothing refers to the others.
    services.integrations.insert(ONE_GROUP, integration.id, integration)
    if shown != SIGN_IN_FIRST:
        _discover(services, integration)
    _log.info("integration_connected integration=%s", integration.id)
    return integration


def change(
    services: Services,
    integration_id: str,
    wanted: Changes,
    *,
    connection: NewConnection | None = None,
    is_replaced: bool = False,
    confirmed: int | None = None,
) -> Integration:
    """Change an integration as a whole, its connection too when there is a new one.

    *connection* without a secret is the one that is kept, told otherwise, unless it *is_replaced*.
    WouldDisconnectError when more than ten indexed repositories would be left out and *confirmed*
    is not their number.
    """
    known = integration_of(services, integration_id)
    stored = stored_connection(services, known)
    given = connection or _as_given(stored)
    wanted, credential = fitting(services, known, wanted, given, stored, is_replaced=is_replaced)
    changed = _changed(known, wanted)
    shown = Shown()
    if not changed.hooks_only and (credential or selects_otherwise(known, changed)):
        asked_with = to_show(services, known, given, stored, kept=credential)
        shown = (
            guard(services, known, changed, asked_with, confirmed) if asked_with else SIGN_IN_FIRST
        )
    record = services.integrations.get(ONE_GROUP, integration_id)
    if record is None or record.value != known:
        raise ConflictError("The integration was changed by somebody else; read it again.")
    if credential is not None:
        keep(services, known.id, given, credential=credential, refusal=shown.refusal)
    else:
        tell(services, known.id, given)
    services.integrations.replace(record, changed)
    services.known_integrations.forget(ONE_GROUP, integration_id)
    _discover(services, changed)
    if reads_more(known, changed, is_connected_anew=credential is not None) and not shown.refusal:
        start_run(services, changed)
        follow_switches(services, known, changed)
    if changed.former_trackers:
        services.storage.jobs.put("reindex", Job(known.id, "remove"))
    return changed


def reconnect(services: Services, integration_id: str, connection: NewConnection) -> Integration:
    """Replace the connection, and keep everything else; an SSH key is made anew."""
    known = integration_of(services, integration_id)
    fields = {name: getattr(known, name) for name in Changes.__struct_fields__}
    return change(
        services, integration_id, Changes(**fields), connection=connection, is_replaced=True
    )


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


def _as_given(stored: Connection) -> NewConnection:
    """Return a stored connection as an admin would give it, without its secret."""
    return NewConnection(
        kind=stored.kind,
        user_name=stored.user_name,
        host_key=stored.host_key,
        tenant_id=stored.tenant_id,
        client_id=stored.client_id,
        email=stored.email,
        expires_at=stored.expires_at,
    )


def keep_webhook(services: Services, integration: Integration) -> None:
    """Keep the webhook of a new integration, with a password that nobody has seen."""
    sealed = services.vault.seal(new_password(), purpose=password_purpose(integration.id))
    webhook = Webhook(integration.id, _WEBHOOK_USER, (sealed,))
    services.webhooks.put(ONE_GROUP, integration.webhook_id, webhook)
