"""Azure DevOps Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import BadRequestError
from shared.git_hosts.allow_list import ANYWHERE
from shared.git_hosts.azure_devops.addresses import organization_in, read_address
from shared.git_hosts.azure_devops.decode import segment
from shared.git_hosts.azure_devops.examination import examine
from shared.git_hosts.azure_devops.facts import read_facts
from shared.git_hosts.azure_devops.family import Family
from shared.git_hosts.azure_devops.organization import AzureDevOpsOrganization
from shared.git_hosts.azure_devops.organizations import organizations_of
from shared.git_hosts.azure_devops.outsiders import Identity
from shared.git_hosts.azure_devops.service_hooks import hook_form
from shared.git_hosts.azure_devops.tenants import tenant_of
from shared.git_hosts.dialling import Egress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shared.configuration import ConnectionKind
    from shared.events import Facts
    from shared.git_hosts.egress import Sessions
    from shared.interfaces import Clock
    from shared.interfaces.examining import Asked, Step
    from shared.interfaces.git_host import GitHost
    from shared.interfaces.git_host_family import Address, Credential, HookForm
    from shared.model import ProjectId


class AzureDevOps(Family):
    """See GitHostFamily."""

    connection_kinds: tuple[ConnectionKind, ...] = (
        "oauth",
        "managed_identity",
        "service_principal",
        "pat",
    )

    def __init__(
        self,
        *,
        services_url: str,
        identity_url: str = "",
        sessions: Sessions,
        clock: Clock,
        wait: Callable[[float], None],
    ) -> None:
        super().__init__(sessions=sessions, clock=clock, wait=wait)
        self._services_url = services_url.rstrip("/")
        self._identity_url = (identity_url or services_url).rstrip("/")

    def address(self, url: str, organizations: Sequence[str]) -> Address:
        """See GitHostFamily.address."""
        return read_address(url, organizations, services_url=self._services_url)

    def tenant(self, organization: str) -> str | None:
        """See GitHostFamily.tenant; MissingError when there is no such organization."""
        return tenant_of(self._sessions, self._url_of(organization))

    def organizations(self, url: str, credential: Credential) -> tuple[str, ...]:
        """See GitHostFamily.organizations.

        They are known by name: one that was renamed is another, with the same repositories.
        """
        del url
        client = self._client(self._identity_url, credential)
        return organizations_of(client, kind=credential.kind)

    def examine(self, address: Address, credential: Credential, *, asked: Asked) -> Iterator[Step]:
        """See GitHostFamily.examine."""
        around = self._hurried(
            Egress(ANYWHERE), url=self._services_url, identity_url=self._identity_url
        )
        return examine(address, credential, asked=asked, around=around)

    def open(self, organization: str, *, url: str, credential: Credential) -> GitHost:
        """See GitHostFamily.open."""
        del url  # an organization lies under the Services' address
        client = self._client(self._url_of(organization), credential)
        identity = Identity.of(credential, self._sessions)
        return AzureDevOpsOrganization(client, organization, identity=identity)

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
        del address
        return hook_form(
            event_type,
            project,
            organization_url=self._url_of(organization),
            url=url,
            user_name=user_name,
            password=password,
        )

    def facts(self, body: bytes, *, address: str, organizations: Sequence[str]) -> Facts:
        """See GitHostFamily.facts."""
        known = {name.lower(): name for name in organizations}
        default = organizations[0] if organizations else ""

        def home(url: str) -> str | None:
            try:
                named = organization_in(url, self._services_url) if url else default
            except BadRequestError:
                return None
            return known.get(named.lower())

        return read_facts(body, root=address, home=home)

    def _url_of(self, organization: str) -> str:
        return f"{self._services_url}/{segment(organization)}"
