"""An integration's webhook: its service hooks, a new password, and what to set up by hand."""

from __future__ import annotations

from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.pages.pages import Page, go, show
from admin_console.webhooks import (
    FieldRow,
    SubscriptionRow,
    reconcile_integration_webhook,
    rotate_integration_webhook,
    webhook_of,
)
from shared.configuration import HookState
from shared.connections.opening import integration_of
from shared.errors import ConflictError
from shared.hooks.manual_setup import ANY_PROJECT
from shared.hooks.troubles import troubles_of
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from admin_console.webhooks import ManualHookRow
    from shared.configuration import Integration
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

STATUSES: Final[dict[str, str]] = {
    "enabled": "enabled",
    "onProbation": "on probation: deliveries failed",
    "disabledBySystem": "disabled: deliveries failed too often",
    "disabledByInactiveIdentity": "disabled: who made it has lost access",
    "disabledByUser": "switched off by hand",
    "missing": "gone at the git host",
}
"""What the git host says of a service hook, in words."""
_STATES: Final = {"enabled": "ok", "onProbation": "paused", "disabledByUser": "paused"}
"""As what it is coloured; any other is wrong."""


class ShownHook(Struct, frozen=True):
    """A service hook."""

    event_type: str
    status: str
    """In words."""
    state: str


class Project(Struct, frozen=True):
    """The service hooks of a project."""

    name: str
    hooks: tuple[ShownHook, ...]
    is_refused: bool


class Card(Struct, frozen=True):
    """One service hook to be set up by hand, wherever it is missing."""

    event_type: str
    fields: tuple[FieldRow, ...]
    pages: tuple[tuple[str, str], ...]
    """The project's name and the address of its page."""


def show_webhook(visit: Visit) -> Html:
    """Show the webhook as it was when it was last looked at."""
    return _page(visit, _integration(visit))


def ask_rotation(visit: Visit) -> Html:
    """Say what a new password does, before one is made."""
    integration = _integration(visit)
    webhook = webhook_of(visit.services, integration)
    return show(
        visit,
        "webhook_rotate.html",
        title="New password for the webhook",
        integration=integration,
        webhook=webhook,
    )


def rotate(visit: Visit) -> Html:
    """Make a new password, and show it this once."""
    integration = _integration(visit)
    try:
        made = rotate_integration_webhook(visit)
    except ConflictError as error:
        return _page(visit, integration, error=error)
    return show(
        visit,
        "webhook_password.html",
        title="The new password",
        integration=integration,
        made=made,
    )


def reconcile(visit: Visit) -> Redirect:
    """Have the service hooks looked at and put right."""
    reconcile_integration_webhook(visit)
    return go(f"/integrations/{visit.path('integration_id')}/webhook", done="reconcile")


def projects_of(
    subscriptions: Sequence[SubscriptionRow], state: HookState, names: Mapping[str, str]
) -> tuple[Project, ...]:
    """Return hooks by project, those projects first in which not all is well."""
    hooks: defaultdict[str, list[ShownHook]] = defaultdict(list)
    for row in subscriptions:
        hooks[row.project_id].append(
            ShownHook(
                row.event_type,
                STATUSES.get(row.status, row.status),
                _STATES.get(row.status, "failed"),
            )
        )
    found = [
        Project(names.get(p, p), tuple(hooks[p]), p in state.refused_projects)
        for p in hooks.keys() | set(state.refused_projects)
    ]
    return tuple(sorted(found, key=lambda p: (not _needs_a_look(p), p.name.lower())))


def cards_of(rows: Sequence[ManualHookRow], names: Mapping[str, str]) -> tuple[Card, ...]:
    """Return a card for each hook; what is the same in several projects is one card."""
    pages: defaultdict[tuple[str, tuple[FieldRow, ...]], list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        name = "each project" if row.project_id == ANY_PROJECT else names.get(row.project_id, "")
        pages[row.event_type, row.fields].append((name or row.project_id, row.page))
    return tuple(Card(kind, fields, tuple(at)) for (kind, fields), at in pages.items())


def _needs_a_look(project: Project) -> bool:
    return project.is_refused or any(hook.state != "ok" for hook in project.hooks)


def _page(visit: Visit, integration: Integration, *, error: ConflictError | None = None) -> Html:
    services = visit.services
    webhook = webhook_of(services, integration)
    record = services.webhooks.get(ONE_GROUP, integration.webhook_id)
    is_double = record is not None and len(record.value.live_passwords(services.clock())) > 1
    stored = services.hook_states.get(ONE_GROUP, integration.id)
    state = stored.value if stored else HookState()
    names = _names(visit, integration)
    manual = webhook.manual_setup
    values: dict[str, Any] = {
        "integration": integration,
        "webhook": webhook,
        "both_until": record.value.overlaps_until if record and is_double else None,
        "is_moved": record is None or record.value.is_moved,
        "projects": projects_of(webhook.subscriptions, state, names),
        "cards": cards_of(manual.hooks, names) if manual else (),
        "troubles": troubles_of(services, integration),
        "offers_hooks": "service_hooks" in services.git_hosts[integration.git_host].offers,
    }
    status = HTTPStatus.CONFLICT if error else HTTPStatus.OK
    return show(visit, "webhook.html", title="Webhook", status=status, error=error, **values)


def _names(visit: Visit, integration: Integration) -> dict[str, str]:
    """Return what projects are called, as far as repositories tell."""
    found = visit.services.repositories.list(integration.id)
    return {r.value.repository.project_id: r.value.repository.project for r in found}


def _integration(visit: Visit) -> Integration:
    return integration_of(visit.services, visit.path("integration_id"))


_ONE: Final = "integrations/{integration_id}/webhook"

PAGES: Final = (
    Page("GET", _ONE, show_webhook, "admin"),
    Page("GET", f"{_ONE}/rotate", ask_rotation, "admin"),
    Page("POST", f"{_ONE}/rotate", rotate, "admin"),
    Page("POST", f"{_ONE}/reconcile", reconcile, "admin"),
)
