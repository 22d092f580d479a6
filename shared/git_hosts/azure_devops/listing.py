"""Lists an organization: every project and repository, and what is told of the server besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from shared.errors import MissingError
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.answers import GivenUpError
from shared.git_hosts.azure_devops.decode import read_repository, segment
from shared.git_hosts.azure_devops.reading import decode
from shared.git_hosts.egress import CutOffError, OversizedError
from shared.interfaces.answers import ListedProject, ListedRepository, Listing
from shared.model import Note, ProjectId
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.git_hosts.azure_devops.client import Client

_PROJECTS_A_PAGE: Final = 500
_SETTLED_STATES: Final = frozenset({"wellFormed", "unchanged", "all"})
_USUAL_PORTS: Final = {"https": 443, "http": 80, "ssh": 22}
_TOO_MUCH: Final = (CutOffError, OversizedError, GivenUpError)
"""How a list fails that may be too large for one answer."""
_log = log_of(__name__)


class _Repositories(msgspec.Struct):
    value: list[msgspec.Raw]


def list_organization(client: Client, name: str) -> Listing:
    """See GitHost.listing.

    Without a project, the list of repositories is the whole organization's, in one answer; where
    that is too much for one, it is read project by project.
    """
    projects = _projects(client, name)
    found = _repositories(client, name, projects)
    return Listing(projects, tuple(_listed(raw, one, name) for raw, one in found))


def list_collection(client: Client, name: str) -> Listing:
    """Return the same of a server's collection, with its pages where an admin said that it is.

    A server tells addresses by its own settings, which often say `localhost` or an old name.
    """
    projects = _projects(client, name)
    found = _repositories(client, name, projects)
    elsewhere = [_brought_home(one, client.base_url) for _, one in found]
    told = next((address for address in elsewhere if address), "")
    return Listing(
        projects,
        tuple(_listed(raw, one, name) for raw, one in found),
        notes=(_wrong_public_url(told, client.base_url),) if told else (),
    )


def keeps_tfvc(client: Client, project: ProjectId) -> bool:
    """See GitHost.keeps_tfvc."""
    found = client.get(
        f"/_apis/projects/{project}",
        wire.ProjectDetails,
        what="project",
        params={"includeCapabilities": "true"},
    ).value
    return found.capabilities.get("versioncontrol", {}).get("sourceControlType") == "Tfvc"


def _projects(client: Client, name: str) -> tuple[ListedProject, ...]:
    projects: list[wire.Project] = []
    params = {"$top": str(_PROJECTS_A_PAGE), "stateFilter": "all"}
    while True:
        page = client.page(
            "/_apis/projects", wire.Project, what=f"project of {name}", params=params
        )
        projects += page.value
        if page.continuation is None:
            break
        params = {**params, "$top": str(page.most), "continuationToken": page.continuation}
    return tuple(
        ListedProject(
            ProjectId(p.id.lower()),
            p.name,
            is_settled=p.state in _SETTLED_STATES,
            url=f"{client.base_url}/{segment(p.name)}",
        )
        for p in projects
        if p.state != "deleted"
    )


def _repositories(
    client: Client, name: str, projects: Sequence[ListedProject]
) -> list[tuple[msgspec.Raw, wire.Repository]]:
    what = f"repository of {name}"
    try:
        listed = client.whole("/_apis/git/repositories", _Repositories, what=what).value.value
    except _TOO_MUCH as error:
        _log.warning("repositories_listed_by_project reason=%s", type(error).__name__)
        listed = [raw for project in projects for raw in _of_project(client, project, what)]
    return [(raw, decode(raw, wire.Repository, what=what)) for raw in listed]


def _of_project(client: Client, project: ListedProject, what: str) -> Iterator[msgspec.Raw]:
    try:
        found = client.get(f"/{project.id}/_apis/git/repositories", _Repositories, what=what)
    except MissingError:
        if project.is_settled:
            raise
        return  # still made, or already being deleted
    yield from found.value.value


def _listed(raw: msgspec.Raw, found: wire.Repository, organization: str) -> ListedRepository:
    as_listed = decode(raw, dict[str, Any], what=f"repository of {organization}")
    return ListedRepository(
        read_repository(found, organization), {**as_listed, "organization": organization}
    )


def _brought_home(found: wire.Repository, base_url: str) -> str:
    """Have a repository lie under *base_url*; return where it said it does, if it is elsewhere."""
    ours = f"{base_url}/{segment(found.project.name)}/_git/{segment(found.name)}"
    told = found.web_url or found.remote_url
    if _site(told) == _site(ours) == _site(found.remote_url):
        return ""
    found.web_url = found.remote_url = ours
    ssh = urlsplit(found.ssh_url)
    if ssh.scheme == "ssh" and ssh.hostname is not None:
        host = urlsplit(base_url).hostname or ""
        found.ssh_url = found.ssh_url.replace(ssh.hostname, host, 1)
    return "://".join(map(str, urlsplit(told)[:2]))


def _wrong_public_url(told: str, base_url: str) -> Note:
    return Note(
        "server_public_url",
        f"The server says that its address is {told}, and was reached at {base_url}: links lead "
        "there. Set the Public URL in the Azure DevOps Server Administration Console, so that "
        "what the server itself sends leads there too.",
    )


def _site(url: str) -> tuple[str | None, int | None]:
    """Return host and port of an address, none of one that cannot be read."""
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port or _USUAL_PORTS.get(parts.scheme)
    except ValueError:
        return None, None
