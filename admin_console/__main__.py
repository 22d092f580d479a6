"""`python -m admin_console`: what operators do from a shell, on the storage itself.

The settings are those of the app, from the environment; where they name no storage, those of the
development host that runs in this directory.
"""

from __future__ import annotations

import argparse
import getpass
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import msgspec
from msgspec import Struct

from admin_console import delivery_commands, webhook_commands
from shared import errors
from shared.access import api_tokens
from shared.access.auditing import OPERATOR, audit
from shared.bootstrap import services_for_operator
from shared.configuration import DEFAULT_TRACKER, SCOPES, ConnectionKind
from shared.connections.opening import integration_of
from shared.integrations import connections
from shared.integrations.credentials import stored_connection
from shared.integrations.status import repository_status, status_of
from shared.issue_keys import parse_issue_key
from shared.links import page_of_links
from shared.model import GitHostKind, RepositoryId, TrackerId
from shared.scheduling.runs import start_run
from shared.services import ONE_GROUP
from shared.trackers import tracker_record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.configuration import Scope
    from shared.services import Services

DEVHOST_FILE: Final = Path(".devhost.json")
_MOST_LINKS: Final = 200
_FAILED: Final = 1

EXIT_STATUS: Final[dict[str, int]] = {
    "bad_request": 3,
    "bad_issue_key": 4,
    "not_found": 5,
    "exists": 6,
    "hooks_only": 7,
    "signed_out": 10,
    "forbidden": 11,
    "missing": 12,
    "no_repositories": 13,
    "throttled": 14,
    "git_host_unavailable": 15,
    "git_host_refused": 16,
    "git_host_answer_malformed": 17,
    "host_key_changed": 18,
    "misconfigured": 20,
    "storage_unavailable": 21,
    "secret_unreadable": 22,
}
"""By the code of an error; 2 is a wrong command line, and 1 anything else."""


class _SampleFile(Struct):
    url: str = ""
    token: str = ""


class _DevhostFile(Struct):
    api: str
    storage: str
    key_ring: str
    sample_organization: _SampleFile | None = None


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Titles may hold what the encoding of the shell does not have.
        sys.stdout.reconfigure(errors="replace")
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(services_for_operator(_defaults()), arguments)
    except errors.DevlinksError as error:
        print(f"{error.code}: {error} {error.next_step}".rstrip(), file=sys.stderr)
        if isinstance(error, errors.BadRequestError):
            for field, reason in error.fields.items():
                print(f"  {field}: {reason}", file=sys.stderr)
        return EXIT_STATUS.get(error.code, _FAILED)
    return 0


def create_token(services: Services, arguments: argparse.Namespace) -> None:
    """Print a new token, the one time that it is shown."""
    scopes: list[Scope] = [scope.strip() for scope in arguments.scopes.split(",")]
    made = api_tokens.create_token(
        services, name=arguments.name, scopes=scopes, tracker=TrackerId(arguments.tracker)
    )
    print(made.text)


def add_integration(services: Services, arguments: argparse.Namespace) -> None:
    """Connect an integration and print its id, and the public half of its SSH key if it has one.

    A token or a password is asked for, or read from the first line of the standard input.
    """
    wanted = connections.Changes(
        name=arguments.name, url=arguments.url, hooks_only=arguments.hooks_only
    )
    made = connections.connect(services, arguments.git_host, wanted, _given(arguments))
    audit(services, "integration_added", by=OPERATOR, integration=made.id, detail=made.url)
    print(made.id)
    public_key = stored_connection(services, made).public_key
    if public_key:
        print(public_key)
        print("Add this key to the repository's deploy keys, to read only.", file=sys.stderr)


def _given(arguments: argparse.Namespace) -> connections.NewConnection:
    kind: ConnectionKind = arguments.connection or ("none" if arguments.hooks_only else "pat")
    return connections.NewConnection(
        kind=kind,
        token=_typed("Token") if kind == "pat" else "",
        password=_typed("Password") if kind == "basic" else "",
        user_name=arguments.user_name,
        host_key=arguments.host_key,
    )


def _typed(what: str) -> str:
    """Return a secret, which nobody else sees: a command line is shown to every process."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{what}: ")
    return sys.stdin.readline().rstrip("\r\n")


def list_integrations(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each integration: id, state, name, address."""
    del arguments
    for record in services.integrations.list(ONE_GROUP):
        found = record.value
        if not found.is_removed:
            state = status_of(services, found).state
            print(f"{found.id}  {state:<15}  {found.name}  {found.url}")


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


def show_links(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each link of an issue."""
    tracker = tracker_record(services, arguments.tracker).value
    issue_key = parse_issue_key(arguments.issue_key)
    page = page_of_links(services, tracker, issue_key, limit=_MOST_LINKS)
    for found in page.links:
        item = found.link.item
        at = f"{item.at:%Y-%m-%d}" if item.at else ""
        name = found.owned[0].repository.name
        print(f"{item.kind:<12}  {at:<10}  {item.status or '':<8}  {name}  {item.title}")
    if page.next is not None:
        print(f"… and more than {_MOST_LINKS}")


def reindex(services: Services, arguments: argparse.Namespace) -> None:
    """Enqueue a reindex and print its run."""
    integration = integration_of(services, arguments.integration)
    chosen = {RepositoryId(r.lower()) for r in arguments.repositories} or None
    run = start_run(services, integration, repositories=chosen, only_failed=arguments.only_failed)
    print(f"{run.id}  {run.repositories} repositories")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m admin_console", description=__doc__)
    topics = parser.add_subparsers(required=True, metavar="COMMAND")

    tokens = topics.add_parser("token", help="API tokens").add_subparsers(required=True)
    create = _command(tokens, "create", create_token)
    create.add_argument("--name", required=True)
    create.add_argument("--scopes", required=True, help=f"with commas: {','.join(SCOPES)}")
    create.add_argument("--tracker", default=DEFAULT_TRACKER)

    integrations = topics.add_parser("integration", help="integrations")
    commands = integrations.add_subparsers(required=True)
    add = _command(commands, "add", add_integration)
    add.add_argument(
        "--url", required=True, help="https://dev.azure.com/acme, or where a repository is cloned"
    )
    add.add_argument("--name", default="")
    add.add_argument("--git-host", choices=get_args(GitHostKind), default="azure_devops")
    add.add_argument("--connection", choices=get_args(ConnectionKind), help="pat if left out")
    add.add_argument("--user-name", default="", help="of the kinds basic and pat")
    add.add_argument("--host-key", default="", help="of an SSH server: ssh-ed25519 AAAA…")
    add.add_argument("--hooks-only", action="store_true", help="never call it: for a firewall")
    _command(commands, "list", list_integrations)
    _command(commands, "status", show_status).add_argument("integration")

    links = _command(topics, "links", show_links)
    links.add_argument("issue_key", metavar="KEY")
    links.add_argument("--tracker", default=DEFAULT_TRACKER)

    again = _command(topics, "reindex", reindex)
    again.add_argument("integration")
    again.add_argument("repositories", nargs="*", metavar="REPOSITORY")
    again.add_argument("--only-failed", action="store_true")

    webhooks = topics.add_parser("webhook", help="the service hooks of an integration")
    _add_webhooks(webhooks.add_subparsers(required=True))

    ledger = topics.add_parser("deliveries", help="received webhooks")
    _add_deliveries(ledger.add_subparsers(required=True))
    return parser


def _add_webhooks(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, run in (
        ("show", webhook_commands.show_webhook),
        ("rotate", webhook_commands.rotate_webhook),
        ("reconcile", webhook_commands.reconcile_webhook),
    ):
        _command(commands, name, run).add_argument("integration")


def _add_deliveries(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = _command(commands, "list", delivery_commands.list_deliveries)
    listing.add_argument("integration")
    listing.add_argument("--state", choices=delivery_commands.STATES)
    listing.add_argument("--event-type", default="", help="such as git.push")
    listing.add_argument("--limit", type=int, default=50)

    again = _command(commands, "replay", delivery_commands.replay_deliveries)
    again.add_argument("integration")
    again.add_argument("deliveries", nargs="*", metavar="DELIVERY")
    again.add_argument("--state", choices=delivery_commands.REPLAYED, default="failed")
    again.add_argument("--from", dest="since", default="", metavar="TIME", help="received from")
    again.add_argument("--to", dest="until", default="", metavar="TIME", help="received before")

    lost = _command(commands, "refill", delivery_commands.refill_deliveries)
    lost.add_argument("integration")
    lost.add_argument("--since", default="", metavar="TIME", help="else all of the history")


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[Services, argparse.Namespace], None],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
    parser.set_defaults(run=run)
    return parser


def _defaults() -> dict[str, str]:
    """Return the settings of the development host of this directory, none when there is none."""
    try:
        found = msgspec.json.decode(DEVHOST_FILE.read_bytes(), type=_DevhostFile)
    except FileNotFoundError:
        return {}
    except msgspec.MsgspecError as error:
        raise errors.SettingsError([f"{DEVHOST_FILE} cannot be read: {error}"]) from error
    defaults = {
        "AzureWebJobsStorage": found.storage,
        "LOCAL_KEY_RING": found.key_ring,
        "PUBLIC_URL": found.api.removesuffix("/api"),
    }
    if found.sample_organization is not None:
        # The services' address is that of the organization without its name.
        services_url = found.sample_organization.url.rstrip("/").rpartition("/")[0]
        defaults["AZURE_DEVOPS_URL"] = services_url
    return defaults


if __name__ == "__main__":
    sys.exit(main())
