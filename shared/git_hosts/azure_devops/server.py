"""Azure DevOps Server and Team Foundation Server 2017 and later, on somebody's own machines.

One that is behind a firewall need not be called: its service hooks tell of everything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

from shared.errors import BadRequestError
from shared.git_hosts.azure_devops.examination import examine
from shared.git_hosts.azure_devops.facts import read_facts
from shared.git_hosts.azure_devops.family import Family
from shared.git_hosts.azure_devops.organization import AzureDevOpsOrganization
from shared.git_hosts.azure_devops.service_hooks import hook_form
from shared.git_hosts.basic import wrong_password, wrong_user_name
from shared.git_hosts.egress import Sessions
from shared.git_hosts.host_names import read_host_name
from shared.interfaces.git_host_family import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shared.configuration import ConnectionKind
    from shared.events import Facts
    from shared.git_hosts.dialling import Egress
    from shared.interfaces import Clock
    from shared.interfaces.examining import Asked, Step
    from shared.interfaces.git_host import GitHost
    from shared.interfaces.git_host_family import Credential, HookForm
    from shared.model import ProjectId

_COLLECTION: Final = re.compile(r"[^/\\:*?\"<>|;#$&+,%@\x00-\x1f\x7f]{1,64}")
"""https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions"""
_USUAL_PORTS: Final = {"https": 443, "http": 80}
_USUAL_FOLDER: Final = "tfs"
"""What the application's folder was called by default, before collections."""
_OF_SERVICES: Final = re.compile(r"(?:.+\.)?dev\.azure\.com|.+\.visualstudio\.com")


class AzureDevOpsServer(Family):
    """See GitHostFamily. An organization is a collection here."""

    connection_kinds: tuple[ConnectionKind, ...] = ("pat", "basic")

    def __init__(self, *, egress: Egress, clock: Clock, wait: Callable[[float], None]) -> None:
        super().__init__(sessions=Sessions(egress), clock=clock, wait=wait)
        self._egress = egress

    def address(self, url: str, organizations: Sequence[str]) -> Address:
        """See GitHostFamily.address.

        The collection is the url's first folder, or the one behind `tfs`; the one that is named
        besides, where one is. Clone addresses and pages of projects are understood.
        """
        site, folders = _split(url.strip())
        self._egress.check_url(site)
        chosen = list(dict.fromkeys(name.strip() for name in organizations))
        if len(chosen) > 1:
            raise _bad("organizations", "a server is connected one collection at a time")
        names = [folder.lower() for folder in folders]
        if chosen and chosen[0].lower() in names:
            folders = folders[: names.index(chosen[0].lower()) + 1]
        elif chosen and len(folders) > 1:
            raise _bad("collection", f"the url does not name {chosen[0]}")
        elif chosen:
            folders = [*folders, chosen[0]]
        else:
            folders = folders[: 2 if _has_folder(names) else 1]
            if not folders or [f.lower() for f in folders] == [_USUAL_FOLDER]:
                raise _bad("url", "it names no collection: https://server/tfs/DefaultCollection")
        if not _COLLECTION.fullmatch(folders[-1]) or not {".", ".."}.isdisjoint(folders):
            raise _bad("collection", f"{folders[-1]!r} is no name of a collection")
        path = "/".join(quote(folder) for folder in folders)
        used = f"{site}/{path}"
        return Address(used, (folders[-1],), rewritten=_why_rewritten(url, used))

    def credential(self, given: Credential, *, url: str) -> Credential:
        """See GitHostFamily.credential.

        With IIS Basic Authentication a server takes passwords, and no token. The user name may
        have a domain before it.
        """
        if given.kind != "basic":
            return super().credential(given, url=url)
        if reason := wrong_user_name(given.user_name):
            raise _bad("connection.user_name", reason)
        if reason := wrong_password(given.secret):
            raise _bad("connection.password", reason)
        return given

    def tenant(self, organization: str) -> None:
        """See GitHostFamily.tenant: a server has people of its own."""

    def organizations(self, url: str, credential: Credential) -> tuple[str, ...]:
        """See GitHostFamily.organizations: the one that the address names."""
        del credential
        return (unquote(url.rpartition("/")[2]),)

    def examine(self, address: Address, credential: Credential, *, asked: Asked) -> Iterator[Step]:
        """See GitHostFamily.examine."""
        around = self._hurried(self._egress, url=address.url)
        return examine(address, credential, asked=asked, around=around)

    def open(self, organization: str, *, url: str, credential: Credential) -> GitHost:
        """See GitHostFamily.open."""
        return AzureDevOpsOrganization(
            self._client(url, credential), organization, is_collection=True
        )

    def hook_form(
        self,
        event_type: str,
        project: ProjectId,
        *,
        organization: str,
        address: str,
        url: str,
        user_name: str,
        password: str,
    ) -> HookForm:
        """See GitHostFamily.hook_form."""
        del organization
        return hook_form(
            event_type,
            project,
            organization_url=address,
            url=url,
            user_name=user_name,
            password=password,
        )

    def facts(self, body: bytes, *, address: str, organizations: Sequence[str]) -> Facts:
        """See GitHostFamily.facts.

        A server has several names, so that only another collection beside ours is told as foreign.
        """
        collection = organizations[0]
        ours = unquote(address).lower()
        server = ours.rpartition("/")[0]

        def home(url: str) -> str | None:
            theirs = f"{unquote(url).lower()}/"
            is_beside = theirs.startswith(f"{server}/") and not theirs.startswith(f"{ours}/")
            return None if is_beside else collection

        return read_facts(body, root=address, home=home)


def _has_folder(names: list[str]) -> bool:
    """Whether a collection's name is not the first of an address's folders."""
    is_clone = "_git" in names and names.index("_git") == len(("folder", "collection", "project"))
    return names[:1] == [_USUAL_FOLDER] or is_clone


def _split(url: str) -> tuple[str, list[str]]:
    """Return scheme with host, and the folders of an address."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = read_host_name(parts.hostname or "")
        port = parts.port
    except ValueError as error:
        raise _bad("url", "it is no address") from error
    if port == 0:
        raise _bad("url", "it is no address")
    if _OF_SERVICES.fullmatch(host):
        raise _bad("git_host", "this is Azure DevOps Services: it must be azure_devops")
    shown = f"[{host}]" if ":" in host else host
    if parts.scheme == "ssh" and not parts.password:
        # Nothing tells on which port the same server has its pages: it is the usual one.
        return f"https://{shown}", _folders(parts.path)
    if parts.scheme not in _USUAL_PORTS or "@" in parts.netloc:
        raise _bad("url", "it must begin with https:// and hold no user name and no password")
    has_port = port and port != _USUAL_PORTS[parts.scheme]
    site = f"{parts.scheme}://{shown}" + (f":{port}" if has_port else "")
    return site, _folders(parts.path)


def _why_rewritten(given: str, used: str) -> str:
    text = given.strip().rstrip("/").lower()
    if unquote(text.partition("://")[2] or text) in unquote(used).lower():
        return ""
    if text.startswith("ssh:"):
        return "A server is called by its pages' address, and not by SSH."
    return "Only what names the server and its collection is kept of the address."


def _folders(path: str) -> list[str]:
    return [unquote(folder) for folder in path.split("/") if folder]


def _bad(field: str, reason: str) -> BadRequestError:
    return BadRequestError(
        "The address of the integration cannot be used.",
        fields={field: reason},
        next_step=f"Correct {field}: {reason}.",
    )
