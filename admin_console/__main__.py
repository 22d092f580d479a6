"""`python -m admin_console`: what operators do from a shell, on the storage itself.

The settings are those of the app, from the environment; where they name no storage, those of the
development host that runs in this directory.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from admin_console.commands.parsing import parser_of
from admin_console.commands.table import COMMANDS, TOPICS
from shared import errors
from shared.bootstrap import services_for_operator

if TYPE_CHECKING:
    from collections.abc import Sequence

DEVHOST_FILE: Final = Path(".devhost.json")
_PROGRAM: Final = "python -m admin_console"
_FAILED: Final = 1

EXIT_STATUS: Final[dict[str, int]] = {
    "bad_request": 3,
    "bad_issue_key": 4,
    "not_found": 5,
    "exists": 6,
    "hooks_only": 7,
    "would_disconnect": 8,
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
    "wrong_tenant": 23,
    "not_added": 24,
    "licence_missing": 25,
    "identity_server_unavailable": 26,
    "keys_unavailable": 27,
    "sign_in_not_set_up": 28,
    "identity_client_refused": 29,
    "newer_schema": 30,
}
"""By the code of an error; 2 is a wrong command line, and 1 anything else."""


class _SampleFile(Struct):
    url: str = ""
    token: str = ""

    def __repr__(self) -> str:
        return f"_SampleFile(url={self.url!r}, …)"


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
    parser = parser_of(COMMANDS, TOPICS, prog=_PROGRAM, description=__doc__)
    arguments = parser.parse_args(argv)
    try:
        status: int | None = arguments.run(services_for_operator(_defaults()), arguments)
    except errors.DevlinksError as error:
        print(f"{error.code}: {error} {error.next_step}".rstrip(), file=sys.stderr)
        if isinstance(error, errors.BadRequestError):
            for field, reason in error.fields.items():
                print(f"  {field}: {reason}", file=sys.stderr)
        return EXIT_STATUS.get(error.code, _FAILED)
    return status or 0


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
