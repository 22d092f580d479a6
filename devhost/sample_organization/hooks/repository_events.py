"""The events of repositories: created, renamed, deleted, forked, disabled."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from devhost.sample_organization import moments
from devhost.sample_organization.shapes import repository as repository_shape

from .events import Event, Words

if TYPE_CHECKING:
    from devhost.sample_organization.exchange import Json
    from devhost.sample_organization.model import Person, Repository
    from devhost.sample_organization.organization import Organization


def created(organization: Organization, repository: Repository, *, by: Person) -> Event:
    """Return `git.repo.created`."""
    resource: Json = {"repository": repository_shape(organization, repository)}
    return _event(organization, repository, "created", resource, by=by)


def renamed(
    organization: Organization, repository: Repository, *, old_name: str, by: Person
) -> Event:
    """Return `git.repo.renamed`."""
    resource: Json = {
        "oldName": old_name,
        "newName": repository.name,
        "repository": repository_shape(organization, repository),
    }
    return _event(organization, repository, "renamed", resource, by=by)


def deleted(organization: Organization, repository: Repository, *, by: Person) -> Event:
    """Return `git.repo.deleted`, which names the repository and does not hold it."""
    project = repository_shape(organization, repository)["project"]
    resource: Json = {
        "project": project,
        "repositoryId": repository.id,
        "repositoryName": repository.name,
        "isHardDelete": False,
    }
    return _event(organization, repository, "deleted", resource, by=by)


def forked(
    organization: Organization, fork: Repository, *, source: Repository, by: Person
) -> Event:
    """Return `git.repo.forked`; no recorded one is public, `sourceRepository` is a guess."""
    resource: Json = {
        "repository": repository_shape(organization, fork),
        "sourceRepository": {"id": source.id, "name": source.name},
    }
    return _event(organization, source, "forked", resource, by=by)


def status_changed(organization: Organization, repository: Repository, *, by: Person) -> Event:
    """Return `git.repo.statuschanged`; no recorded one is public, `disabled` is a guess."""
    resource: Json = {
        "repository": repository_shape(organization, repository),
        "disabled": repository.is_disabled,
    }
    return _event(organization, repository, "statuschanged", resource, by=by)


def _event(
    organization: Organization, about: Repository, what: str, resource: Json, *, by: Person
) -> Event:
    now = organization.clock.now()
    text = f"Git repository {about.name} was {what}."
    words = Words(text, escape(text), f"Git repository `{about.name}` was {what}.")
    resource["initiatedBy"] = {
        "displayName": by.name,
        "id": by.id,
        "uniqueName": by.email,
    }
    resource["utcTimestamp"] = moments.written(now)
    return Event(
        id=organization.new_event_id(),
        type=f"git.repo.{what}",
        at=now,
        project_id=about.project_id,
        resource=resource,
        message=words,
        detailed_message=words,
        facts={"repository": frozenset({about.id})},
        minimal=("repositoryId", "utcTimestamp"),
    )
