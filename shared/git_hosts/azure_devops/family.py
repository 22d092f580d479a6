"""What Azure DevOps Services and Server have in common before there is a connection."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import BadRequestError, ThrottledError
from shared.git_hosts.azure_devops.addresses import read_token
from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.azure_devops.decode import segment
from shared.git_hosts.azure_devops.events import read_event, shortened_event
from shared.git_hosts.azure_devops.examination import Surroundings
from shared.git_hosts.azure_devops.facts import as_listed
from shared.git_hosts.azure_devops.outsiders import SIGNED_IN_ELSEWHERE
from shared.git_hosts.azure_devops.trimming import trimmed_event
from shared.git_hosts.azure_devops.versions import Versions
from shared.git_hosts.hurrying import STEP_SECONDS, HurriedSessions
from shared.interfaces.answers import ListedRepository
from shared.interfaces.git_host_family import Credential, Offer

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.configuration import ConnectionKind
    from shared.events import Event
    from shared.git_hosts.dialling import Egress
    from shared.git_hosts.egress import Sessions
    from shared.interfaces import Clock
    from shared.model import Repository


class Family:
    """The part of a GitHostFamily that is the same for both."""

    offers: Final = frozenset[Offer](("pull_requests", "work_items", "service_hooks"))
    connection_kinds: tuple[ConnectionKind, ...] = ("pat",)

    def __init__(self, *, sessions: Sessions, clock: Clock, wait: Callable[[float], None]) -> None:
        self._sessions = sessions
        self._clock = clock
        self._wait = wait
        self._versions = Versions(clock)

    def credential(self, given: Credential, *, url: str) -> Credential:
        """See GitHostFamily.credential."""
        del url
        if given.user_name:
            raise BadRequestError(
                "The connection cannot be used.",
                fields={"connection.user_name": "not needed: the token is enough"},
            )
        return replace(given, secret=read_token(given.secret)) if given.kind == "pat" else given

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

    def _hurried(self, egress: Egress, *, url: str, identity_url: str = "") -> Surroundings:
        """Return what examines organizations below *url*, of which nothing is waited for long."""
        sessions = HurriedSessions(egress)

        def wait(seconds: float) -> None:
            if seconds > STEP_SECONDS:
                until = self._clock() + timedelta(seconds=seconds)
                text = f"Azure DevOps asks to wait until {until:%H:%M:%S}."
                raise ThrottledError(text, retry_at=until)
            self._wait(seconds)

        return Surroundings(
            tidy=lambda given: self.credential(given, url=url),
            client=lambda at, shown: self._client(at, shown, sessions=sessions, wait=wait),
            url_of=lambda name: f"{url}/{segment(name)}" if identity_url else url,
            sessions=sessions,
            egress=egress,
            identity_url=identity_url,
        )

    def _client(
        self,
        url: str,
        credential: Credential,
        *,
        sessions: Sessions | None = None,
        wait: Callable[[float], None] | None = None,
    ) -> Client:
        return Client(
            url,
            token=credential.secret,
            sessions=sessions or self._sessions,
            clock=self._clock,
            wait=wait or self._wait,
            versions=self._versions,
            user_name=None if credential.kind in SIGNED_IN_ELSEWHERE else credential.user_name,
        )
