"""The addresses that answers and events carry."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from .model import Person, Project, Repository


def segment(name: str) -> str:
    """Return *name* as one path segment, percent-encoded once."""
    return quote(name, safe="")


class Addresses(msgspec.Struct, frozen=True):
    """Builds URLs of one organization."""

    base: str
    """Where the service answers: `http://localhost:8080`, with the folder of a server behind it."""
    organization: str
    is_server: bool = False

    @property
    def root(self) -> str:
        """The organization's own address."""
        return f"{self.base}/{segment(self.organization)}"

    def project(self, project: Project) -> str:
        """Return the API address of a project."""
        return f"{self.root}/_apis/projects/{project.id}"

    def repository(self, repository: Repository) -> str:
        """Return the API address of a repository, as the REST API writes it: with the project."""
        return f"{self.root}/{repository.project_id}/_apis/git/repositories/{repository.id}"

    def repository_in_events(self, repository: Repository) -> str:
        """Return the API address as push events write it: without the project."""
        return f"{self.root}/_apis/git/repositories/{repository.id}"

    def web(self, repository: Repository, project: Project) -> str:
        """Return the page of a repository."""
        return f"{self.root}/{segment(project.name)}/_git/{segment(repository.name)}"

    def remote(self, repository: Repository, project: Project) -> str:
        """Return the clone address, with the organization as the user, as the service gives it."""
        if self.is_server:
            return self.web(repository, project)
        scheme, _, rest = self.web(repository, project).partition("://")
        return f"{scheme}://{segment(self.organization)}@{rest}"

    def ssh(self, repository: Repository, project: Project) -> str:
        """Return the SSH address; nothing answers there."""
        if self.is_server:
            host, _, path = self.web(repository, project).partition("://")[2].partition("/")
            return f"ssh://{host.partition(':')[0]}:22/{path}"
        parts = (self.organization, project.name, repository.name)
        return "git@ssh.dev.azure.com:v3/" + "/".join(map(segment, parts))

    def ref(self, repository: Repository, name: str) -> str:
        """Return the API address of a ref."""
        return f"{self.repository(repository)}/refs?filter={segment(name.removeprefix('refs/'))}"

    def commit(self, repository: Repository, sha: str) -> str:
        """Return the API address of a commit."""
        return f"{self.repository(repository)}/commits/{sha}"

    def pull_request(self, repository: Repository, number: int) -> str:
        """Return the API address of a pull request."""
        return f"{self.repository(repository)}/pullRequests/{number}"

    def person(self, person: Person) -> str:
        """Return the API address of an identity."""
        return f"{self.root}/_apis/Identities/{person.id}"

    def avatar(self, person: Person) -> str:
        """Return the address of a person's picture; reading it needs a token."""
        return f"{self.root}/_apis/GraphProfile/MemberAvatars/{person.descriptor}"

    def work_item(self, number: int) -> str:
        """Return the API address of a work item."""
        return f"{self.root}/_apis/wit/workItems/{number}"

    def subscription(self, identifier: str) -> str:
        """Return the API address of a service hook subscription."""
        return f"{self.root}/_apis/hooks/subscriptions/{identifier}"
