"""Any git server, one repository at a time: by the address that it is cloned from.

Commits and branches of GitHub, GitLab, Gerrit, Bitbucket, CodeCommit and all others come this way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.git_hosts.egress import Sessions
from shared.git_hosts.git.absent import WithoutEvents
from shared.git_hosts.git.addresses import bad, read_clone_address
from shared.git_hosts.git.azure_devops_addresses import refuse_azure_devops
from shared.git_hosts.git.credentials import completed
from shared.git_hosts.git.remotes import open_remote
from shared.git_hosts.git.repository import ServedRepository, as_listed
from shared.git_hosts.hurrying import STEP_SECONDS, HurriedSessions
from shared.interfaces.answers import ListedRepository
from shared.interfaces.git_host_family import Address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.configuration import ConnectionKind
    from shared.git_hosts.dialling import Egress
    from shared.git_hosts.git.addresses import CloneAddress
    from shared.git_hosts.git_protocol.remote import Remote
    from shared.interfaces import Clock
    from shared.interfaces.examining import Asked, Step
    from shared.interfaces.git_host import GitHost
    from shared.interfaces.git_host_family import Credential, Offer
    from shared.model import Repository


class GitServer(WithoutEvents):
    """See GitHostFamily. The organization of a repository is the host that it lies on."""

    offers: Final[frozenset[Offer]] = frozenset()
    connection_kinds: Final[tuple[ConnectionKind, ...]] = ("pat", "basic", "ssh_key", "none")

    def __init__(self, *, services_url: str, egress: Egress, clock: Clock) -> None:
        """Take addresses below *services_url* for those of Azure DevOps."""
        self._services_url = services_url.rstrip("/")
        self._egress = egress
        self._sessions = Sessions(egress)
        self._clock = clock

    def address(self, url: str, organizations: Sequence[str]) -> Address:
        """See GitHostFamily.address."""
        refuse_azure_devops(url, services_url=self._services_url)
        address = read_clone_address(url)
        if address.scheme == "http":
            self._egress.check_url(address.url)
        if any(name.strip().lower() != address.host for name in organizations):
            raise bad("organizations", f"there is none here but {address.host}, or leave it out")
        return Address(address.url, (address.host,), name=address.names[-1])

    def credential(self, given: Credential, *, url: str) -> Credential:
        """See GitHostFamily.credential."""
        return completed(given, read_clone_address(url), egress=self._egress)

    def tenant(self, organization: str) -> None:
        """See GitHostFamily.tenant: it is not told."""

    def organizations(self, url: str, credential: Credential) -> tuple[str, ...]:
        """See GitHostFamily.organizations."""
        del credential
        return (read_clone_address(url).host,)

    def examine(self, address: Address, credential: Credential, *, asked: Asked) -> Iterator[Step]:
        """See GitHostFamily.examine."""
        del asked  # there is nothing but branches and commits
        sessions = HurriedSessions(self._egress)

        def opened(at: CloneAddress, shown: Credential) -> Remote:
            sessions.begin_step()
            return open_remote(
                at,
                shown,
                sessions=sessions,
                egress=self._egress,
                clock=self._clock,
                seconds=STEP_SECONDS,
            )

        given = read_clone_address(address.url)
        from shared.git_hosts.git.examination import (  # noqa: PLC0415 — slow to import
            examine,
        )

        return examine(given, credential, egress=self._egress, open_remote=opened)

    def open(self, organization: str, *, url: str, credential: Credential) -> GitHost:
        """See GitHostFamily.open."""
        del organization
        address = read_clone_address(url)
        remote = open_remote(
            address, credential, sessions=self._sessions, egress=self._egress, clock=self._clock
        )
        return ServedRepository(address, remote, kind=credential.kind, clock=self._clock)

    def listed(self, repository: Repository) -> ListedRepository:
        """See GitHostFamily.listed."""
        return ListedRepository(repository, as_listed(repository))
