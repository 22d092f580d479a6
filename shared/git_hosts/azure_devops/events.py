"""Reads the bodies of service hooks.

Bodies are hints from a sender that signs nothing: ids and refs are taken from them, no text that
would be shown but what git itself holds. https://learn.microsoft.com/azure/devops/service-hooks/events
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct, field

from shared.errors import MalformedAnswerError
from shared.events import Event, OtherEvent, PullRequestEvent, PushEvent, RefUpdate, RepositoryEvent
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.client import decode
from shared.git_hosts.azure_devops.decode import in_utc, read_commit
from shared.model import Commit, CommitId, ProjectId, RepositoryId

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN: Final = 60
_NONE: Final = "0" * 40
_OBJECT_ID: Final = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_HEADS: Final = "refs/heads/"


class _Envelope(Struct, rename="camel"):
    id: str = ""
    event_type: str = ""
    created_date: datetime | None = None
    resource: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"null"))
    resource_containers: wire.Containers = field(default_factory=wire.Containers)


def read_event(body: bytes) -> Event:
    """Return what a body means; MalformedAnswerError when it cannot be read.

    A type that touches no link gives an OtherEvent, whatever else is in it.
    """
    envelope = decode(body, _Envelope, what="event")
    read = _READERS.get(envelope.event_type)
    if read is None:
        reason = f"events of type {envelope.event_type or 'none'} touch no link"
        return OtherEvent(**_head(envelope), reason=reason[:200])
    return read(envelope)


def shortened_event(body: bytes) -> bytes:
    """Return a body without commits, texts, and all but the first branch that a push moved."""
    envelope = decode(body, _Envelope, what="event")
    read = _READERS.get(envelope.event_type)
    short: dict[str, Any] = {
        "id": envelope.id,
        "eventType": envelope.event_type,
        "createdDate": envelope.created_date,
        "resourceContainers": {"project": {"id": envelope.resource_containers.project.id}},
        "resource": {},
    }
    if read is _read_push:
        push = decode(envelope.resource, wire.PushResource, what="git.push event")
        updates = sorted(push.ref_updates, key=lambda u: not u.name.startswith(_HEADS))[:1]
        short["resource"] = {"repository": push.repository, "refUpdates": updates}
    elif read is _read_pull_request:
        short["resource"] = decode(envelope.resource, wire.PullRequestResource, what="event")
    return msgspec.json.encode(short)


def _read_push(envelope: _Envelope) -> Event:
    resource = decode(envelope.resource, wire.PushResource, what="git.push event")
    return PushEvent(
        **_head(envelope, resource.repository.project.id),
        repository_id=RepositoryId(resource.repository.id.lower()),
        updates=tuple(
            RefUpdate(u.name, _commit_id(u.old_object_id), _commit_id(u.new_object_id))
            for u in resource.ref_updates
        ),
        commits=tuple(map(_read_commit, resource.commits or ())),
        is_forced=resource.forced,
    )


def _read_pull_request(envelope: _Envelope) -> Event:
    resource = decode(envelope.resource, wire.PullRequestResource, what="pull request event")
    return PullRequestEvent(
        **_head(envelope),
        repository_id=RepositoryId(resource.repository.id.lower()),
        number=resource.pull_request_id,
    )


def _read_repository(envelope: _Envelope) -> Event:
    resource = decode(envelope.resource, wire.RepositoryResource, what="repository event")
    found = resource.repository.id if resource.repository else resource.repository_id
    return RepositoryEvent(
        **_head(envelope), repository_id=RepositoryId(found.lower()) if found else None
    )


_READERS: Final[dict[str, Callable[[_Envelope], Event]]] = {
    "git.push": _read_push,
    "git.pullrequest.created": _read_pull_request,
    "git.pullrequest.updated": _read_pull_request,
    "git.pullrequest.merged": _read_pull_request,
    "git.repo.created": _read_repository,
    "git.repo.deleted": _read_repository,
    "git.repo.renamed": _read_repository,
    "git.repo.forked": _read_repository,
    "git.repo.statuschanged": _read_repository,
}


def _head(envelope: _Envelope, project_id: str = "") -> dict[str, Any]:
    """Return what all events have, as the arguments of their types."""
    containers = envelope.resource_containers
    project = (containers.project.id or project_id).lower()
    return {
        "id": envelope.id,
        "event_type": envelope.event_type,
        "created_at": in_utc(envelope.created_date) if envelope.created_date else None,
        "project_id": ProjectId(project) if project else None,
        "organization_ids": tuple(
            c.id.lower() for c in (containers.collection, containers.account) if c.id
        ),
    }


def _read_commit(found: wire.Commit) -> Commit:
    _commit_id(found.commit_id)
    return read_commit(found)


def _commit_id(object_id: str) -> CommitId | None:
    """Return an object's id as we write it, None for none; what is no id at all is refused."""
    if not _OBJECT_ID.fullmatch(object_id):
        shown = object_id[:_SHOWN]
        raise MalformedAnswerError(f"The event names {shown!r} where an object's id should be.")
    return None if object_id == _NONE else CommitId(object_id.lower())
