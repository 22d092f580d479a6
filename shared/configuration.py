"""What admins set up: trackers, integrations with their connections, webhooks and API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from shared.model import GitHostKind, IntegrationId, Kind, ProjectId, TrackerId, WebhookId

GrammarName = Literal["jira", "azure_boards", "number"]
TrackerKind = Literal["jira", "azure_boards", "redmine", "trac", "youtrack", "other"]
Scope = Literal["links:read", "code:read", "code:write", "admin"]
ConnectionKind = Literal[
    "oauth", "managed_identity", "service_principal", "pat", "basic", "ssh_key", "none"
]
WritesBy = Literal["own_token", "integration", "off"]

DEFAULT_TRACKER = TrackerId("default")
SCOPES: tuple[Scope, ...] = ("links:read", "code:read", "code:write", "admin")


class Sources(Struct, frozen=True):
    """Which of the weaker sources of issue keys count."""

    description: bool = True
    """A pull request's description."""
    tags: bool = False
    inherit: bool = False
    """A pull request's commits get the keys of the pull request."""


class Tracker(Struct, frozen=True):
    """What shows issues; its grammars and its projects decide what an issue key is."""

    id: TrackerId
    table_id: str
    """Names its pair of tables: random, never the id, and never used for another tracker."""
    name: str
    created_at: datetime
    kind: TrackerKind = "other"
    url: str = ""
    grammars: tuple[GrammarName, ...] = ("jira", "azure_boards")
    projects: tuple[str, ...] = ()
    sources: Sources = Sources()
    number_range: tuple[int, int] | None = None
    number_since: datetime | None = None
    pattern: str = ""
    """An admin's own regular expression for keys; empty: none."""
    origins: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)


class IndexSwitches(Struct, frozen=True):
    """Which kinds of things an integration indexes."""

    commits: bool = True
    branches: bool = True
    pull_requests: bool = True
    work_items: bool = False

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of items that links are to."""
        switches: dict[Kind, bool] = {
            "commit": self.commits,
            "branch": self.branches,
            "pull_request": self.pull_requests,
        }
        return frozenset(kind for kind, is_on in switches.items() if is_on)


class Selection(Struct, frozen=True):
    """Which repositories of an integration are indexed."""

    mode: Literal["all", "selected"] = "all"
    jmespath: str = ""
    """Over the repositories as the git host lists them; empty keeps all."""
    selected: tuple[str, ...] = ()
    """Repository ids; counts only in mode `selected`."""


class Integration(Struct, frozen=True):
    """Organizations of one git host, indexed for some trackers."""

    id: IntegrationId
    name: str
    git_host: GitHostKind
    url: str
    organizations: tuple[str, ...]
    trackers: tuple[TrackerId, ...]
    webhook_id: WebhookId
    created_at: datetime
    index: IndexSwitches = IndexSwitches()
    repositories: Selection = Selection()
    pull_request_window_days: int = 183
    webhooks: bool = True
    hooks_only: bool = False
    writes: WritesBy = "own_token"
    former_trackers: tuple[TrackerId, ...] = ()
    """Taken out by an admin; what it stored for them is being removed in the background."""
    is_paused: bool = False
    is_removed: bool = False
    """Deleted by an admin; what it stored is being removed in the background."""


class Connection(Struct, frozen=True):
    """How an integration is authorised now; replacing it keeps everything else."""

    kind: ConnectionKind
    sealed_secret: str = ""
    """The token, the password, the private key, or a service principal's secret or certificate;
    empty where there is none. What OAuth granted is a `Grant` of its own."""
    user_name: str = ""
    host_key: str = ""
    """What keys an SSH server may have, as `known_hosts` writes them without names."""
    public_key: str = ""
    """What the git host must know for the private key to count."""
    tenant_id: str = ""
    """Of a service principal."""
    client_id: str = ""
    """Of a service principal, or of a managed identity; empty for the app's own identity."""
    email: str = ""
    expires_at: datetime | None = None
    refused_since: datetime | None = None
    """When the git host first refused the credential; None while it is accepted."""
    refusal: str = ""


class Grant(Struct, frozen=True):
    """What somebody allowed an integration by OAuth; it is renewed without touching the rest."""

    sealed_refresh_token: str
    sealed_access_token: str
    expires_at: datetime
    """When the access token stops being accepted."""
    refreshed_at: datetime
    tenant_id: str
    account: str = ""
    """Who allowed it, as shown to people."""
    refusal: Literal["", "signed_out", "identity_client_refused"] = ""
    """Why the identity server would not renew it the last time; empty while it does."""
    refused_at: datetime | None = None
    """When that was."""


class Webhook(Struct, frozen=True):
    """The address and the secrets by which service hooks reach an integration."""

    integration: IntegrationId
    user_name: str
    sealed_passwords: tuple[str, ...]
    """The newest first; more than one while it replaces the others."""
    overlaps_until: datetime | None = None
    """Until when any but the first is still accepted, at least."""
    version: int = 0
    """How often it was rotated: tells which password a service hook sends."""
    rotated_at: datetime | None = None
    is_moved: bool = True
    """False while service hooks of ours may still send an older password."""

    def live_passwords(self, now: datetime) -> tuple[str, ...]:
        """Return the sealed passwords that are accepted at a moment."""
        overlaps = self.overlaps_until is not None and now < self.overlaps_until
        return self.sealed_passwords if overlaps or not self.is_moved else self.sealed_passwords[:1]


class Subscription(Struct, frozen=True):
    """A service hook of ours: what the git host tells of it, and what we know besides."""

    id: str
    event_type: str
    project_id: ProjectId
    status: str = "enabled"
    """As the git host says; `missing` once it is gone there."""
    is_whole: bool = True
    """False: it was narrowed down, and does not tell of all that happens in its project."""
    organization: str = ""
    version: int | None = None
    """Of the password that it sends, see `Webhook.version`; None: not made by us."""
    made_at: datetime | None = None
    """When we made it; None: it was there before, or that was never recorded."""
    repaired_at: datetime | None = None
    """When it was last switched on again by us."""
    well_at: datetime | None = None
    """When it was last seen enabled; None while it is."""


class HookState(Struct, frozen=True):
    """What is known of an integration's service hooks."""

    subscriptions: tuple[Subscription, ...] = ()
    refused_since: datetime | None = None
    """When the git host first refused to create one; None while it does not."""
    refusal: str = ""
    refused_projects: tuple[ProjectId, ...] = ()
    failure: str = ""
    """Why the hooks could not be looked at the last time; what is said of them may be old."""
    failed_since: datetime | None = None
    looked_at: dict[ProjectId, datetime] = field(default_factory=dict)


class ApiToken(Struct, frozen=True):
    """An API token as it is kept: never the secret, only its SHA-256."""

    id: str
    name: str
    secret_hash: str
    scopes: tuple[Scope, ...]
    tracker: TrackerId
    table_id: str
    """Of the tracker that it was made for: another one of the same id is none of its."""
    created_at: datetime
    expires_at: datetime
    issue_projects: tuple[str, ...] | None = None
    """None: all projects of the tracker."""
    integrations: tuple[IntegrationId, ...] | None = None
    last_used_at: datetime | None = None
    """To the hour."""
