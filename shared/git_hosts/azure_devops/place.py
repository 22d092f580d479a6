"""What an examination knows so far of the organization that it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shared.git_hosts.commands import curl
from shared.interfaces.examining import Step, StepName

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.git_hosts.azure_devops import wire
    from shared.git_hosts.azure_devops.client import Client
    from shared.git_hosts.hurrying import HurriedSessions
    from shared.interfaces.answers import ListedRepository
    from shared.interfaces.examining import Asked
    from shared.interfaces.git_host_family import Credential

_IDENTITIES: Final = {"dev.azure.com": "https://vssps.dev.azure.com"}
"""Where people are looked up, apart from the rest.
https://learn.microsoft.com/rest/api/azure/devops/ims/identities/read-identities"""
_OF_NO_PERSON: Final = frozenset({"managed_identity", "service_principal"})


class Place:
    """One organization under examination; each step adds what it learnt."""

    def __init__(
        self,
        name: str,
        *,
        client_of: Callable[[str], Client],
        url: str,
        sessions: HurriedSessions,
        credential: Credential,
        asked: Asked,
        is_collection: bool,
    ) -> None:
        """*client_of* gives a client for an address; *url* is the organization's."""
        self.name = name
        self.url = url
        self.sessions = sessions
        self.credential = credential
        self.asked = asked
        self.is_collection = is_collection
        self._client_of = client_of
        self.client = client_of(url)
        parts = urlsplit(url)
        identities = _IDENTITIES.get(parts.netloc)
        self.identities = client_of(f"{identities}{parts.path}") if identities else self.client
        self.stopped = ""
        """Why nothing more is asked; empty while it is."""
        self.who: wire.SignedIn | None = None
        self.projects: Sequence[wire.Project] = ()
        self.repositories: Sequence[ListedRepository] | None = None
        """None: their list was not read to its end."""

    def go_on(self) -> None:
        """Ask again after an answer that was late, where a job would wait for some minutes."""
        self.client = self._client_of(self.url)

    @property
    def is_person(self) -> bool:
        """Whether somebody stands behind the credential, and not an app alone."""
        return self.credential.kind not in _OF_NO_PERSON

    @property
    def tokens_page(self) -> str:
        """Where tokens are made."""
        return f"{self.url}/_usersSettings/tokens"

    @property
    def users_page(self) -> str:
        """Where people and apps are added, and their licences chosen; a server has none."""
        return "" if self.is_collection else f"{self.url}/_settings/users"

    @property
    def policies_page(self) -> str:
        """Where it is decided whether apps may sign in by OAuth; a server has none."""
        return "" if self.is_collection else f"{self.url}/_settings/organizationPolicy"

    def asks(self, name: StepName) -> bool:
        """Tell whether a step is part of this examination."""
        return {
            "tenant": not self.is_collection,
            "email": bool(self.asked.email),
            "service_hooks": self.asked.service_hooks,
            "without_hooks": not self.asked.service_hooks,
            "identity_read": self.asked.writes,
        }.get(name, True)

    def step(self, name: StepName, *, ok: bool | None, message: str) -> Step:
        """Return a step with the line by which its question is asked by hand."""
        path = _PATHS.get(name)
        command = curl(f"{self.url}{path}", self.credential) if path else ""
        return Step(name, ok, message, command=command)


_OLDEST: Final = "api-version=3.0"
_PATHS: Final[dict[StepName, str]] = {
    "sign_in": "/_apis/connectionData",
    "projects": "/_apis/projects?api-version=6.0",
    "code_read": f"/_apis/git/repositories?{_OLDEST}",
    "repositories": f"/_apis/git/repositories?{_OLDEST}",
    "work_items_read": f"/_apis/wit/workitems?ids=1&{_OLDEST}",
    "public_url": f"/_apis/git/repositories?{_OLDEST}",
}
