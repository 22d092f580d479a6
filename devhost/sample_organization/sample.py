"""The sample organization: everything together, to be started and stopped."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from .application import Application
from .clock import Clock
from .organization import Organization
from .server import LoopbackServer
from .tokens import EVERYTHING, Token
from .work_item_actions import WorkItemActions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta
    from typing import Literal

    from .behaviour import Behaviour
    from .calls import Calls
    from .faults import Faults
    from .hooks.subscriptions import SubscriptionStatus
    from .model import Person

OWNER = "Integration account"


class SampleOrganization(WorkItemActions):
    """An Azure DevOps organization on this machine.

    As a context manager it answers from the beginning of the block to its end. The bare
    repositories come into a new folder inside *folder*, and stay there. A second organization
    *beside* a first one is answered by its server, as `https://dev.azure.com` answers for all.
    With *server_folder* it is a collection of an Azure DevOps Server below that folder, of the age
    that `behaviour.newest_api_version` says: `http://localhost:8080/tfs/DefaultCollection`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "contoso",
        clock: Clock | None = None,
        port: int = 0,
        beside: SampleOrganization | None = None,
        server_folder: str = "",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        own_folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder))
        self.application: Application = beside.application if beside else Application()
        self._server: LoopbackServer | None = None
        if beside is None:
            self._server = LoopbackServer(self.application, port=port)
            base, shared = self._server.base, clock or Clock()
        else:
            base, shared = beside.base_url.removesuffix(f"/{server_folder}"), beside.clock
        organization = Organization(
            name, folder=own_folder, base=base, clock=shared, server_folder=server_folder
        )
        super().__init__(organization)
        self.url = organization.addresses.root
        """Where the organization answers."""
        self.base_url: str = organization.addresses.base
        """Where `https://dev.azure.com` and the identity services would be, all in one."""
        self.identity_url: str = self.base_url
        """Where the profile and the accounts are."""
        if beside is not None:
            self.organization.beside = beside.organization.beside
            self.organization.beside.append(self.organization)
        self.application.organizations.append(self.organization)
        self.token = self.issue_token().value
        """A personal access token that may do everything in this organization."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to answer and to deliver."""
        self.organization.deliveries.start()
        if self._server is not None:
            self._server.start()

    def stop(self) -> None:
        """Stop answering and delivering."""
        self.organization.faults.stop()
        if self._server is not None:
            self._server.stop()
        self.organization.deliveries.stop()

    @property
    def clock(self) -> Clock:
        """The organization's time."""
        return self.organization.clock

    @property
    def faults(self) -> Faults:
        """What goes wrong with the next calls."""
        return self.organization.faults

    @property
    def calls(self) -> Calls:
        """The calls so far."""
        return self.organization.calls

    @property
    def behaviour(self) -> Behaviour:
        """What is not the same everywhere, or not known."""
        return self.organization.behaviour

    def say_public_url(self, base: str) -> None:
        """Let the server tell addresses under *base*, as one does whose settings are wrong."""
        organization = self.organization
        organization.addresses = msgspec.structs.replace(organization.addresses, base=base)

    def issue_token(
        self,
        *,
        scopes: Iterable[str] = EVERYTHING,
        kind: Literal["pat", "global_pat", "entra"] = "pat",
        expires_at: datetime | None = None,
        by: str = OWNER,
    ) -> Token:
        """Make a token; of an Entra one the value goes into `Authorization: Bearer`."""
        organization = self.organization
        secret = organization.new_id("token", organization.new_event_id()).replace("-", "")
        value = f"{secret}{secret}aaaaaaaaaaaaAZDOaaaa" if kind != "entra" else f"ey{secret}"
        token = Token(value, self.person(by), frozenset(scopes), kind, expires_at)
        return organization.tokens.add(token)

    def accept(self, token: Token) -> None:
        """Let a token of another organization in, as an Entra token is good for several."""
        self.organization.tokens.add(token)

    def accept_people(self, owner: Callable[[str], Person | None]) -> None:
        """Accept access tokens of an identity server; *owner* tells whose one is, if it is good."""
        self.organization.accepts = owner

    def revoke_token(self, value: str = "") -> None:
        """Refuse a token from now on, by default `token`."""
        self.organization.tokens.revoke(value or self.token)

    def replace_token(self) -> str:
        """Refuse `token` from now on, and return another, which is `token` then."""
        self.revoke_token()
        self.token = self.issue_token().value
        return self.token

    def expire_token(self, value: str = "") -> None:
        """Let a token be past its end, by default `token`."""
        tokens = self.organization.tokens
        known = tokens.find(value or self.token)
        if known is None:
            raise LookupError("The token is not known.")
        ended = Token(known.value, known.person, known.scopes, known.kind, self.clock.now())
        tokens.add(ended)

    def limit_token(self, *scopes: str, value: str = "") -> None:
        """Leave a token only *scopes*, by default `token`."""
        tokens = self.organization.tokens
        known = tokens.find(value or self.token)
        if known is None:
            raise LookupError("The token is not known.")
        tokens.add(
            Token(known.value, known.person, frozenset(scopes), known.kind, known.expires_at)
        )

    def deny(self, *, project: str = "", repository: str = "") -> None:
        """Hide a project or a repository from all callers."""
        if project:
            self.behaviour.denied.add(self.organization.project(project).id)
        if repository:
            self.behaviour.denied.add(self.repository(repository).id)

    def allow_everything(self) -> None:
        """Show again what was hidden."""
        self.behaviour.denied.clear()

    def delete_subscription(self, identifier: str) -> None:
        """Delete a service hook subscription, as somebody does on the settings page."""
        self.organization.subscriptions.remove(identifier)

    def set_subscription_status(self, identifier: str, status: SubscriptionStatus) -> None:
        """Let a subscription be in a state that comes from elsewhere: its owner is gone, say."""
        self.organization.subscriptions.change(
            identifier, lambda one: msgspec.structs.replace(one, status=status)
        )

    def retire(self, person: str = OWNER) -> None:
        """Let somebody lose access: the subscriptions that they made are disabled, and stay so."""
        gone = self.person(person)
        self.behaviour.inactive.add(gone.id)
        for one in self.organization.subscriptions.all():
            if one.created_by.id == gone.id:
                self.set_subscription_status(one.id, "disabledByInactiveIdentity")

    def forbid_hooks(self, project: str) -> None:
        """Let nobody change the subscriptions of a project."""
        self.behaviour.hooks_forbidden_in.add(self.organization.project(project).id)

    def wait_for_deliveries(self, *, seconds: float = 10.0) -> None:
        """Return once every delivery that is due was tried; TimeoutError if that takes longer."""
        self.organization.deliveries.wait_until_idle(seconds=seconds)

    def let_time_pass(self, by: timedelta) -> None:
        """Let time pass at once, with every try of a delivery that falls into it."""
        self.organization.deliveries.let_pass(self.clock.now() + by)
