"""What states, git hosts and alarms are called on pages, and where an alarm is put right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, get_args

from msgspec import Struct

from admin_console.pages.pages import ROOT
from shared.discovery.left_out import ADVICE
from shared.integrations.alarms import Alarm
from shared.model import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.configuration import ConnectionKind, WritesBy
    from shared.integrations.status import IntegrationState, RepositoryState
    from shared.model import GitHostKind

STATES: Final[dict[IntegrationState, str]] = {
    "new": "The repositories are being looked for.",
    "indexing": "Commits, branches and pull requests are being read.",
    "idle": "Everything is indexed. What changes is added by itself.",
    "throttled": "The git host asked to wait. Indexing goes on by itself.",
    "needs_reconnect": "The git host does not accept the connection. Connect again to go on.",
    "degraded": "Most of it is indexed, and some of it failed. The alarms say what to do.",
    "hooks_only": "The integration lives on service hooks alone: what they tell is indexed.",
    "paused": "The integration is paused. The git host is left alone until it is resumed.",
    "failed": "The repositories could not be listed. The alarms say what to do.",
}
STATE_WORDS: Final[dict[IntegrationState, str]] = {
    "new": "starting",
    "indexing": "indexing",
    "idle": "up to date",
    "throttled": "waiting",
    "needs_reconnect": "needs reconnecting",
    "degraded": "partly failed",
    "hooks_only": "service hooks alone",
    "paused": "paused",
    "failed": "failed",
}
SETTLED: Final[frozenset[IntegrationState]] = frozenset(
    {"idle", "needs_reconnect", "degraded", "hooks_only", "paused", "failed"}
)
"""States that nothing but somebody's doing, or much time, leads out of."""

REPOSITORY_STATES: Final[dict[RepositoryState, str]] = {
    "new": "Waiting",
    "indexing": "Indexing",
    "idle": "Indexed",
    "failed": "Failed",
    "left_out": "Left out",
    "gone": "Gone",
}

LEFT_OUT: Final[dict[LeftOut, str]] = {
    "filter": "Not kept by the filter",
    "not_selected": "Not selected",
    "disabled": "Disabled on the git host",
    "empty": "No branch yet",
    "tfvc": "Under TFVC",
    "forbidden": "Hidden from the credential",
    "deleting": "Its project is being made or deleted",
    "maintenance": "In maintenance",
    "owned_elsewhere": "Indexed by another integration",
}
assert set(LEFT_OUT) == set(get_args(LeftOut)), "each reason is worded"

_PLAIN: Final[frozenset[LeftOut]] = frozenset({"filter", "not_selected"})

GIT_HOSTS: Final[dict[GitHostKind, str]] = {
    "azure_devops": "Azure DevOps Services",
    "azure_devops_server": "Azure DevOps Server or TFS",
    "git": "Any git repository",
}

CONNECTIONS: Final[dict[ConnectionKind, str]] = {
    "oauth": "Sign-in with Microsoft (OAuth)",
    "managed_identity": "Managed identity",
    "service_principal": "Service principal",
    "pat": "Token",
    "basic": "User name and password",
    "ssh_key": "SSH key",
    "none": "No credential",
}

WRITES: Final[dict[WritesBy, str]] = {
    "own_token": "With the token of whoever writes",
    "integration": "With the connection of the integration",
    "off": "Nobody: nothing is ever written",
}

HELP: Final[dict[str, str]] = {
    "signed_out": "reconnect#refused",
    "needs_reconnect": "reconnect#refused",
    "credential_expires": "reconnect#expired",
    "identity_client_refused": "sign-in#entra",
    "not_added": "identities#not-added",
    "licence_missing": "identities#licence",
    "wrong_tenant": "identities#wrong-tenant",
    "forbidden": "missing-repositories#permissions",
    "missing": "missing-repositories#permissions",
    "no_repositories": "missing-repositories#permissions",
    "throttled": "waiting#throttled",
    "git_host_unavailable": "waiting#unavailable",
    "hooks_refused": "webhooks#refused",
    "hooks_disabled": "webhooks#switched-off",
    "hooks_broken": "webhooks#out-of-service",
    "hooks_not_looked_at": "webhooks#out-of-service",
    "hooks_left": "webhooks#left",
    "hooks_silent": "webhooks#silent",
    "hooks_incomplete": "webhooks#silent",
    "no_public_url": "webhooks#address",
}
"""An alarm's code → the topic of the help about it."""
_CONNECT: Final = ("connection", "Connect again")
_WEBHOOK: Final = ("webhook", "Look at the webhook")
_EXAMINE: Final = ("doctor", "Run the doctor")
_DONE_ON: Final[dict[str, tuple[str, str]]] = {
    "signed_out": _CONNECT,
    "needs_reconnect": _CONNECT,
    "identity_client_refused": _EXAMINE,
    "credential_expires": _CONNECT,
    "hooks_refused": _WEBHOOK,
    "hooks_disabled": _WEBHOOK,
    "hooks_broken": _WEBHOOK,
    "hooks_not_looked_at": _WEBHOOK,
    "hooks_left": _WEBHOOK,
    "hooks_silent": _WEBHOOK,
    "hooks_incomplete": ("deliveries", "Look at the deliveries"),
    "no_public_url": _WEBHOOK,
    "throttled": ("", "Look at the integration"),
    "git_host_unavailable": ("", "Look at the integration"),
}


class ShownAlarm(Struct, frozen=True):
    """An alarm, and the ways on from it."""

    alarm: Alarm
    page: str
    """Where something is done about it, below the integration's page; empty: there itself."""
    action: str
    """What the link to that page says."""
    help: str
    """The address of the help about it; empty when there is none."""


def shown_alarms(alarms: Iterable[Alarm]) -> list[ShownAlarm]:
    """Return alarms with what to do about each."""
    return [_shown(alarm) for alarm in alarms]


def advice_of(left_out: LeftOut | None) -> str:
    """Return what would have a repository indexed; empty where the reason says it all."""
    return ADVICE[left_out] if left_out and left_out not in _PLAIN else ""


def help_of(code: str) -> str:
    """Return the address of the help about an alarm or a failure; empty when there is none."""
    for prefix in ("organization_", "work_items_"):
        code = code.removeprefix(prefix)
    topic = HELP.get(code, "")
    return f"{ROOT}/help/{topic}" if topic else ""


def duration(seconds: int | None) -> str:
    """Return a time that is left as people say it; empty when it is not known."""
    if seconds is None:
        return ""
    left = timedelta(seconds=seconds)
    if left < timedelta(minutes=1):
        return "less than a minute"
    if left < timedelta(hours=2):
        minutes = round(left / timedelta(minutes=1))
        return "about a minute" if minutes == 1 else f"about {minutes} minutes"
    return f"about {round(left / timedelta(hours=1))} hours"


def _shown(alarm: Alarm) -> ShownAlarm:
    plain = alarm.code
    for prefix in ("organization_", "work_items_"):
        plain = plain.removeprefix(prefix)
    page, action = _DONE_ON.get(plain, _EXAMINE)
    return ShownAlarm(alarm, page, action, help_of(alarm.code) or alarm.help_url or "")
