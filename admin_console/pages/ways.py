"""The ways to connect a git host, and what has to be typed for each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.configuration import ConnectionKind
from shared.errors import BadRequestError
from shared.integrations.connections import NewConnection
from shared.integrations.token_pages import TOKEN_PAGES, token_page
from shared.model import GitHostKind

if TYPE_CHECKING:
    from shared.errors import DevlinksError
    from shared.integrations.token_pages import TokenPage
    from shared.services import Services
    from shared.web.visits import Visit

AZURE: Final = "https://dev.azure.com"
_APPS: Final[frozenset[ConnectionKind]] = frozenset({"managed_identity", "service_principal"})
OPENS_MANY: Final[frozenset[ConnectionKind]] = frozenset({*_APPS, "oauth"})
"""What may open several organizations, so that there is something to choose."""
_UNTESTED: Final[frozenset[ConnectionKind]] = frozenset({"oauth", "ssh_key"})
"""What nobody can sign in with before it is kept: somebody has to allow it first."""
_TYPED: Final = ("url", "name", "collection", "user_name", "email", "expires_on", "host_key",
                 "tenant_id", "client_id")  # fmt: skip
"""What a form shows again after a mistake; never a secret."""


class Way(Struct, frozen=True):
    """One way to connect one kind of git host."""

    git_host: GitHostKind
    kind: ConnectionKind
    title: str
    what: str
    """What it is good for, in a sentence."""
    hooks_only: bool = False

    @property
    def id(self) -> str:
        """As addresses and forms name it."""
        return f"{self.git_host}.{'hooks' if self.hooks_only else self.kind}"

    @property
    def is_tested(self) -> bool:
        """Whether the doctor can look at it before it is kept."""
        return not self.hooks_only and self.kind not in _UNTESTED


WAYS: Final = (
    Way("azure_devops", "managed_identity", "Managed identity",
        "No secret at all: the identity of this installation is added to the organization."),
    Way("azure_devops", "service_principal", "Service principal",
        "An app registration of yours, with a client secret or a certificate."),
    Way("azure_devops", "oauth", "Sign in with Microsoft",
        "You allow access in the browser. Nothing to copy, and nothing that expires unnoticed."),
    Way("azure_devops", "pat", "Token",
        "A personal access token that somebody makes in Azure DevOps."),
    Way("azure_devops", "none", "Service hooks alone",
        "The git host is never called: what its service hooks tell is all that is indexed.",
        hooks_only=True),
    Way("azure_devops_server", "pat", "Token",
        "A personal access token that somebody makes on the server."),
    Way("azure_devops_server", "basic", "User name and password",
        "For servers that have no tokens. The server must allow basic authentication."),
    Way("azure_devops_server", "none", "Service hooks alone",
        "The server is never called, so that it can stand behind a firewall.", hooks_only=True),
    Way("git", "pat", "Token", "A token that GitHub, GitLab or another git host gives out."),
    Way("git", "basic", "User name and password", "What the git server takes over HTTPS."),
    Way("git", "ssh_key", "SSH key",
        "A key pair is made here; you add its public half to the repository's deploy keys."),
    Way("git", "none", "Public repository", "It can be read without signing in."),
)  # fmt: skip
"""Within a git host, what needs no secret comes first."""


def ways_of(services: Services, git_host: GitHostKind) -> list[Way]:
    """Return the ways that this installation has to connect a git host."""
    return [way for way in WAYS if way.git_host == git_host and _is_open(services, way)]


def find_way(services: Services, way_id: str) -> Way:
    """Return a way by its id; any other text gives the one that needs the least."""
    found = [way for way in WAYS if way.id == way_id and _is_open(services, way)]
    return found[0] if found else _easiest(services, way_id.partition(".")[0])


def lacks_sign_in(services: Services) -> bool:
    """Tell whether nobody set up how this installation signs in at Microsoft Entra."""
    return services.sign_in.server is None or services.sign_in.identities is None


def read_connection(visit: Visit, way: Way) -> NewConnection:
    """Return the credential that a form brings; BadRequestError names a field that is wrong."""
    return NewConnection(
        kind=way.kind,
        token=visit.form("token"),
        user_name=visit.form("user_name"),
        password=visit.form("password"),
        host_key=visit.form("host_key"),
        email=visit.form("email"),
        expires_at=_read_day(visit.form("expires_on")),
        tenant_id=visit.form("tenant_id"),
        client_id=visit.form("client_id"),
        client_secret=visit.form("client_secret"),
        certificate=visit.form("certificate"),
    )


def typed(visit: Visit) -> dict[str, str]:
    """Return what was typed into a form, to be shown again; never from an address.

    A link of somebody else's could name a server of theirs, which a token would be sent to.
    """
    return {name: visit.form(name) for name in _TYPED}


def mistakes(error: DevlinksError) -> dict[str, str]:
    """Return what is wrong by the names that the fields of the forms have."""
    fields: dict[str, str] = getattr(error, "fields", {})
    renamed = {"expires_at": "expires_on", "organizations": "url"}
    plain = {name.rpartition(".")[2]: why for name, why in fields.items()}
    return {renamed.get(name, name): why for name, why in plain.items()}


def making_of(way: Way, url: str) -> tuple[list[TokenPage], str]:
    """Return how a token is made for a way, and the page for it as far as *url* tells."""
    if way.kind != "pat":
        return [], ""
    pages = [page for page in TOKEN_PAGES if page.git_host == way.git_host]
    return pages, token_page(way.git_host, url)


def _is_open(services: Services, way: Way) -> bool:
    family = services.git_hosts[way.git_host]
    if way.hooks_only:
        return "service_hooks" in family.offers
    if way.kind == "oauth" and services.sign_in.server is None:
        return False
    if way.kind in _APPS and services.sign_in.identities is None:
        return False
    return way.kind in family.connection_kinds


def _easiest(services: Services, git_host: str) -> Way:
    """Return the way that needs the least: to sign in, else to paste a token."""
    open_ones = [way for way in WAYS if way.git_host == git_host and _is_open(services, way)]
    for kind in ("oauth", "pat"):
        for way in open_ones:
            if way.kind == kind:
                return way
    return _easiest(services, "azure_devops")


def _read_day(text: str) -> datetime | None:
    """Return the beginning of a day of UTC; None for no text."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        fields = {"expires_on": "write it as 2027-01-31"}
        raise BadRequestError("The day cannot be read.", fields=fields) from error
