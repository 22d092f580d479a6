"""What operators do about people from a shell: roles, a way in, and what everybody did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.commands.parsing import Command, argument
from admin_console.commands.shell import plain
from shared.access import one_time_codes, users
from shared.access.auditing import OPERATOR, audit
from shared.people import ROLES
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    import argparse

    from shared.interfaces.storage import StoredAuditEntry
    from shared.services import Services

_NO_ROLE: Final = "none"


def list_users(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each user: id, what they may, the role given here, sign-in, name, e-mail."""
    del arguments
    for record in services.users.list(ONE_GROUP):
        user = record.value
        may = users.role_of(services, user) or _NO_ROLE
        here = user.role or _NO_ROLE
        at = f"{user.signed_in_at:%Y-%m-%d}" if user.signed_in_at else "never"
        print(f"{user.id}  {may:<8}  {here:<8}  {at:<10}  {plain(f'{user.name}  {user.email}')}")


def set_role(services: Services, arguments: argparse.Namespace) -> None:
    """Give a user a role; none: only what the identity server and the settings say counts."""
    role = None if arguments.role == _NO_ROLE else arguments.role
    for user in users.change_roles(services, {arguments.user: role}, by=OPERATOR):
        may = users.role_of(services, user) or _NO_ROLE
        print(f"{user.id}  {may}")


def print_sign_in_link(services: Services, arguments: argparse.Namespace) -> None:
    """Print an address that signs in to the console once, within a quarter of an hour."""
    link = one_time_codes.link(services, one_time_codes.make_code(services, role=arguments.role))
    audit(services, "one_time_link_made", by=OPERATOR, detail=arguments.role)
    print(link)


def list_audit(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each thing that was done, the newest first: when, who, what, to what."""
    after, left = "", max(arguments.limit, 0)
    while left:
        page = services.storage.audit.page(now=services.clock(), after=after, limit=200)
        shown = [stored for stored in page if _is_about(stored, arguments.integration)][:left]
        for stored in shown:
            entry = stored.entry
            who = " ".join(filter(None, (entry.by.kind, entry.by.id, plain(entry.by.name))))
            print(
                f"{entry.at:%Y-%m-%d %H:%M:%S}  {who:<32}  {entry.action:<24}"
                f"  {entry.integration or '':<32}  {plain(entry.detail)}".rstrip()
            )
        left -= len(shown)
        if len(page) < 200:  # noqa: PLR2004 — fewer than were asked for: the last page
            break
        after = page[-1].position


def _is_about(stored: StoredAuditEntry, integration: str) -> bool:
    return integration in {"", stored.entry.integration}


COMMANDS: Final = (
    Command("user list", list_users),
    Command("user set", set_role, (
        argument("user", help="their id, as `user list` prints it"),
        argument("role", choices=(*ROLES, _NO_ROLE)),
    )),
    Command("sign-in-link", print_sign_in_link, (
        argument("--role", choices=ROLES, default="admin"),
    )),
    Command("audit", list_audit, (
        argument("--limit", type=int, default=50),
        argument("--integration", default="", help="only what was done to it"),
    )),
)  # fmt: skip
