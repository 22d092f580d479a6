"""How operators connect an integration from a shell, change it, and connect it again."""

from __future__ import annotations

import sys
from argparse import BooleanOptionalAction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from msgspec.structs import replace

from admin_console.commands.doctor_commands import tell
from admin_console.commands.parsing import INTEGRATION, Command, argument
from admin_console.commands.shell import moment, typed
from shared.access.auditing import OPERATOR, audit
from shared.configuration import (
    DEFAULT_TRACKER,
    Connection,
    ConnectionKind,
    IndexSwitches,
    Selection,
    WritesBy,
)
from shared.connections.granting import finish_url
from shared.connections.opening import integration_of
from shared.errors import BadRequestError
from shared.integrations import connections
from shared.integrations.credentials import stored_connection
from shared.integrations.doctor import examine
from shared.model import GitHostKind

if TYPE_CHECKING:
    import argparse

    from shared.configuration import Integration
    from shared.services import Services

_SWITCHES: Final = ("commits", "branches", "pull_requests", "work_items")
_SETTINGS: Final = ("name", "url", "pull_request_window_days", "webhooks", "hooks_only", "writes")
_LISTS: Final = {"organization": "organizations", "tracker": "trackers"}


def add_integration(services: Services, arguments: argparse.Namespace) -> int | None:
    """Connect an integration and print its id, and the public half of its SSH key if it has one.

    A secret is asked for, or read from the first line of the standard input. With --test nothing
    is kept, and each step of connecting is told; the exit status is 1 when one failed.
    """
    blank = connections.Changes(name="", url=arguments.url, trackers=(DEFAULT_TRACKER,))
    kind: ConnectionKind = arguments.connection or ("none" if arguments.hooks_only else "pat")
    wanted, given = _wanted(blank, arguments), _given(kind, arguments)
    if arguments.test:
        return tell(examine(services, arguments.git_host, wanted, given))
    made = connections.connect(services, arguments.git_host, wanted, given)
    audit(services, "integration_added", by=OPERATOR, integration=made.id, detail=made.url)
    print(made.id)
    _tell_what_is_left(services, made)
    return None


def change_integration(services: Services, arguments: argparse.Namespace) -> None:
    """Change what is said of an integration; what is not named stays.

    More than ten repositories are disconnected only with --confirm-disconnect and their number.
    """
    known = integration_of(services, arguments.integration)
    names = connections.Changes.__struct_fields__
    wanted = _wanted(
        connections.Changes(**{name: getattr(known, name) for name in names}), arguments
    )
    given = _as_it_is(stored_connection(services, known))
    if arguments.email is not None:
        given = replace(given, email=arguments.email)
    if arguments.expires_at is not None:
        given = replace(given, expires_at=moment(arguments.expires_at, "expires_at"))
    connections.change(
        services, known.id, wanted, connection=given, confirmed=arguments.confirm_disconnect
    )
    audit(services, "integration_changed", by=OPERATOR, integration=known.id)
    print(f"{wanted.name or known.name} is changed")


def reconnect_integration(services: Services, arguments: argparse.Namespace) -> None:
    """Replace an integration's connection and keep everything else; an SSH key is made anew.

    A secret is asked for, or read from the first line of the standard input.
    """
    known = integration_of(services, arguments.integration)
    kind = arguments.connection or stored_connection(services, known).kind
    changed = connections.reconnect(services, known.id, _given(kind, arguments))
    audit(services, "connection_replaced", by=OPERATOR, integration=changed.id)
    print(f"{changed.name} is connected by {kind}")
    _tell_what_is_left(services, changed)


def selection_of(known: Selection, arguments: argparse.Namespace) -> Selection:
    """Return which repositories are meant: as it is known, but for what the arguments say."""
    if arguments.filter is not None:
        known = replace(known, jmespath=arguments.filter)
    if arguments.select is not None:
        chosen = tuple(one.strip().lower() for one in arguments.select)
        known = replace(known, mode="selected", selected=chosen)
    return replace(known, mode="all") if arguments.all else known


def _wanted(known: connections.Changes, arguments: argparse.Namespace) -> connections.Changes:
    """Return *known* with what the arguments say."""
    given = vars(arguments)
    said: dict[str, Any] = {n: given[n] for n in _SETTINGS if given.get(n) is not None}
    said |= {name: tuple(given[one]) for one, name in _LISTS.items() if given[one] is not None}
    switches = {name: given[name] for name in _SWITCHES if given[name] is not None}
    index: IndexSwitches = replace(known.index, **switches)
    return replace(
        known, **said, index=index, repositories=selection_of(known.repositories, arguments)
    )


def _given(kind: ConnectionKind, arguments: argparse.Namespace) -> connections.NewConnection:
    is_app = kind == "service_principal"
    certificate = _certificate(arguments.certificate) if arguments.certificate else ""
    return connections.NewConnection(
        kind=kind,
        token=typed("Token") if kind == "pat" else "",
        password=typed("Password") if kind == "basic" else "",
        client_secret=typed("Client secret") if is_app and not certificate else "",
        certificate=certificate,
        user_name=arguments.user_name,
        host_key=arguments.host_key,
        tenant_id=arguments.tenant_id,
        client_id=arguments.client_id,
        email=arguments.email or "",
        expires_at=moment(arguments.expires_at, "expires_at"),
    )


def _as_it_is(stored: Connection) -> connections.NewConnection:
    """Return a stored connection as an admin would give it, without its secret."""
    known = set(Connection.__struct_fields__) & set(connections.NewConnection.__struct_fields__)
    return connections.NewConnection(**{name: getattr(stored, name) for name in known})


def _certificate(file: str) -> str:
    try:
        return Path(file).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        fields = {"certificate": "a file in PEM, with the certificate and its private key"}
        raise BadRequestError(f"{file} cannot be read.", fields=fields) from error


def _tell_what_is_left(services: Services, integration: Integration) -> None:
    """Print what somebody else has to do now, if anything."""
    connection = stored_connection(services, integration)
    if connection.public_key:
        print(connection.public_key)
        print("Add this key to the repository's deploy keys, to read only.", file=sys.stderr)
    if connection.kind == "oauth":
        where = finish_url(services, integration.id) or "the console, at the integration's page"
        print(f"Somebody has to sign in now: {where}", file=sys.stderr)


SELECTION: Final = (
    argument("--filter", metavar="JMESPATH", help="which repositories; an empty text: all"),
    argument("--select", action="append", metavar="REPOSITORY", help="by id; can be repeated"),
    argument("--all", action="store_true", help="whatever was selected before"),
)
_SAID: Final = (
    argument("--organization", action="append", help="can be repeated"),
    argument("--tracker", action="append", help="whose issues; can be repeated"),
    *(
        argument(f"--{name.replace('_', '-')}", action=BooleanOptionalAction, help="index them")
        for name in _SWITCHES
    ),
    *SELECTION,
    argument("--pull-request-window-days", type=int, metavar="DAYS"),
    argument("--webhooks", action=BooleanOptionalAction, help="have service hooks set up"),
    argument("--hooks-only", action=BooleanOptionalAction, help="never call it: for a firewall"),
    argument("--writes", choices=get_args(WritesBy), help="in whose name branches are made"),
)
_CONNECTION: Final = (
    argument("--connection", choices=get_args(ConnectionKind), help="pat, or as it is now"),
    argument("--user-name", default="", help="of the kinds basic and pat"),
    argument("--host-key", default="", help="of an SSH server: ssh-ed25519 AAAA…"),
    argument("--tenant-id", default="", help="of a service principal"),
    argument("--client-id", default="", help="of a service principal or a managed identity"),
    argument("--certificate", default="", metavar="FILE",
             help="of a service principal, in place of a secret: PEM, with its private key"),
)  # fmt: skip
_TOLD: Final = (
    argument("--email", help="of the account, for you to remember"),
    argument("--expires-at", metavar="TIME", help="when the secret expires: you are told before"),
)

COMMANDS: Final = (
    Command("integration add", add_integration, (
        argument("--url", required=True,
                 help="https://dev.azure.com/acme, or where a repository is cloned"),
        argument("--name"),
        argument("--git-host", choices=get_args(GitHostKind), default="azure_devops"),
        *_CONNECTION, *_TOLD, *_SAID,
        argument("--test", action="store_true", help="keep nothing, and tell each step"),
    )),
    Command("integration change", change_integration, (
        INTEGRATION,
        argument("--name"),
        argument("--url"),
        *_TOLD, *_SAID,
        argument("--confirm-disconnect", type=int, metavar="COUNT"),
    )),
    Command("integration reconnect", reconnect_integration, (INTEGRATION, *_CONNECTION, *_TOLD)),
)  # fmt: skip
