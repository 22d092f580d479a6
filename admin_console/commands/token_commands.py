"""What operators do with API tokens from a shell: list, create, revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.commands.parsing import Command, argument
from admin_console.commands.shell import moment
from shared.access import api_tokens
from shared.access.auditing import OPERATOR, audit
from shared.configuration import DEFAULT_TRACKER, SCOPES
from shared.model import TrackerId
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    import argparse

    from shared.configuration import Scope
    from shared.services import Services


def list_tokens(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each token: id, tracker, scopes, expiry, last use, limits, name."""
    del arguments
    now = services.clock()
    for record in services.tokens.list(ONE_GROUP):
        token = record.value
        used = f"used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
        ends = f"{'expired' if token.expires_at <= now else 'until'} {token.expires_at:%Y-%m-%d}"
        limits = [*(token.issue_projects or ()), *(token.integrations or ())]
        of_some = f"  only {','.join(limits)}" if limits else ""
        print(
            f"{token.id}  {token.tracker}  {','.join(token.scopes)}  {ends}  {used}{of_some}"
            f"  {token.name}"
        )


def create_token(services: Services, arguments: argparse.Namespace) -> None:
    """Print a new token, the one time that it is shown."""
    scopes: list[Scope] = [scope.strip() for scope in arguments.scopes.split(",")]
    made = api_tokens.create_token(
        services,
        name=arguments.name,
        scopes=scopes,
        tracker=TrackerId(arguments.tracker),
        issue_projects=arguments.project or None,
        integrations=arguments.integration or None,
        expires_at=moment(arguments.expires_at, "expires_at"),
    )
    told = f"{made.kept.id} {made.kept.name}"
    audit(services, "token_created", by=OPERATOR, detail=told)
    print(made.text)


def revoke_token(services: Services, arguments: argparse.Namespace) -> None:
    """Revoke a token; whoever has it is refused within half a minute."""
    api_tokens.revoke_token(services, arguments.token)
    audit(services, "token_revoked", by=OPERATOR, detail=arguments.token)
    print(f"{arguments.token} is revoked")


COMMANDS: Final = (
    Command("token list", list_tokens),
    Command("token create", create_token, (
        argument("--name", required=True),
        argument("--scopes", required=True, help=f"with commas: {','.join(SCOPES)}"),
        argument("--tracker", default=DEFAULT_TRACKER),
        argument("--project", action="append", help="only issues of it; can be repeated"),
        argument("--integration", action="append", help="only links of it; can be repeated"),
        argument("--expires-at", default="", metavar="TIME", help="a year from now if left out"),
    )),
    Command("token revoke", revoke_token, (argument("token", help="its id"),)),
)  # fmt: skip
