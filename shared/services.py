"""Everything that the product works with, in one value that is handed around."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared import activity_counts, configuration, people, progress
from shared.caching import CachedRecords, CachedSecrets
from shared.cursors import Cursor, PullRequestCursor, WorkItemCursor
from shared.issue_keys import Learned
from shared.messages import Due
from shared.whereabouts import ShownCursors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.interfaces import Clock
    from shared.interfaces.git_host_family import GitHostFamily
    from shared.interfaces.identity import Identities, IdentityServer
    from shared.interfaces.storage import KeyedVault, Records, Storage
    from shared.model import GitHostKind

_SHOWN_WITHIN = timedelta(seconds=30)
"""How long a change of a token, a tracker or a repository may stay unnoticed by readers."""
SECRETS_WITHIN = timedelta(seconds=60)
"""The same for a webhook's secrets, which overlap for longer when they are rotated."""


@dataclass(frozen=True)
class SignIn:
    """Whom the installation trusts to say who somebody is."""

    console_url: str = ""
    """Scheme and host that browsers reach us at; empty when it is not known."""
    server: IdentityServer | None = None
    """None: the settings name none."""
    identities: Identities | None = None
    policy: people.SignInPolicy = field(default_factory=people.SignInPolicy)


@dataclass(frozen=True)
class Services:
    """The parts, each behind its interface. Records are grouped as their comment says."""

    storage: Storage
    vault: KeyedVault
    git_hosts: Mapping[GitHostKind, GitHostFamily]
    clock: Clock
    public_url: str
    """Scheme and host that service hooks reach us at; empty when they cannot."""
    sign_in: SignIn

    trackers: Records[configuration.Tracker]  # one group, by id
    integrations: Records[configuration.Integration]  # one group, by id
    connections: Records[configuration.Connection]  # one group, by integration
    grants: Records[configuration.Grant]  # one group, by integration
    authorizations: Records[people.Authorization]  # one group, by the hash of the state
    users: Records[people.User]  # one group, by id
    sessions: Records[people.Session]  # one group, by the hash of the cookie
    one_time_codes: Records[people.OneTimeCode]  # one group, by the hash of the code
    activity: Records[activity_counts.Hour]  # of an integration, by hour
    counted: Records[activity_counts.Counted]  # one group, by integration
    webhooks: Records[configuration.Webhook]  # one group, by id
    hook_states: Records[configuration.HookState]  # one group, by integration
    tokens: Records[configuration.ApiToken]  # one group, by id
    repositories: Records[progress.RepositoryRecord]  # of an integration, by id
    owners: Records[str]  # of a tracker, by repository: the integration that indexes it
    cursors: Records[Cursor]  # of an integration, by repository
    pull_request_cursors: Records[PullRequestCursor]  # of an integration, by project
    work_item_cursors: Records[WorkItemCursor]  # of an integration, by organization
    work_items: Records[progress.StoredWorkItem]  # of an integration's organization, by number
    work_item_wishes: Records[progress.WorkItemWish]  # likewise, in any order
    discoveries: Records[progress.DiscoveryRecord]  # one group, by integration
    runs: Records[progress.Run]  # one group, by integration
    orphans: Records[progress.Orphan]  # of an integration, by repository and commit
    leases: Records[progress.Lease]  # of an integration, by what is worked on
    wanted: Records[progress.Wanted]  # of an integration, by repository
    cancellations: Records[progress.Cancellation]  # one group, by integration
    summaries: Records[progress.Summary]  # one group, by integration
    budgets: Records[progress.IdentityBudget]  # one group, by identity
    refills: Records[progress.RefillRecord]  # one group, by integration
    due: Records[Due]  # one group, by time
    learned: Records[Learned]  # of a tracker, by repository
    schema: Records[progress.Schema]  # one group, one record

    known_connections: CachedRecords[configuration.Connection]
    known_trackers: CachedRecords[configuration.Tracker]
    known_tokens: CachedRecords[configuration.ApiToken]
    known_webhooks: CachedRecords[configuration.Webhook]
    known_owners: CachedRecords[str]
    known_repositories: CachedRecords[progress.RepositoryRecord]
    known_integrations: CachedRecords[configuration.Integration]
    known_secrets: CachedSecrets

    @classmethod
    def over(
        cls,
        storage: Storage,
        *,
        vault: KeyedVault,
        git_hosts: Mapping[GitHostKind, GitHostFamily],
        clock: Clock,
        public_url: str,
        sign_in: SignIn | None = None,
    ) -> Services:
        """Return the services with all records in *storage*."""
        records: dict[str, Records[Any]] = {
            name: storage.records(name, kind) for name, kind in _KINDS.items()
        }
        records["cursors"] = ShownCursors(records["cursors"], records["repositories"])
        return cls(
            storage=storage,
            vault=vault,
            git_hosts=git_hosts,
            clock=clock,
            public_url=public_url,
            sign_in=sign_in or SignIn(console_url=public_url),
            known_connections=CachedRecords(records["connections"], clock, _SHOWN_WITHIN),
            known_trackers=CachedRecords(records["trackers"], clock, _SHOWN_WITHIN),
            known_tokens=CachedRecords(records["tokens"], clock, _SHOWN_WITHIN),
            known_webhooks=CachedRecords(records["webhooks"], clock, SECRETS_WITHIN),
            known_owners=CachedRecords(records["owners"], clock, _SHOWN_WITHIN),
            known_repositories=CachedRecords(records["repositories"], clock, _SHOWN_WITHIN),
            known_integrations=CachedRecords(records["integrations"], clock, _SHOWN_WITHIN),
            known_secrets=CachedSecrets(vault, clock, SECRETS_WITHIN),
            **records,
        )


ONE_GROUP = "all"
"""The group of records that are not divided further."""

_KINDS: dict[str, type[Any]] = {
    "trackers": configuration.Tracker,
    "integrations": configuration.Integration,
    "connections": configuration.Connection,
    "grants": configuration.Grant,
    "authorizations": people.Authorization,
    "users": people.User,
    "sessions": people.Session,
    "one_time_codes": people.OneTimeCode,
    "activity": activity_counts.Hour,
    "counted": activity_counts.Counted,
    "webhooks": configuration.Webhook,
    "hook_states": configuration.HookState,
    "tokens": configuration.ApiToken,
    "repositories": progress.RepositoryRecord,
    "owners": str,
    "cursors": Cursor,
    "pull_request_cursors": PullRequestCursor,
    "work_item_cursors": WorkItemCursor,
    "work_items": progress.StoredWorkItem,
    "work_item_wishes": progress.WorkItemWish,
    "discoveries": progress.DiscoveryRecord,
    "runs": progress.Run,
    "orphans": progress.Orphan,
    "leases": progress.Lease,
    "wanted": progress.Wanted,
    "cancellations": progress.Cancellation,
    "summaries": progress.Summary,
    "budgets": progress.IdentityBudget,
    "refills": progress.RefillRecord,
    "due": Due,
    "learned": Learned,
    "schema": progress.Schema,
}
