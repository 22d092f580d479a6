"""What operators do with deliveries from a shell: list, replay, refill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from admin_console.commands.parsing import INTEGRATION, Command, argument
from admin_console.commands.shell import moment, plain
from admin_console.deliveries import told
from shared.access.auditing import OPERATOR, audit
from shared.connections.opening import integration_of
from shared.hooks.refilling import refill
from shared.hooks.replaying import Replayed, replay, replay_one
from shared.messages import DeliveryState

if TYPE_CHECKING:
    import argparse

    from shared.services import Services

STATES: Final[tuple[str, ...]] = get_args(DeliveryState)
REPLAYED: Final[tuple[str, ...]] = get_args(Replayed)


def list_deliveries(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each delivery, the newest first: when, state, type, id, detail."""
    integration = integration_of(services, arguments.integration)
    found = services.storage.deliveries.page(
        integration.webhook_id,
        now=services.clock(),
        limit=arguments.limit,
        state=arguments.state,
        event_type=arguments.event_type,
    )
    for one in found:
        repeats = f"  (came {one.repeats + 1} times)" if one.repeats else ""
        print(
            f"{one.received_at:%Y-%m-%d %H:%M:%S}  {one.state:<10}  {plain(one.event_type):<28}  "
            f"{one.size:>7} bytes  {one.id}{repeats}"
        )
        if one.detail:
            print(f"    {plain(one.detail)}")


def replay_deliveries(services: Services, arguments: argparse.Namespace) -> None:
    """Have deliveries processed again: those that are named, else all of a state and a time."""
    integration = integration_of(services, arguments.integration)
    for delivery_id in arguments.deliveries:
        replay_one(services, integration, delivery_id)
        audit(
            services, "delivery_replayed", by=OPERATOR, integration=integration.id,
            detail=delivery_id,
        )  # fmt: skip
        print(f"{delivery_id} is processed again")
    if arguments.deliveries:
        return
    job = replay(
        services,
        integration,
        state=arguments.state,
        since=moment(arguments.since, "from"),
        until=moment(arguments.until, "to"),
    )
    audit(
        services, "deliveries_replayed", by=OPERATOR, integration=integration.id, detail=told(job)
    )
    print(f"{told(job)} are processed again")


def refill_deliveries(services: Services, arguments: argparse.Namespace) -> None:
    """Have fetched what the git host could not deliver."""
    integration = integration_of(services, arguments.integration)
    job = refill(services, integration, since=moment(arguments.since, "since"))
    audit(
        services, "deliveries_refilled", by=OPERATOR, integration=integration.id, detail=told(job)
    )
    print(f"{told(job)} is fetched")


COMMANDS: Final = (
    Command("deliveries list", list_deliveries, (
        INTEGRATION,
        argument("--state", choices=STATES),
        argument("--event-type", default="", help="such as git.push"),
        argument("--limit", type=int, default=50),
    )),
    Command("deliveries replay", replay_deliveries, (
        INTEGRATION,
        argument("deliveries", nargs="*", metavar="DELIVERY"),
        argument("--state", choices=REPLAYED, default="failed"),
        argument("--from", dest="since", default="", metavar="TIME", help="received from"),
        argument("--to", dest="until", default="", metavar="TIME", help="received before"),
    )),
    Command("deliveries refill", refill_deliveries, (
        INTEGRATION,
        argument("--since", default="", metavar="TIME", help="else all of the history"),
    )),
)  # fmt: skip
