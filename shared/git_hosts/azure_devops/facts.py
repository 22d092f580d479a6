"""Reads out of a body everything that it tells of its repository, for who can ask nobody else.

Only an integration that lives on service hooks alone believes this; all others take ids and refs
from a body, see `events`, and read the rest with their own credential.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from shared.events import Facts
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.decode import (
    HEADS,
    in_utc,
    read_pull_request,
    read_repository,
    segment,
    without_user,
)
from shared.git_hosts.azure_devops.reading import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.model import Repository

    Home = Callable[[str], str | None]

_DELETED: Final = "git.repo.deleted"
_PULL_REQUEST: Final = "git.pullrequest."
T = TypeVar("T")


class _Resource(Struct, rename="camel"):
    """What is read of any event; one of a deleted repository names it beside."""

    repository: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"null"))
    repository_id: str = ""
    repository_name: str = ""
    project: wire.Project | None = None
    disabled: bool | None = None


class _Envelope(Struct, rename="camel"):
    event_type: str = ""
    created_date: datetime | None = None
    resource: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"null"))


def read_facts(body: bytes, *, root: str, home: Home) -> Facts:
    """Return what a body tells; MalformedAnswerError when it cannot be read.

    *home* returns which of the integration's organizations an address belongs to, None when it is
    another's; of no address, the one that is meant by default. *root* is where repositories
    without an address have their pages.
    """
    envelope = decode(body, _Envelope, what="event")
    if bytes(envelope.resource) == b"null":
        return Facts()
    resource = decode(envelope.resource, _Resource, what="event")
    if bytes(resource.repository) != b"null":
        found = decode(resource.repository, wire.Repository, what="repository of an event")
    elif resource.project is not None and resource.repository_id:
        found = wire.Repository(resource.repository_id, resource.repository_name, resource.project)
    else:
        return Facts()
    addresses = (without_user(found.remote_url), found.web_url)
    homes = {home(url) for url in addresses if url} or {home("")}
    organization = homes.pop()
    if organization is None or homes:
        return Facts(is_foreign=True)
    if resource.disabled is not None:
        found.is_disabled = resource.disabled
    pull_request = None
    if envelope.event_type.startswith(_PULL_REQUEST):
        read = decode(envelope.resource, wire.PullRequest, what="pull request of an event")
        at = in_utc(envelope.created_date)
        pull_request = read_pull_request(read, observed_at=at, is_listed=False)
    return Facts(
        repository=_repository(found, organization, root),
        is_deleted=envelope.event_type == _DELETED,
        pull_request=pull_request,
    )


def as_listed(repository: Repository) -> dict[str, Any]:
    """Return a repository as Azure DevOps would list it, as far as is known, for a filter."""
    branch = repository.default_branch
    listed: dict[str, Any] = {
        "id": repository.id,
        "name": repository.name,
        "project": {"id": repository.project_id, "name": repository.project},
        "remoteUrl": repository.clone_url,
        "webUrl": repository.url,
        "isFork": repository.is_fork,
        "isDisabled": repository.is_disabled,
        "organization": repository.organization,
    }
    return listed if branch is None else {**listed, "defaultBranch": f"{HEADS}{branch}"}


def _repository(found: wire.Repository, organization: str, root: str) -> Repository:
    """Return a repository; an address that no browser should open is replaced by one of ours."""
    ours = f"{root}/{segment(found.project.name)}/_git/{segment(found.name)}"
    if urlsplit(found.remote_url).scheme not in {"http", "https"}:
        found.remote_url = ours
    if urlsplit(found.web_url).scheme not in {"http", "https"}:
        found.web_url = ""
    return read_repository(found, organization)
