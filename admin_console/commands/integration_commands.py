"""What operators look at of integrations from a shell, and how they stop and take one away."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from admin_console.commands.parsing import INTEGRATION, Command, argument
from admin_console.commands.shell import as_json, plain
from admin_console.integrations import answer_of
from shared.access.auditing import OPERATOR, audit
from shared.activity import KEPT, activity_of, by_days
from shared.connections.opening import integration_of
from shared.integrations import connections
from shared.integrations.status import repository_status, status_of
from shared.integrations.usage import usage_of
from shared.scheduling import pausing
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    import argparse

    from shared.services import Services


def list_integrations(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each integration: id, state, name, address."""
    del arguments
    for record in services.integrations.list(ONE_GROUP):
        found = record.value
        if not found.is_removed:
            state = status_of(services, found).state
            print(f"{found.id}  {state:<15}  {plain(found.name)}  {found.url}")


def show_integration(services: Services, arguments: argparse.Namespace) -> None:
    """Print an integration as JSON, as it was set up; secrets are never shown."""
    print(as_json(answer_of(services, integration_of(services, arguments.integration))))


def show_status(services: Services, arguments: argparse.Namespace) -> None:
    """Print where an integration and each of its repositories stand."""
    integration = integration_of(services, arguments.integration)
    status = status_of(services, integration)
    progress = status.progress
    print(
        f"{integration.name}: {status.state}, "
        f"{progress.repositories_done} of {progress.repositories_total} repositories done, "
        f"{progress.repositories_failed} failed, {progress.commits_seen} commits, "
        f"{progress.links} links"
    )
    for alarm in status.alarms:
        print(f"! {alarm.code}: {alarm.text}")
    records = [record.value for record in services.repositories.list(integration.id)]
    for found in repository_status(services, integration, records):
        repository = found.record.repository
        state = f"{found.state} ({found.record.left_out})" if found.record.left_out else found.state
        print(f"  {repository.id}  {state:<22}  {repository.project}/{repository.name}")
        for kind, where in found.kinds.items():
            if where.failure is not None:
                print(f"    {kind}: {where.failure.code}: {where.failure.text}")


def show_activity(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each day, UTC: pushes, deliveries, failures, links; and what it holds."""
    integration = integration_of(services, arguments.integration)
    days = min(max(arguments.days, 1), KEPT.days)
    since = services.clock() - timedelta(days=days - 1)
    hours = activity_of(services, [integration], since=since.replace(hour=0))
    for day in by_days(hours):
        print(
            f"{day.at:%Y-%m-%d}  {day.pushes} pushes, {day.deliveries} deliveries, "
            f"{day.failed} failed, {day.links} links"
        )
    usage = usage_of(services, integration)
    print(
        f"{usage.repositories} repositories, {usage.branches} branches, {usage.commits} commits, "
        f"{usage.pull_requests} pull requests, {usage.work_items} work items, {usage.links} links"
    )


def pause_integration(services: Services, arguments: argparse.Namespace) -> None:
    """Leave an integration's git host alone; what is delivered meanwhile is kept."""
    paused = pausing.pause(services, arguments.integration)
    audit(services, "integration_paused", by=OPERATOR, integration=paused.id)
    print(f"{paused.name} is paused")


def resume_integration(services: Services, arguments: argparse.Namespace) -> None:
    """Go on with an integration, and catch up."""
    resumed = pausing.resume(services, arguments.integration)
    audit(services, "integration_resumed", by=OPERATOR, integration=resumed.id)
    print(f"{resumed.name} goes on")


def remove_integration(services: Services, arguments: argparse.Namespace) -> None:
    """Take an integration away: its links are hidden now and deleted in the background."""
    known = integration_of(services, arguments.integration)
    connections.remove(services, known.id)
    audit(services, "integration_removed", by=OPERATOR, integration=known.id)
    print(f"{known.name} is taken away")


COMMANDS: Final = (
    Command("integration list", list_integrations),
    Command("integration show", show_integration, (INTEGRATION,)),
    Command("integration status", show_status, (INTEGRATION,)),
    Command("integration activity", show_activity, (
        INTEGRATION,
        argument("--days", type=int, default=7, help=f"at most {KEPT.days}"),
    )),
    Command("integration pause", pause_integration, (INTEGRATION,)),
    Command("integration resume", resume_integration, (INTEGRATION,)),
    Command("integration remove", remove_integration, (INTEGRATION,)),
)  # fmt: skip
