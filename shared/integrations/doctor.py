"""Examines a connection before it is made, or as it is kept: every step by itself, in plain words.

Nothing is kept of it, and nothing is changed at the git host. What goes wrong is told, not raised.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from shared.connections.presenting import credential_of, signed_in
from shared.errors import BadRequestError, DevlinksError
from shared.integrations.connecting import check_connection
from shared.integrations.connections import Changes
from shared.integrations.credentials import stored_connection
from shared.interfaces.examining import Asked, Step, is_good, not_asked
from shared.interfaces.git_host_family import Credential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.configuration import Connection, Integration
    from shared.integrations.connections import NewConnection
    from shared.interfaces.git_host_family import Address, GitHostFamily
    from shared.model import GitHostKind
    from shared.services import Services

_SOON: Final = timedelta(days=14)
_EXPIRING: Final = frozenset({"pat", "service_principal"})
_NO_SIGN_IN: Final = (
    "Nobody has signed in yet: that is done in the browser, once the integration is added"
)


class Examination(Struct, frozen=True):
    """What was found, from the address to what may be written."""

    ok: bool
    """Nothing stands in the way of connecting; some of it may still be limited."""
    steps: tuple[Step, ...]


class _Shown(Struct, frozen=True):
    """What is to be shown to the git host, and what is told of it."""

    credential: Credential
    email: str
    expires_at: datetime | None


def examine(
    services: Services,
    git_host: GitHostKind,
    wanted: Changes,
    given: NewConnection | None,
    *,
    integration: Integration | None = None,
) -> Examination:
    """Return all steps of an examination; see `examine_steps`."""
    found = examine_steps(services, git_host, wanted, given, integration=integration)
    steps = tuple(found)
    return Examination(is_good(steps), steps)


def examine_stored(services: Services, integration: Integration) -> Examination:
    """Return how an integration is connected now, with the credential that is kept."""
    fields = {name: getattr(integration, name) for name in Changes.__struct_fields__}
    wanted = Changes(**fields)
    return examine(services, integration.git_host, wanted, None, integration=integration)


def examine_steps(
    services: Services,
    git_host: GitHostKind,
    wanted: Changes,
    given: NewConnection | None,
    *,
    integration: Integration | None = None,
) -> Iterator[Step]:
    """Yield each step as soon as it is known.

    With an *integration* and nothing *given*, the credential that it keeps is shown.
    """
    family = services.git_hosts[git_host]
    try:
        address = family.address(wanted.url, wanted.organizations)
    except BadRequestError as error:
        yield _wrong_address(error)
        return
    yield _address(wanted.url, address)
    if wanted.hooks_only:
        yield not_asked("sign_in", "the git host is never called, its service hooks tell of all")
    else:
        yield from _sign_in(services, git_host, address, wanted, given, integration=integration)
    if wanted.webhooks and "service_hooks" in family.offers:
        step = _webhook(services.public_url, git_host, address)
        yield replace(step, is_needed=wanted.hooks_only)


def _sign_in(
    services: Services,
    git_host: GitHostKind,
    address: Address,
    wanted: Changes,
    given: NewConnection | None,
    *,
    integration: Integration | None,
) -> Iterator[Step]:
    """Yield all steps for which the git host is asked, and when its credential ends."""
    family = services.git_hosts[git_host]
    try:
        shown = _shown(services, family, wanted, given, integration)
    except DevlinksError as error:
        yield _unusable(error)
        return
    if shown.credential.kind == "oauth" and not shown.credential.secret:
        yield not_asked("sign_in", _NO_SIGN_IN)
        return
    asked = Asked(
        work_items=wanted.index.work_items,
        service_hooks=wanted.webhooks,
        writes=wanted.writes == "integration",
        email=shown.email,
    )
    yield from family.examine(address, shown.credential, asked=asked)
    yield from _expiry(shown, services.clock())


def _shown(
    services: Services,
    family: GitHostFamily,
    wanted: Changes,
    given: NewConnection | None,
    integration: Integration | None,
) -> _Shown:
    """Return what is to be shown; BadRequestError, and errors of signing in elsewhere first."""
    if given is not None:
        check_connection(family, wanted, given, is_new=True)
        credential = signed_in(
            services, given.credential, tenant_id=given.tenant_id, client_id=given.client_id
        )
        return _Shown(credential, given.email, given.expires_at)
    if integration is None:
        return _Shown(Credential("none"), "", None)
    stored: Connection = stored_connection(services, integration)
    credential = credential_of(services, integration, stored)
    return _Shown(credential, stored.email, stored.expires_at)


def _wrong_address(error: BadRequestError) -> Step:
    return replace(_unusable(error), step="address")


def _unusable(error: DevlinksError) -> Step:
    message = str(error)
    if isinstance(error, BadRequestError) and error.fields:
        message += " " + "; ".join(f"{name}: {why}" for name, why in error.fields.items()) + "."
    return Step("sign_in", ok=False, message=message, next_step=error.next_step)


def _address(given: str, address: Address) -> Step:
    message = f"{address.url} is used."
    if address.rewritten:
        message = f"{_without_user(given.strip())} is used as {address.url}. {address.rewritten}"
    return Step("address", ok=True, message=message)


def _without_user(url: str) -> str:
    """Return an address without what stands before its host: it may be a token."""
    scheme, there, rest = url.partition("://")
    site, slash, path = rest.partition("/")
    return f"{scheme}{there}{site.rpartition('@')[2]}{slash}{path}"


def _expiry(shown: _Shown, now: datetime) -> Iterator[Step]:
    """Yield when a credential ends, of those that do so by themselves."""
    if shown.credential.kind not in _EXPIRING:
        return
    if shown.expires_at is None:
        yield Step(
            "expiry",
            None,
            "It cannot be read from the credential itself.",
            next_step="Give the day on which it expires, to be reminded two weeks before.",
            is_needed=False,
        )
        return
    left = shown.expires_at - now
    day = f"{shown.expires_at:%d %B %Y}"
    if left <= timedelta():
        message, next_step = f"It expired on {day}.", "Make a new one, and use it instead."
        yield Step("expiry", ok=False, message=message, next_step=next_step)
        return
    next_step = "Make a new one before, and replace the connection." if left < _SOON else ""
    message = f"It expires on {day}, in {left.days} days."
    yield Step("expiry", ok=True, message=message, next_step=next_step, is_needed=False)


def _webhook(public_url: str, git_host: GitHostKind, address: Address) -> Step:
    """Return whether service hooks can reach us, as far as our address tells.

    Azure DevOps sends a password over https alone, and the Services call no private network. What
    lies in one itself is taken to reach its neighbours.
    https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks
    """
    ours = urlsplit(public_url)
    is_beside = _is_private(urlsplit(address.url).hostname or "")
    message = next_step = ""
    if not public_url:
        message = "Service hooks have no address to deliver to."
        next_step = "Have PUBLIC_URL set to the address that Azure DevOps reaches this app at."
    elif ours.scheme != "https" and not is_beside:
        message = f"Service hooks deliver to https:// alone, and the app lies at {public_url}."
        next_step = "Have PUBLIC_URL set to an address with https://."
    elif git_host == "azure_devops" and not is_beside and _is_private(ours.hostname or ""):
        message = f"Azure DevOps Services deliver to public addresses alone, not to {public_url}."
        next_step = "Have PUBLIC_URL set to a public address."
    if message:
        return Step("webhook", ok=False, message=message, next_step=next_step)
    return Step("webhook", ok=True, message=f"Service hooks deliver to {public_url}.")


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host
