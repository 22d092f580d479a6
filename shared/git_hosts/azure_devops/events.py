"""Reads the bodies of service hooks.

Bodies are hints from a sender that signs nothing: ids and refs are taken from them, no text that
would be shown but what git itself holds. https://learn.microsoft.com/azure/devops/service-hooks/events
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from msgspec import Struct, field

from shared.errors import MalformedAnswerError
from shared.events import (
    BareEvent,
    Event,
    OtherEvent,
    PullRequestEvent,
    PushEvent,
    RefUpdate,
    RepositoryEvent,
    WorkItemEvent,
)
from shared.git_hosts.azure_devops import event_wire, wire
from shared.git_hosts.azure_devops.decode import in_utc, read_commit
from shared.git_hosts.azure_devops.reading import decode
from shared.model import Commit, CommitId, ProjectId, RepositoryId

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar(
    "R",
    event_wire.PushResource,
    event_wire.PullRequestResource,
    event_wire.RepositoryResource,
    event_wire.WorkItemResource,
)

_SHOWN: Final = 60
_OBJECT_ID: Final = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_HEADS: Final = "refs/heads/"
_WORK_ITEM_IN_URL: Final = re.compile(
    r"/_apis/wit/(?:workitems|recyclebin)/([1-9][0-9]{0,9})(?:/|$)", re.IGNORECASE
)
_REPOSITORY_IN_URL: Final = re.compile(r"/repositories/([0-9a-fA-F-]{36})(?:/|$)")


class _Envelope(Struct, rename="camel"):
    id: str = ""
    event_type: str = ""
    created_date: datetime | None = None
    resource: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"null"))
    resource_containers: event_wire.Containers = field(default_factory=event_wire.Containers)


def read_event(body: bytes) -> Event:
    """Return what a body means; MalformedAnswerError when it cannot be read.

    A type that touches no link gives an OtherEvent, whatever else is in it. A subscription that
    sends minimal or no details of the resource gives a BareEvent.
    """
    envelope = decode(body, _Envelope, what="event")
    read = _READERS.get(envelope.event_type)
    if read is None:
        return OtherEvent(**_head(envelope), reason=_why_ignored(envelope.event_type))
    return read(envelope)


def shortened_event(body: bytes) -> bytes:
    """Return a body without commits and texts; of a push of several branches, only whose it is.

    Refs that are no branches are left out too, unless there are none but them.
    """
    envelope = decode(body, _Envelope, what="event")
    read = _READERS.get(envelope.event_type)
    short: dict[str, Any] = {
        "id": envelope.id,
        "eventType": envelope.event_type,
        "createdDate": envelope.created_date,
        "resourceContainers": envelope.resource_containers,
        "resource": {},
    }
    if read is _read_push:
        push = _resource(envelope, event_wire.PushResource)
        updates = push.ref_updates or []
        branches = [update for update in updates if update.name.startswith(_HEADS)]
        kept = None if len(branches) > 1 or not updates else (branches or updates)[:1]
        short["resource"] = event_wire.PushResource(kept, push.repository, push.url)
    elif read is _read_pull_request:
        short["resource"] = _resource(envelope, event_wire.PullRequestResource)
    elif read is _read_work_item:
        short["resource"] = _resource(envelope, event_wire.WorkItemResource)
    return msgspec.json.encode(short)


def _resource(envelope: _Envelope, kind: type[R]) -> R:
    """Return what the event is about; where nothing of it was sent, one without anything."""
    if bytes(envelope.resource) == b"null":
        return kind()
    return decode(envelope.resource, kind, what=f"{envelope.event_type} event")


def _read_push(envelope: _Envelope) -> Event:
    resource = _resource(envelope, event_wire.PushResource)
    if resource.repository is None or resource.ref_updates is None:
        found = _repository_id(resource.repository, resource.url)
        head = _head(envelope, resource.repository)
        return BareEvent(**head, about="branches", repository_id=found)
    return PushEvent(
        **_head(envelope, resource.repository),
        repository_id=RepositoryId(resource.repository.id.lower()),
        updates=tuple(
            RefUpdate(u.name, _commit_id(u.old_object_id), _commit_id(u.new_object_id))
            for u in resource.ref_updates
        ),
        commits=tuple(map(_read_commit, resource.commits or ())),
        is_forced=resource.forced,
    )


def _read_pull_request(envelope: _Envelope) -> Event:
    resource = _resource(envelope, event_wire.PullRequestResource)
    head = _head(envelope, resource.repository)
    found = _repository_id(resource.repository, resource.url)
    if found is None or resource.pull_request_id is None:
        return BareEvent(**head, about="pull_requests", repository_id=found)
    return PullRequestEvent(**head, repository_id=found, number=resource.pull_request_id)


def _read_repository(envelope: _Envelope) -> Event:
    resource = _resource(envelope, event_wire.RepositoryResource)
    found = resource.repository.id if resource.repository else resource.repository_id
    return RepositoryEvent(
        **_head(envelope, resource.repository),
        repository_id=RepositoryId(found.lower()) if found else None,
    )


def _read_work_item(envelope: _Envelope) -> Event:
    """Return which work item an event is about.

    That of an update is about a revision, which has a number of its own, and that of a sample
    sent by hand may name work item 0.
    """
    resource = _resource(envelope, event_wire.WorkItemResource)
    named = _WORK_ITEM_IN_URL.search(resource.url)
    revised = resource.revision.id if resource.revision else None
    is_revision = resource.work_item_id is not None or revised is not None
    found = (
        resource.work_item_id,
        revised,
        None if is_revision else resource.id,
        int(named[1]) if named else None,
    )
    return WorkItemEvent(**_head(envelope), number=next(filter(None, found), None))


def _repository_id(known: event_wire.EventRepository | None, url: str) -> RepositoryId | None:
    """Return the id that an event gives, or that is in the address of what it is about."""
    found = _REPOSITORY_IN_URL.search(url)
    repository_id = known.id if known else (found[1] if found else "")
    return RepositoryId(repository_id.lower()) if repository_id else None


def _why_ignored(event_type: str) -> str:
    return f"events of type {event_type or 'none'} touch no link"[:200]


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
    "workitem.created": _read_work_item,
    "workitem.updated": _read_work_item,
    "workitem.deleted": _read_work_item,
    "workitem.restored": _read_work_item,
}


def _head(
    envelope: _Envelope, repository: event_wire.EventRepository | None = None
) -> dict[str, Any]:
    """Return what all events have, as the arguments of their types."""
    containers = envelope.resource_containers
    project = (containers.project.id or (repository.project.id if repository else "")).lower()
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
    return None if not object_id.strip("0") else CommitId(object_id.lower())
