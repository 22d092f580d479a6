"""Azure DevOps Server, as far as it is known: by what its service hooks tell.

Nothing of it is called yet, so that an integration with one lives on service hooks alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

from shared.errors import BadRequestError, HooksOnlyError
from shared.git_hosts.azure_devops.facts import read_facts
from shared.git_hosts.azure_devops.family import Family
from shared.git_hosts.azure_devops.service_hooks import hook_form
from shared.interfaces.git_host import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.events import Facts
    from shared.interfaces.git_host import GitHost, HookForm
    from shared.model import ProjectId

_COLLECTION: Final = re.compile(r"[^/\\:*?\"<>|;#$&+,%@\x00-\x1f\x7f]{1,64}")
"""https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions"""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_USUAL_FOLDER: Final = "tfs"
"""What the application's folder was called by default, before collections."""


class AzureDevOpsServer(Family):
    """See GitHostFamily. An organization is a collection here."""

    is_called = False

    def address(self, url: str, organizations: Sequence[str]) -> Address:
        """See GitHostFamily.address.

        The collection is the url's first folder, or the one behind `tfs`; the one that is named
        besides, where one is.
        """
        site, folders = _split(url.strip())
        chosen = list(dict.fromkeys(name.strip() for name in organizations))
        if len(chosen) > 1:
            raise _bad("organizations", "a server is connected one collection at a time")
        names = [folder.lower() for folder in folders]
        if chosen and chosen[0].lower() in names:
            folders = folders[: names.index(chosen[0].lower()) + 1]
        elif chosen:
            folders = [*folders, chosen[0]]
        else:
            folders = folders[: 2 if names[:1] == [_USUAL_FOLDER] else 1]
            if not folders or [f.lower() for f in folders] == [_USUAL_FOLDER]:
                raise _bad("url", "it names no collection: https://server/tfs/DefaultCollection")
        if not _COLLECTION.fullmatch(folders[-1]):
            raise _bad("collection", f"{folders[-1]!r} is no name of a collection")
        path = "/".join(quote(folder) for folder in folders)
        return Address(f"{site}/{path}", (folders[-1],))

    def open(self, organization: str, *, token: str) -> GitHost:
        """See GitHostFamily.open; HooksOnlyError always."""
        del token
        raise HooksOnlyError(f"The collection {organization} cannot be called.")

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


def _split(url: str) -> tuple[str, list[str]]:
    """Return scheme with host, and the folders of an address."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise _bad("url", "it is no address") from error
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not host or not is_safe or "@" in parts.netloc:
        raise _bad("url", "it must begin with https:// and hold no user name and no password")
    shown = f"[{host}]" if ":" in host else host
    site = f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
    return site, [unquote(folder) for folder in parts.path.split("/") if folder]


def _bad(field: str, reason: str) -> BadRequestError:
    return BadRequestError(
        "The address of the integration cannot be used.",
        fields={field: reason},
        next_step=f"Correct {field}: {reason}.",
    )
