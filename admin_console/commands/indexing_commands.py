"""What operators do about what is indexed from a shell: look, try a selection, begin, stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.commands.connection_commands import SELECTION, selection_of
from admin_console.commands.parsing import INTEGRATION, Command, argument
from admin_console.commands.shell import moment, plain
from shared.access.auditing import OPERATOR, audit
from shared.connections.opening import integration_of
from shared.discovery.repository_pages import page_of_repositories
from shared.discovery.selecting import preview
from shared.integrations.status import REPOSITORY_STATES
from shared.model import RepositoryId
from shared.scheduling.cancelling import cancel
from shared.scheduling.runs import start_run

if TYPE_CHECKING:
    import argparse

    from shared.model import Repository
    from shared.services import Services

_PAGE: Final = 200


def list_repositories(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each repository: id, state, commits, branches, pull requests, name."""
    integration = integration_of(services, arguments.integration)
    after: str | None = ""
    while after is not None:
        page = page_of_repositories(
            services,
            integration,
            search=arguments.search,
            states=(arguments.state,) if arguments.state else REPOSITORY_STATES,
            after=after,
            limit=_PAGE,
        )
        for row in page.rows:
            left_out = row.record.left_out
            state = f"{row.state} ({left_out})" if left_out else row.state
            counts = "  ".join(f"{kind.count:>6}" for kind in row.kinds.values())
            repository = row.record.repository
            print(f"{repository.id}  {state:<22}  {counts}  {_full_name(repository)}")
        after = page.next


def preview_selection(services: Services, arguments: argparse.Namespace) -> None:
    """Print what another selection would keep and leave out; nothing is changed."""
    integration = integration_of(services, arguments.integration)
    selection = selection_of(integration.repositories, arguments)
    found = preview(services, integration, selection)
    changes = [row.change for row in found.repositories]
    kept = sum(row.left_out is None for row in found.repositories)
    print(
        f"{kept} of {len(found.repositories)} repositories are kept: "
        f"{changes.count('connects')} come, {changes.count('disconnects')} go"
    )
    for row in found.repositories:
        sign = {"connects": "+", "disconnects": "-", None: " "}[row.change]
        print(f"{sign} {row.left_out or 'kept':<16}  {_full_name(row.repository)}")
    for organization, why in found.failures.items():
        print(f"! {plain(organization)}: {plain(why)}")


def reindex(services: Services, arguments: argparse.Namespace) -> None:
    """Enqueue a reindex of all repositories, or of some, and print its run."""
    integration = integration_of(services, arguments.integration)
    chosen = {RepositoryId(r.lower()) for r in arguments.repositories} or None
    run = start_run(
        services,
        integration,
        repositories=chosen,
        only_failed=arguments.only_failed,
        since=moment(arguments.since, "since"),
    )
    told = f"{run.repositories} repositories"
    audit(services, "reindex_started", by=OPERATOR, integration=integration.id, detail=told)
    print(f"{run.id}  {told}")


def cancel_reindex(services: Services, arguments: argparse.Namespace) -> None:
    """Stop what is being indexed; what is stored stays, and the next reindex carries on."""
    integration = integration_of(services, arguments.integration)
    cancel(services, integration)
    audit(services, "reindex_cancelled", by=OPERATOR, integration=integration.id)
    print(f"What is being indexed of {integration.name} is stopped")


def _full_name(repository: Repository) -> str:
    return plain(f"{repository.organization}/{repository.project}/{repository.name}")


COMMANDS: Final = (
    Command("integration repositories", list_repositories, (
        INTEGRATION,
        argument("--search", default="", help="only those whose name holds this"),
        argument("--state", choices=REPOSITORY_STATES),
    )),
    Command("integration preview", preview_selection, (INTEGRATION, *SELECTION)),
    Command("integration cancel", cancel_reindex, (INTEGRATION,)),
    Command("reindex", reindex, (
        INTEGRATION,
        argument("repositories", nargs="*", metavar="REPOSITORY", help="by id; all if left out"),
        argument("--only-failed", action="store_true"),
        argument("--since", default="", metavar="TIME",
                 help="pull requests closed since, too"),
    )),
)  # fmt: skip
