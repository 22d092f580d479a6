"""What Azure DevOps Services and Server have in common before there is a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.git_hosts.azure_devops.addresses import read_token
from shared.git_hosts.azure_devops.events import read_event, shortened_event
from shared.git_hosts.azure_devops.facts import as_listed
from shared.git_hosts.azure_devops.trimming import trimmed_event
from shared.interfaces.git_host import ListedRepository

if TYPE_CHECKING:
    from shared.events import Event
    from shared.model import Repository


class Family:
    """The part of a GitHostFamily that is the same for both."""

    def token(self, text: str) -> str:
        """See GitHostFamily.token."""
        return read_token(text)

    def read_event(self, body: bytes) -> Event:
        """See GitHostFamily.read_event."""
        return read_event(body)

    def shortened_event(self, body: bytes) -> bytes:
        """See GitHostFamily.shortened_event."""
        return shortened_event(body)

    def trimmed_event(self, body: bytes, *, most: int) -> bytes:
        """See GitHostFamily.trimmed_event."""
        return trimmed_event(body, most=most)

    def listed(self, repository: Repository) -> ListedRepository:
        """See GitHostFamily.listed."""
        return ListedRepository(repository, as_listed(repository))
