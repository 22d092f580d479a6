"""The JSON of service hooks' events, as far as it is read."""

from __future__ import annotations

from msgspec import Struct, field

from shared.git_hosts.azure_devops import wire


class Container(Struct, rename="camel"):
    """An organization or a project, as an event names it."""

    id: str = ""
    base_url: str = ""


class Containers(Struct, rename="camel"):
    """Where an event happened."""

    collection: Container = field(default_factory=Container)
    account: Container = field(default_factory=Container)
    project: Container = field(default_factory=Container)


class RefUpdate(Struct, rename="camel"):
    """One ref that a push moved; all zeros stand for none."""

    name: str
    old_object_id: str
    new_object_id: str


class EventRepository(Struct, rename="camel"):
    """The repository that an event is about, referred to."""

    id: str
    project: Container = field(default_factory=Container)


class PushResource(Struct, rename="camel"):
    """What a `git.push` event tells; refs and repository only where details are sent."""

    ref_updates: list[RefUpdate] | None = None
    repository: EventRepository | None = None
    url: str = ""
    commits: list[wire.Commit] | None = None
    forced: bool = False


class PullRequestResource(Struct, rename="camel"):
    """What the pull request events tell, as far as it is believed, where details are sent."""

    pull_request_id: int | None = None
    repository: EventRepository | None = None
    url: str = ""


class WorkItemRevision(Struct):
    """A work item as an update left it."""

    id: int | None = None


class WorkItemResource(Struct, rename="camel"):
    """What the work item events tell, as far as it is believed, where details are sent."""

    id: int | None = None
    """Of an update: the revision's."""
    work_item_id: int | None = None
    revision: WorkItemRevision | None = None
    url: str = ""


class RepositoryResource(Struct, rename="camel"):
    """What the repository events tell, in either of their two forms."""

    repository: EventRepository | None = None
    repository_id: str | None = None
