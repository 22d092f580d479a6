"""Azure DevOps Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.git_hosts.azure_devops.addresses import read_address, read_token
from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.azure_devops.decode import segment
from shared.git_hosts.azure_devops.events import read_event, shortened_event
from shared.git_hosts.azure_devops.organization import AzureDevOpsOrganization

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.events import Event
    from shared.git_hosts.egress import Sessions
    from shared.interfaces import Address, Clock, GitHost


class AzureDevOps:
    """See GitHostFamily."""

    def __init__(
        self,
        *,
        services_url: str,
        sessions: Sessions,
        clock: Clock,
        wait: Callable[[float], None],
    ) -> None:
        self._services_url = services_url.rstrip("/")
        self._sessions = sessions
        self._clock = clock
        self._wait = wait

    def address(self, url: str, organizations: Sequence[str]) -> Address:
        """See GitHostFamily.address."""
        return read_address(url, organizations, services_url=self._services_url)

    def token(self, text: str) -> str:
        """See GitHostFamily.token."""
        return read_token(text)

    def open(self, organization: str, *, token: str) -> GitHost:
        """See GitHostFamily.open."""
        client = Client(
            f"{self._services_url}/{segment(organization)}",
            token=token,
            sessions=self._sessions,
            clock=self._clock,
            wait=self._wait,
        )
        return AzureDevOpsOrganization(client, organization)

    def read_event(self, body: bytes) -> Event:
        """See GitHostFamily.read_event."""
        return read_event(body)

    def shortened_event(self, body: bytes) -> bytes:
        """See GitHostFamily.shortened_event."""
        return shortened_event(body)
