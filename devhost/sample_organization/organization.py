"""One organization: what it holds, and how things in it are found.

Values are frozen and replaced whole, so a reader needs no lock; whoever writes holds `lock`.
"""

from __future__ import annotations

import itertools
import threading
import uuid
from typing import TYPE_CHECKING, TypeVar

from .addresses import Addresses
from .behaviour import Behaviour
from .calls import Calls
from .exchange import is_guid
from .faults import Faults
from .git_store import GitStore
from .history import Histories
from .hooks.deliveries import Deliveries
from .hooks.notifications import Notifications
from .hooks.subscriptions import Subscriptions
from .journal import Journal
from .model import Person, Project, PullRequest, Repository, WorkItem
from .refusals import (
    no_such_project,
    no_such_pull_request,
    no_such_repository,
    project_needed,
)
from .sizes import Sizes
from .tokens import Token, Tokens
from .tree_changes import ChangeCounter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .clock import Clock
    from .exchange import Request

_NAMESPACE = uuid.UUID("6c1c9a54-6f0f-5d5e-9b59-2f0c2f2a6d10")
_Named = TypeVar("_Named", Project, Repository)


class Organization:
    """The state of one sample organization."""

    def __init__(
        self, name: str, *, folder: Path, base: str, clock: Clock, server_folder: str = ""
    ) -> None:
        self.name = name
        self.mount = tuple(part.casefold() for part in (server_folder, name) if part)
        """The segments that its addresses begin with, in lower case."""
        self.id = str(uuid.uuid5(_NAMESPACE, name))
        self.tenant_id = str(uuid.uuid5(_NAMESPACE, f"{name}/tenant"))
        """All zeros stands for personal Microsoft accounts."""
        self.folder = folder
        self.clock = clock
        home = f"{base}/{server_folder}" if server_folder else base
        self.addresses = Addresses(home, name, is_server=bool(server_folder))
        self.behaviour = Behaviour()
        self.lock = threading.RLock()
        self.tokens = Tokens()
        self.accepts: Callable[[str], Person | None] = lambda _: None
        """Tells whose an access token is that somebody else gave out; None: nobody's."""
        self.calls = Calls()
        self.faults = Faults(clock)
        self.git = GitStore()
        self.histories = Histories()
        self.change_counts = ChangeCounter()
        self.journal = Journal()
        self.sizes = Sizes(self.journal)
        self.subscriptions = Subscriptions()
        self.notifications = Notifications(clock)
        self.deliveries = Deliveries(clock, self.subscriptions, self.notifications)
        self.beside: list[Organization] = [self]
        """The organizations of the same server, this one included."""
        self.people: dict[str, Person] = {}
        self.projects: dict[str, Project] = {}
        self.repositories: dict[str, Repository] = {}
        """Those in the recycle bin too."""
        self.pull_requests: dict[int, PullRequest] = {}
        self.work_items: dict[int, WorkItem] = {}
        self.locks: dict[tuple[str, str], Person] = {}
        """(repository id, full ref name) → who locked the branch."""
        self._events = itertools.count(1)
        self.ref_creators: dict[tuple[str, str], Person] = {}

    def new_id(self, *path: object) -> str:
        """Return the GUID of a thing, always the same for the same *path* of names."""
        return str(uuid.uuid5(uuid.UUID(self.id), "/".join(map(str, path))))

    def new_event_id(self) -> str:
        """Return the id of the next event; no two are the same."""
        return self.new_id("event", next(self._events))

    def person(self, name: str) -> Person:
        """Return whoever has that role, who is made when first named."""
        with self.lock:
            for person in self.people.values():
                if person.name == name:
                    return person
            email = name.lower().replace(" ", ".") + "@example.com"
            person = Person(str(uuid.uuid5(_NAMESPACE, f"person/{name}")), name, email)
            self.people[person.id] = person
            return person

    def token(self, value: str) -> Token | None:
        """Return the token of that value: one of our own, or an access token that is accepted."""
        known = self.tokens.find(value)
        if known is not None:
            return known
        person = self.accepts(value)
        return None if person is None else Token(value, person, kind="entra")

    def lets_in(self, value: str) -> bool:
        """Tell whether a token is good, and its owner was added to the organization."""
        token = self.token(value)
        return token is not None and token.person.id not in self.behaviour.outsiders

    def visible_projects(self) -> list[Project]:
        """Return the projects that callers may see, by name."""
        seen = (p for p in self.projects.values() if p.id not in self.behaviour.denied)
        return sorted(seen, key=lambda project: project.name.casefold())

    def visible_repositories(self, project: Project | None = None) -> list[Repository]:
        """Return the repositories that callers may see, of *project* or of all, by name."""
        projects = {p.id for p in self.visible_projects()}
        found = [
            repository
            for repository in self.repositories.values()
            if repository.project_id in projects
            and repository.id not in self.behaviour.denied
            and repository.deleted_at is None
            and (project is None or repository.project_id == project.id)
        ]
        return sorted(found, key=lambda repository: repository.name.casefold())

    def project(self, name: str) -> Project:
        """Return the project of that name or id; refused if the caller sees none."""
        found = _named(self.visible_projects(), name)
        if found is None:
            raise no_such_project(name, by_id=is_guid(name))
        return found

    def project_of(self, request: Request) -> Project | None:
        """Return the project in the request's path, None for a path without one."""
        name = request.values.get("project")
        return None if name is None else self.project(name)

    def repository_of(self, request: Request, *, even_disabled: bool = False) -> Repository:
        """Return the repository in the request's path; a disabled one looks like a missing one."""
        name = request.values.get("repositoryId") or request.values["repositoryNameOrId"]
        project = self.project_of(request)
        if project is None and not is_guid(name):
            raise project_needed()
        is_hidden = request.person.id in self.behaviour.stakeholders
        found = None if is_hidden else self.find_repository(name, project)
        if found is None or (found.is_disabled and not even_disabled):
            raise no_such_repository(name)
        return found

    def find_repository(self, name: str, project: Project | None) -> Repository | None:
        """Return the repository of that name or id that callers may see."""
        if is_guid(name):
            # By far the commonest way: it does not look at all the others.
            found = self.repositories.get(name.lower())
            if found is None or found.deleted_at is not None or self._is_denied(found):
                return None
            return found if project is None or found.project_id == project.id else None
        return _named(self.visible_repositories(project), name)

    def _is_denied(self, repository: Repository) -> bool:
        denied = self.behaviour.denied
        return repository.id in denied or repository.project_id in denied

    def project_holding(self, repository: Repository) -> Project:
        """Return the project that a repository is in."""
        return self.projects[repository.project_id]

    def pull_request_of(self, request: Request) -> PullRequest:
        """Return the pull request in the request's path, of its repository or project if given."""
        text = request.values["pullRequestId"]
        found = self.pull_requests.get(int(text)) if text.isdecimal() else None
        if found is None or self._is_denied(self.repositories[found.repository_id]):
            raise no_such_pull_request()
        if "repositoryId" in request.values:
            if self.repository_of(request).id != found.repository_id:
                raise no_such_pull_request()
        else:
            project = self.project_of(request)
            holder = self.repositories[found.repository_id].project_id
            if project is not None and project.id != holder:
                raise no_such_pull_request()
        return found


def _named(things: list[_Named], name: str) -> _Named | None:
    folded = name.casefold()
    for thing in things:
        if folded in {thing.id, thing.name.casefold()}:
            return thing
    return None
