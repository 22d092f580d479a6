"""The configuration over HTTP: as one document, out and in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from msgspec import Struct

from admin_console.audit import note
from shared.errors import BadRequestError
from shared.transfer.documents import (
    Document,
    IntegrationDocument,
    Moment,
    TrackerDocument,
    written,
)
from shared.transfer.exporting import export
from shared.transfer.importing import Outcome, carry_out
from shared.transfer.planning import plan
from shared.web.answers import Answer
from shared.web.calls import wrong_body
from shared.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.web.calls import Call

T = TypeVar("T")

_MOST_BYTES: Final = 10_000_000
"""Some hundred integrations, each with thousands of repositories that were selected."""


class _Rough(Struct, frozen=True, forbid_unknown_fields=True):
    """A document before its parts are read, so that the mistakes of each can be named."""

    version: int
    exported_at: Moment | None = None
    trackers: tuple[Any, ...] = ()
    integrations: tuple[Any, ...] = ()


_AS_FILE: Final = 'attachment; filename="devlinks-configuration.json"'


def export_configuration(call: Call) -> Answer:
    """Return the configuration."""
    document = export(call.services)
    note(call, "configuration_exported", None)
    return Answer(written(document), headers={"Content-Disposition": _AS_FILE})


def import_configuration(call: Call) -> Outcome:
    """Make and change what a document says, once all of it was found to be right."""
    planned = plan(call.services, read_document(call.content(most=_MOST_BYTES)))
    return carry_out(call.services, planned, by=call.caller.actor)


def read_document(content: bytes) -> Document:
    """Return a document as it was written; BadRequestError names what is wrong by its path."""
    try:
        rough = msgspec.json.decode(content, type=_Rough)
    except msgspec.ValidationError as error:
        raise wrong_body(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequestError("The document is no JSON.") from error
    mistakes: dict[str, str] = {}
    trackers = _read("trackers", rough.trackers, TrackerDocument, mistakes)
    integrations = _read("integrations", rough.integrations, IntegrationDocument, mistakes)
    if mistakes:
        raise BadRequestError("The document is not as described.", fields=mistakes)
    return Document(
        version=rough.version,
        exported_at=rough.exported_at,
        trackers=trackers,
        integrations=integrations,
    )


def _read(
    name: str, parts: Sequence[Any], kind: type[T], mistakes: dict[str, str]
) -> tuple[T, ...]:
    found = []
    for number, part in enumerate(parts):
        try:
            found.append(msgspec.convert(part, kind))
        except msgspec.ValidationError as error:
            for path, why in wrong_body(error).fields.items():
                below = "" if path == "body" else f".{path}"
                mistakes[f"{name}[{number}]{below}"] = why
    return tuple(found)


ROUTES: Final = (
    Route("GET", "export", export_configuration, "admin",
          "The configuration: trackers and integrations, without anything secret.",
          answer=Document),
    Route("POST", "import", import_configuration, "admin",
          "Bring a configuration in: all of it is checked first.",
          body=Document, answer=Outcome),
)  # fmt: skip
