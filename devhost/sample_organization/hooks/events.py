"""Events: what happened, told once, for whoever subscribed to it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from devhost.sample_organization.model import HEADS

RESOURCE_VERSIONS = {
    "git.push": "1.0",
    "git.pullrequest.created": "1.0",
    "git.pullrequest.updated": "1.0",
    "git.pullrequest.merged": "1.0",
    "git.repo.created": "1.0-preview.1",
    "git.repo.deleted": "1.0-preview.1",
    "git.repo.forked": "1.0-preview.1",
    "git.repo.renamed": "1.0-preview.1",
    "git.repo.statuschanged": "1.0-preview.1",
    "workitem.created": "1.0",
    "workitem.updated": "1.0",
    "workitem.deleted": "1.0",
    "workitem.restored": "1.0",
}
"""Every event type that is raised here → the version of its resource."""

_PULL_REQUEST_FILTERS = (
    "repository",
    "branch",
    "pullrequestCreatedBy",
    "pullrequestReviewersContains",
)
_WORK_ITEM_FILTERS = ("areaPath", "workItemType", "tag")
FILTERS = {
    "git.push": ("repository", "branch", "pushedBy"),
    "git.pullrequest.created": _PULL_REQUEST_FILTERS,
    "git.pullrequest.updated": (*_PULL_REQUEST_FILTERS, "notificationType"),
    "git.pullrequest.merged": (*_PULL_REQUEST_FILTERS, "mergeResult"),
    "git.repo.created": (),
    "git.repo.deleted": ("repository",),
    "git.repo.forked": ("repository",),
    "git.repo.renamed": ("repository",),
    "git.repo.statuschanged": ("repository",),
    "workitem.created": (*_WORK_ITEM_FILTERS, "linksChanged"),
    "workitem.updated": (*_WORK_ITEM_FILTERS, "changedFields", "linksChanged"),
    "workitem.deleted": _WORK_ITEM_FILTERS,
    "workitem.restored": _WORK_ITEM_FILTERS,
}
"""Event type → the publisher inputs that narrow it, besides `projectId`."""


class Words(msgspec.Struct, frozen=True):
    """One message in the three forms that a receiver may choose from."""

    text: str
    html: str
    markdown: str


class Event(msgspec.Struct, frozen=True):
    """Something that happened."""

    id: str
    type: str
    at: datetime
    project_id: str
    resource: dict[str, object]
    message: Words
    detailed_message: Words
    facts: dict[str, frozenset[str]]
    """Filter → the values that let this event pass, lower-case; a branch without its prefix."""
    minimal: tuple[str, ...] = ("url",)
    """What is left of the resource where the receiver wants it minimal."""


def wants(filters: dict[str, str], event: Event) -> bool:
    """Return whether publisher inputs let *event* pass; an input left empty lets all pass."""
    project_id = filters.get("projectId", "")
    if project_id and project_id.lower() != event.project_id:
        return False
    for name in FILTERS[event.type]:
        value = filters.get(name, "").removeprefix(HEADS).lower()
        if value and value not in event.facts.get(name, frozenset()):
            return False
    return True
