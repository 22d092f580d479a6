"""Recognises addresses of Azure DevOps: there is more to be had of it than by git alone.

https://learn.microsoft.com/azure/devops/repos/git/clone
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

from shared.errors import BadRequestError
from shared.model import GitHostKind

_HOST: Final = "dev.azure.com"
_OLD_HOST: Final = ".visualstudio.com"
_SSH: Final = re.compile(
    r"(?:ssh://)?(?P<user>[^@/]+)@(?:ssh\.dev\.azure\.com|vs-ssh\.visualstudio\.com)(?::22)?[:/]"
    r"(?P<path>.+)",
    re.IGNORECASE,
)
_MARKS: Final = frozenset({"_git", "_ssh"})
"""Stand between project and repository."""


class Found(Struct, frozen=True):
    """What an address of Azure DevOps names."""

    git_host: GitHostKind
    url: str
    """Of the organization, or of the collection."""
    project: str = ""
    repository: str = ""
    """Empty, both of them, where the address names no repository."""


def refuse_azure_devops(url: str, *, services_url: str) -> None:
    """Return unless an address is one of Azure DevOps; BadRequestError offers it as what it is."""
    found = find_azure_devops(url, services_url=services_url)
    if found is None:
        return
    named = f": the repository {found.project}/{found.repository}" if found.repository else ""
    chosen = (
        f", and select {found.project}/{found.repository} if it alone is meant" if named else ""
    )
    raise BadRequestError(
        f"This is an address of Azure DevOps{named}.",
        fields={"git_host": f"it must be {found.git_host}", "url": f"it must be {found.url}"},
        next_step=(
            f'Connect it as what it is, with "git_host": "{found.git_host}" and '
            f'"url": "{found.url}"{chosen}. Then pull requests and service hooks come with it.'
        ),
    )


def find_azure_devops(url: str, *, services_url: str) -> Found | None:
    """Return what an address of Azure DevOps names; None for any other, also for no address."""
    ssh = _SSH.fullmatch(url.strip())
    if ssh:
        first, *rest = _segments(ssh["path"])
        organization, names = (rest[0], rest[1:]) if first == "v3" and rest else (ssh["user"], rest)
        return _of_services(services_url, organization, [n for n in names if n not in _MARKS])
    try:
        parts = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    services = urlsplit(services_url)
    folders = _segments(parts.path)
    if host == _HOST or (host, port) == (services.hostname, services.port):
        below = folders[len(_segments(services.path)) :] if host != _HOST else folders
        return _of_services(services_url, below[0], _names(below[1:])) if below else None
    if host.endswith(_OLD_HOST):
        return _of_services(services_url, host.removesuffix(_OLD_HOST), _names(folders))
    site = parts.netloc.rpartition("@")[2] if parts.scheme != "ssh" else parts.hostname or ""
    # What is cloned over SSH has its pages where browsers look for them.
    return _of_server(f"{'http' if parts.scheme == 'http' else 'https'}://{site}", folders)


def _of_services(services_url: str, organization: str, names: list[str]) -> Found:
    url = f"{services_url}/{quote(organization)}"
    return Found("azure_devops", url, *(names if len(names) == 2 else ()))  # noqa: PLR2004 — project and repository


def _of_server(site: str, folders: list[str]) -> Found | None:
    """Return what an address names if it has the mark of a server's."""
    mark = _mark(folders)
    if mark is None:
        return None
    collection_ends = 2 if folders[0].lower() == "tfs" else 1
    collection = folders[: min(collection_ends, mark)]
    url = "/".join([site, *map(quote, collection)])
    names = _names(folders[len(collection) :])
    return Found("azure_devops_server", url, *(names if len(names) == 2 else ()))  # noqa: PLR2004 — as above


def _names(folders: list[str]) -> list[str]:
    """Return project and repository; one that is called like its project is written once."""
    mark = _mark(folders)
    if mark is None:
        return []
    before, after = folders[max(mark - 1, 0) : mark], folders[mark + 1 : mark + 2]
    is_collection = [name.lower() for name in before] == ["defaultcollection"]
    return [*(after if is_collection or not before else before), *after]


def _mark(folders: list[str]) -> int | None:
    return next((i for i, folder in enumerate(folders) if folder in _MARKS), None)


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/") if segment]
