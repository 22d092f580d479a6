"""What a kind of git host has to do before there is a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Protocol

from msgspec import Struct

from shared.configuration import ConnectionKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.events import Event, Facts
    from shared.interfaces.answers import ListedRepository
    from shared.interfaces.examining import Asked, Step
    from shared.interfaces.git_host import GitHost
    from shared.model import ProjectId, Repository


Offer = Literal["pull_requests", "work_items", "service_hooks"]

PERSONAL_ACCOUNTS: Final = "00000000-0000-0000-0000-000000000000"
"""The directory of an organization whose people have personal Microsoft accounts: it is none."""


class Credential(Struct, frozen=True):
    """What a connection shows to a git host, opened."""

    kind: ConnectionKind
    secret: str = ""
    """The token, the password, or the private key; of what signs in at an identity server first
    (`oauth`, `managed_identity`, `service_principal`), the access token that it gave."""
    user_name: str = ""
    host_key: str = ""
    """What keys an SSH server may have, as `known_hosts` writes them without names."""
    public_key: str = ""
    """Of the private key."""
    tenant_id: str = ""
    """The directory that an access token is of; empty when that is not known."""

    def __repr__(self) -> str:
        return f"Credential(kind={self.kind!r}, …)"


class HookForm(Struct, frozen=True):
    """What an admin types to set up one service hook by hand."""

    page: str
    """The address of the git host's page for it."""
    fields: tuple[tuple[str, str], ...]
    """What the page calls each field, and the exact value, in its order."""


class Address(Struct, frozen=True):
    """An address as an admin gave it, brought to the form that is used."""

    url: str
    organizations: tuple[str, ...]
    name: str = ""
    """What it is called where an admin says nothing else; empty: like its first organization."""
    rewritten: str = ""
    """Why it is not as it was given, as a sentence; empty where nothing has to be said."""


class GitHostFamily(Protocol):
    """A kind of git host: what is needed before there is a connection."""

    def address(self, url: str, organizations: Sequence[str]) -> Address:
        """Return the normalised address; BadRequestError when *url* is not this git host's."""

    @property
    def offers(self) -> frozenset[Offer]:
        """What it has besides branches and commits; what it has not is not indexed."""

    @property
    def connection_kinds(self) -> tuple[ConnectionKind, ...]:
        """How it can be signed in to; `none` says that it can be read without."""

    def credential(self, given: Credential, *, url: str) -> Credential:
        """Return what an admin gave, as it is used: tidied, and completed.

        Of `ssh_key` what is missing is made here (the key pair) or asked for (the server's key,
        which is the only call); BadRequestError names the field of what cannot be used.
        """

    def tenant(self, organization: str) -> str | None:
        """Return the id of the directory whose people an organization lets in, in lower case.

        PERSONAL_ACCOUNTS stands for those; None where it is not told. Nobody signs in for this.
        """

    def organizations(self, url: str, credential: Credential) -> tuple[str, ...]:
        """Return every organization that a credential opens, in order of name.

        It is asked for where an integration names none; errors are those of GitHost. One that is
        returned may still refuse the credential.
        """

    def examine(self, address: Address, credential: Credential, *, asked: Asked) -> Iterator[Step]:
        """Yield what connecting would find, a step at a time, and change nothing anywhere.

        *credential* is as an admin gave it, or as it is kept. Whatever the git host does is told
        by a step and never raised; a server that does not answer takes some seconds of each.
        """

    def open(self, organization: str, *, url: str, credential: Credential) -> GitHost:
        """Return the organization, without calling it yet; *url* is the integration's."""

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
        """Return how to set up by hand what `GitHost.subscribe` makes.

        *address* is the integration's, *url* the one that the service hook delivers to.
        *password* is shown where the page asks for it: say there where it is to be found.
        """

    def read_event(self, body: bytes) -> Event:
        """Return what a service hook's body means; MalformedAnswerError when it cannot be read."""

    def shortened_event(self, body: bytes) -> bytes:
        """Return an event's body with no more than tells what it is about; as read_event fails."""

    def trimmed_event(self, body: bytes, *, most: int) -> bytes:
        """Return a large body, of about *most* bytes, that tells the same facts; as read_event."""

    def facts(self, body: bytes, *, address: str, organizations: Sequence[str]) -> Facts:
        """Return all that a body tells by itself; as read_event fails.

        *address* and *organizations* are those of the integration that it was sent to.
        """

    def listed(self, repository: Repository) -> ListedRepository:
        """Return a repository as a listing would show it to a filter, as far as is known."""
