"""What a backup looks like: JSON Lines, one thing on each.

First stands what it is, then every row that is taken, then what integrations need to be connected
again, and last how many lines there were: a file that ends otherwise was cut off. Nothing in it
opens anything: what is secret, or of use to one installation alone, stays behind.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from shared.errors import BadRequestError
from shared.interfaces.archive import KeptRow
from shared.model import IntegrationId
from shared.transfer.documents import ConnectionDocument

VERSION: Final = 1
"""Of the form of these lines; those of another one are not read."""

TAKEN: Final = frozenset({
    "activity", "cancellations", "counted", "cursors", "discoveries", "due", "hook_states",
    "integrations", "learned", "orphans", "owners", "pull_request_cursors", "refills",
    "repositories", "schema", "summaries", "tokens", "trackers", "users", "wanted",
    "work_item_cursors", "work_item_wishes", "work_items",
})  # fmt: skip
"""Records that come along. Of API tokens nothing but hashes is kept."""

LEFT_BEHIND: Final = {
    "authorizations": "a sign-in under way, with its sealed verifier",
    "budgets": "what the git host last said to this installation's workers",
    "connections": "sealed secrets; `Reconnected` tells the rest",
    "data_keys": "what seals secrets",
    "grants": "sealed tokens",
    "leases": "who works here",
    "one_time_codes": "they sign in here",
    "restorations": "what was brought in here",
    "runs": "what is under way here: the queues do not come along",
    "sessions": "who is signed in here",
    "webhooks": "sealed passwords; new ones are made",
}
"""Records that do not, and why."""


class Opening(Struct, frozen=True, tag_field="is", tag="backup"):
    """What a file is."""

    id: str
    began_at: datetime
    schema: int
    """The form of the rows, see `shared.schema`."""
    version: int = VERSION


class Row(Struct, frozen=True, tag_field="is", tag="row"):
    """A row as it was kept."""

    of: KeptRow


class Reconnected(Struct, frozen=True, tag_field="is", tag="integration"):
    """What is left of an integration's connection and webhook without their secrets."""

    id: IntegrationId
    connection: ConnectionDocument
    webhook_version: int
    """Of the password that service hooks send."""


class Ending(Struct, frozen=True, tag_field="is", tag="end"):
    """That nothing is missing."""

    lines: int
    """Before this one."""


Line = Opening | Row | Reconnected | Ending

_encoder: Final = msgspec.json.Encoder()
_decoder: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


def is_taken(row: KeptRow) -> bool:
    """Whether a row comes along; of records that nobody decided on, none does."""
    return not row.records or row.records in TAKEN


def written(line: Line) -> bytes:
    """Return a line with its line break."""
    return _encoder.encode(line) + b"\n"


def read(text: bytes) -> Line:
    """Return what a line says; BadRequestError when it is none of a backup."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequestError(
            "The file is no backup, or was damaged.", fields={"file": str(error)[:100]}
        ) from error
