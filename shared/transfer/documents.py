"""What an exported configuration looks like.

It holds what an admin could type again, and nothing that opens anything: no token, no secret, no
role, no webhook. What belongs to one installation alone, such as its hooks, is made anew there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, field

from shared.configuration import (
    ConnectionKind,
    GrammarName,
    IndexSwitches,
    Selection,
    Sources,
    TrackerKind,
    WritesBy,
)
from shared.model import GitHostKind, TrackerId

VERSION: Final = 1
"""Of the form of a document; one of another version is not read."""

Moment = Annotated[datetime, Meta(tz=True)]


class SourcesDocument(Sources, frozen=True, forbid_unknown_fields=True):
    """Which of the weaker sources of issue keys count."""


class IndexDocument(IndexSwitches, frozen=True, forbid_unknown_fields=True):
    """Which kinds of things are indexed."""


class SelectionDocument(Selection, frozen=True, forbid_unknown_fields=True):
    """Which repositories are indexed."""


class TrackerDocument(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tracker."""

    id: str
    name: str
    kind: TrackerKind = "other"
    url: str = ""
    grammars: tuple[GrammarName, ...] = ("jira", "azure_boards")
    projects: tuple[str, ...] = ()
    sources: SourcesDocument = SourcesDocument()
    number_range: tuple[int, int] | None = None
    number_since: Moment | None = None
    pattern: str = ""
    origins: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)


class ConnectionDocument(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How an integration is authorised, without what authorises it."""

    kind: ConnectionKind
    user_name: str = ""
    email: str = ""
    tenant_id: str = ""
    client_id: str = ""


class IntegrationDocument(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An integration."""

    id: str = ""
    """Kept where it is free; else another is made."""
    name: str = ""
    git_host: GitHostKind
    url: str
    organizations: tuple[str, ...] = ()
    trackers: tuple[TrackerId, ...]
    connection: ConnectionDocument
    index: IndexDocument = IndexDocument()
    repositories: SelectionDocument = SelectionDocument()
    pull_request_window_days: int = 183
    webhooks: bool = True
    hooks_only: bool = False
    writes: WritesBy = "own_token"


class Document(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The configuration of an installation."""

    version: int
    exported_at: Moment | None = None
    trackers: tuple[TrackerDocument, ...] = ()
    integrations: tuple[IntegrationDocument, ...] = ()


def written(document: Document) -> bytes:
    """Return a document as JSON that people can read and compare."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
