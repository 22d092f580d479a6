"""What operators do with an integration's webhook from a shell: show, rotate, reconcile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.commands.parsing import INTEGRATION, Command
from admin_console.webhooks import webhook_of
from shared.access.auditing import OPERATOR, audit
from shared.connections.opening import integration_of
from shared.hooks import reconciling
from shared.hooks.rotating import rotate

if TYPE_CHECKING:
    import argparse

    from shared.services import Services


def show_webhook(services: Services, arguments: argparse.Namespace) -> None:
    """Print an integration's webhook, its service hooks, and what to set up by hand."""
    webhook = webhook_of(services, integration_of(services, arguments.integration))
    print(f"{webhook.url or 'no address: set PUBLIC_URL'}  {webhook.user_name}")
    for row in webhook.subscriptions:
        print(f"  {row.id}  {row.status:<26}  {row.event_type:<24}  {row.project_id}")
    manual = webhook.manual_setup
    if manual is None:
        return
    print(f"\n{manual.text}")
    for hook in manual.hooks:
        print(f"\n{hook.page}")
        for field in hook.fields:
            print(f"  {field.label}: {field.value}")


def rotate_webhook(services: Services, arguments: argparse.Namespace) -> None:
    """Print a new password, the one time that it is shown; the old one is accepted for a day."""
    integration = integration_of(services, arguments.integration)
    made = rotate(services, integration)
    audit(services, "webhook_rotated", by=OPERATOR, integration=integration.id)
    print(made.text)


def reconcile_webhook(services: Services, arguments: argparse.Namespace) -> None:
    """Have an integration's service hooks looked at and put right."""
    integration = integration_of(services, arguments.integration)
    reconciling.ask(services, integration)
    audit(services, "webhook_reconciled", by=OPERATOR, integration=integration.id)
    print("The service hooks are looked at.")


COMMANDS: Final = (
    Command("webhook show", show_webhook, (INTEGRATION,)),
    Command("webhook rotate", rotate_webhook, (INTEGRATION,)),
    Command("webhook reconcile", reconcile_webhook, (INTEGRATION,)),
)
