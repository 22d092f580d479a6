"""Makes a large body small enough to be kept, for who has nothing but the body.

Links, addresses of people and texts in other forms go first. Of long messages the beginning is
left, and it is noted that there was more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from shared.git_hosts.azure_devops import event_wire, wire
from shared.git_hosts.azure_devops.reading import decode

_PUSH: Final = "git.push"
_PULL_REQUEST: Final = "git.pullrequest."
_LONGEST_TEXTS: Final = (8000, 1000, 200)
"""Of a message or a description, in characters; the first that makes it small enough counts."""
_MOST_COMMITS: Final = 1000


class _Envelope(Struct, rename="camel"):
    id: str = ""
    event_type: str = ""
    created_date: datetime | None = None
    resource: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"null"))
    resource_containers: event_wire.Containers = field(default_factory=event_wire.Containers)


class _Push(Struct, rename="camel"):
    repository: wire.Repository
    ref_updates: list[event_wire.RefUpdate]
    commits: list[wire.Commit] = field(default_factory=list)
    forced: bool = False


class _PullRequest(wire.PullRequest, rename="camel", kw_only=True):
    repository: wire.Repository  # type: ignore[assignment]  # in full, as events tell it


def trimmed_event(body: bytes, *, most: int) -> bytes:
    """Return a body of about *most* bytes with what facts are read of; MalformedAnswerError.

    Other events than pushes and those of pull requests are small, and stay as they are.
    """
    envelope = decode(body, _Envelope, what="event")
    trimmed = body
    for longest in _LONGEST_TEXTS:
        trimmed = _trimmed(body, envelope, longest)
        if len(trimmed) <= most:
            break
    return trimmed


def _trimmed(body: bytes, envelope: _Envelope, longest: int) -> bytes:
    resource: _Push | _PullRequest
    if envelope.event_type == _PUSH:
        resource = decode(envelope.resource, _Push, what="push of an event")
        resource.commits = resource.commits[:_MOST_COMMITS]
        for commit in resource.commits:
            if commit.comment is not None and len(commit.comment) > longest:
                commit.comment = commit.comment[:longest]
                commit.comment_truncated = True
    elif envelope.event_type.startswith(_PULL_REQUEST):
        resource = decode(envelope.resource, _PullRequest, what="pull request of an event")
        resource.description = (resource.description or "")[:longest]
    else:
        return body
    short: dict[str, Any] = {
        "id": envelope.id,
        "eventType": envelope.event_type,
        "createdDate": envelope.created_date,
        "resourceContainers": envelope.resource_containers,
        "resource": resource,
    }
    return msgspec.json.encode(short)
