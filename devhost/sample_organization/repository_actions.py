"""What people do with projects and repositories, for tests and the demo.

Everything takes the way that a REST call takes, and subscribers hear of it. A repository is
named by its id, its name, or "project/name" where names repeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from . import many_repositories, repository_changes
from .model import Project

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from .model import Person, Repository
    from .organization import Organization

DEVELOPER = "Backend developer"


class RepositoryActions:
    """The people of one organization, at work on its repositories."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization

    def person(self, name: str) -> Person:
        """Return whoever has that role."""
        return self.organization.person(name)

    def add_project(
        self,
        name: str,
        *,
        description: str = "",
        source_control: Literal["Git", "Tfvc"] = "Git",
        state: str = "wellFormed",
    ) -> Project:
        """Make a project, without a repository."""
        organization = self.organization
        identifier = organization.new_id("project", name)
        now = organization.clock.now()
        project = Project(identifier, name, now, description, state, source_control)
        organization.projects[identifier] = project
        return project

    def repository(self, name: str) -> Repository:
        """Return the repository of that id, name or "project/name"; LookupError for none."""
        project, slash, last = name.rpartition("/")
        candidates = [
            one
            for one in self.organization.repositories.values()
            if one.deleted_at is None
            and (name == one.id or one.name.casefold() == last.casefold())
            and (not slash or self._is_in(one, project))
        ]
        if len(candidates) != 1:
            raise LookupError(f"{len(candidates)} repositories are called {name!r}")
        return candidates[0]

    def _is_in(self, repository: Repository, project: str) -> bool:
        holder = self.organization.project_holding(repository)
        return project.casefold() in {holder.name.casefold(), holder.id}

    def create_repository(self, project: str, name: str, *, by: str = DEVELOPER) -> Repository:
        """Make an empty repository."""
        organization = self.organization
        holder = organization.project(project)
        who = self.person(by)
        return repository_changes.create_repository(organization, holder, name, by=who)

    def add_repository(
        self, project: str, path: Path, *, name: str = "", by: str = DEVELOPER
    ) -> Repository:
        """Copy a clone on this machine, bare or not; nothing is ever written into it."""
        organization = self.organization
        holder = organization.project(project)
        called = name or path.resolve().name.removesuffix(".git")
        who = self.person(by)
        return repository_changes.import_repository(organization, holder, called, path, by=who)

    def fork_repository(
        self, repository: str, project: str, name: str, *, by: str = DEVELOPER
    ) -> Repository:
        """Fork a repository into a project."""
        parent = self.repository(repository)
        holder = self.organization.project(project)
        return repository_changes.fork_repository(
            self.organization, parent, holder, name, by=self.person(by)
        )

    def rename_repository(self, repository: str, name: str, *, by: str = DEVELOPER) -> Repository:
        """Rename a repository."""
        one = self.repository(repository)
        who = self.person(by)
        return repository_changes.rename_repository(self.organization, one, name, by=who)

    def disable_repository(
        self, repository: str, *, disabled: bool = True, by: str = DEVELOPER
    ) -> Repository:
        """Disable a repository, or enable it again."""
        one = self.repository(repository)
        who = self.person(by)
        return repository_changes.set_disabled(self.organization, one, disabled=disabled, by=who)

    def put_into_maintenance(self, repository: str, *, maintained: bool = True) -> Repository:
        """Let a repository say that it is in maintenance, or no longer."""
        one = self.repository(repository)
        changed = msgspec.structs.replace(one, is_in_maintenance=maintained)
        self.organization.repositories[changed.id] = changed
        return changed

    def delete_repository(self, repository: str, *, by: str = DEVELOPER) -> None:
        """Put a repository into the recycle bin."""
        one = self.repository(repository)
        repository_changes.delete_repository(self.organization, one, by=self.person(by))

    def restore_repository(self, identifier: str) -> Repository:
        """Take the repository of that id out of the recycle bin."""
        one = self.organization.repositories[identifier]
        return repository_changes.restore_repository(self.organization, one)

    def move_repository(self, repository: str, project: str) -> Repository:
        """Put a repository into another project; its id stays, and nobody is told."""
        moved = msgspec.structs.replace(
            self.repository(repository), project_id=self.organization.project(project).id
        )
        self.organization.repositories[moved.id] = moved
        return moved

    def add_alike(self, count: int, *, projects: int = 1, by: str = DEVELOPER) -> list[Repository]:
        """Make *count* repositories with one commit each, over projects `Wide 0`, `Wide 1` and on.

        The commit's message is `PAY-1 Begin`. It takes a moment for thousands of them.
        """
        organization = self.organization
        known = {project.name: project for project in organization.projects.values()}
        names = [f"Wide {number}" for number in range(projects)]
        holders = [known.get(name) or self.add_project(name) for name in names]
        pattern = many_repositories.pattern_of(organization, by=self.person(by))
        return list(
            many_repositories.add_alike(organization, pattern, holders, count, by=self.person(by))
        )

    def set_project_state(self, project: str, state: str) -> Project:
        """Let a project be in a state such as "deleting"; a deleted one is not listed."""
        one = self.organization.project(project)
        changed = msgspec.structs.replace(one, state=state)
        self.organization.projects[changed.id] = changed
        return changed

    def rename_project(self, project: str, name: str) -> Project:
        """Rename a project; its id stays."""
        one = self.organization.project(project)
        changed = msgspec.structs.replace(one, name=name)
        self.organization.projects[changed.id] = changed
        return changed

    def prune(self, repository: str) -> None:
        """Throw away the commits that no ref reaches."""
        self.organization.git.prune(self.repository(repository))
