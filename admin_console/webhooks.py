"""An integration's webhook over HTTP: its service hooks, a new password, what to do by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.audit import note
from shared.configuration import HookState
from shared.connections.opening import check_callable, integration_of
from shared.errors import UnknownThingError
from shared.hooks import reconciling
from shared.hooks.manual_setup import ManualHook, hooks_to_make
from shared.hooks.rotating import rotate
from shared.hooks.subscriptions import webhook_url
from shared.services import ONE_GROUP
from shared.web.answers import Answer
from shared.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration
    from shared.services import Services
    from shared.web.calls import Call

_ACCEPTED: Final = 202
_STEPS: Final = (
    "Service hooks that could not be set up for you are listed below. For each, open its page as "
    "somebody who may edit the project's service hooks, choose Create subscription, and type the "
    "values exactly as they stand. Leave what is not named as the page proposes it."
)


class SubscriptionRow(Struct, frozen=True):
    """A service hook of ours at the git host."""

    id: str
    event_type: str
    project_id: str
    status: str
    """As the git host said when it was last asked; `missing`: it is gone there."""


class FieldRow(Struct, frozen=True):
    """A field of the git host's page."""

    label: str
    value: str


class ManualHookRow(Struct, frozen=True):
    """A service hook to be set up by hand."""

    project_id: str
    event_type: str
    page: str
    fields: tuple[FieldRow, ...]


class ManualSetup(Struct, frozen=True):
    """What to do by hand, with the exact values."""

    text: str
    hooks: tuple[ManualHookRow, ...]


class WebhookAnswer(Struct, frozen=True):
    """The webhook of an integration, and the service hooks that deliver to it."""

    url: str | None
    """None: the address of this installation is not known."""
    user_name: str
    subscriptions: tuple[SubscriptionRow, ...]
    manual_setup: ManualSetup | None
    """None: nothing has to be done by hand."""


class RotatedAnswer(Struct, frozen=True):
    """A new password, shown here only."""

    url: str | None
    user_name: str
    password: str
    overlaps_until: datetime
    """Until when the password before it is still accepted."""

    def __repr__(self) -> str:
        return "RotatedAnswer(…)"


def get_integration_webhook(call: Call) -> WebhookAnswer:
    """Return an integration's webhook."""
    integration = integration_of(call.services, call.path("integration_id"))
    return webhook_of(call.services, integration)


def webhook_of(services: Services, integration: Integration) -> WebhookAnswer:
    """Return an integration's webhook as admins see it."""
    record = services.webhooks.get(ONE_GROUP, integration.webhook_id)
    if record is None:
        raise UnknownThingError(
            "The integration has no webhook.", next_step="It is being deleted: add it again."
        )
    stored = services.hook_states.get(ONE_GROUP, integration.id)
    state = stored.value if stored else HookState()
    return WebhookAnswer(
        url=webhook_url(services, integration.webhook_id) or None,
        user_name=record.value.user_name,
        subscriptions=tuple(
            SubscriptionRow(h.id, h.event_type, h.project_id, h.status)
            for h in sorted(state.subscriptions, key=lambda h: (h.project_id, h.event_type, h.id))
        ),
        manual_setup=_manual_setup(hooks_to_make(services, integration, record.value)),
    )


def rotate_integration_webhook(call: Call) -> RotatedAnswer:
    """Make a new password for an integration's webhook."""
    services = call.services
    integration = integration_of(services, call.path("integration_id"))
    made = rotate(services, integration)
    note(call, "webhook_rotated", integration.id)
    url = webhook_url(services, integration.webhook_id) or None
    return RotatedAnswer(url, made.user_name, made.text, made.overlaps_until)


def reconcile_integration_webhook(call: Call) -> Answer:
    """Have an integration's service hooks looked at, and put right, in the background."""
    integration = integration_of(call.services, call.path("integration_id"))
    check_callable(integration)
    reconciling.ask(call.services, integration)
    note(call, "webhook_reconciled", integration.id)
    return Answer(status=_ACCEPTED)


def _manual_setup(hooks: Sequence[ManualHook]) -> ManualSetup | None:
    if not hooks:
        return None
    rows = (
        ManualHookRow(
            hook.project_id,
            hook.event_type,
            hook.form.page,
            tuple(FieldRow(label, value) for label, value in hook.form.fields),
        )
        for hook in hooks
    )
    return ManualSetup(_STEPS, tuple(rows))


_ONE: Final = "integrations/{integration_id}/webhook"

ROUTES: Final = (
    Route("GET", _ONE, get_integration_webhook, "admin",
          "Its webhook, and the service hooks that deliver to it.", answer=WebhookAnswer),
    Route("POST", f"{_ONE}/rotate", rotate_integration_webhook, "admin",
          "Make a new password, shown here only.", answer=RotatedAnswer),
    Route("POST", f"{_ONE}/reconcile", reconcile_integration_webhook, "admin",
          "Have its service hooks looked at and put right.", status=_ACCEPTED),
)  # fmt: skip
