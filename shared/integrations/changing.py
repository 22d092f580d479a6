"""Judges a change of an integration before anything of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from shared.discovery.judging import reasons_of
from shared.errors import BadRequestError, WouldDisconnectError
from shared.integrations.connecting import as_offered, check_connection, check_wanted
from shared.integrations.credentials import Shown, completed, is_other, show

if TYPE_CHECKING:
    from shared.configuration import Connection, ConnectionKind, Integration
    from shared.integrations.connections import Changes, NewConnection
    from shared.interfaces.git_host_family import Credential, GitHostFamily
    from shared.services import Services

_DISCONNECTED_UNASKED: Final = 10
"""A change that would disconnect more repositories has to name how many."""
_SHOWN_TO_A_SERVER: Final[dict[ConnectionKind, str]] = {
    "pat": "connection.token",
    "basic": "connection.password",
}
"""What a server is shown as it is, by the field that an admin gives it in."""


def at_its_address(family: GitHostFamily, wanted: Changes) -> Changes:
    """Return *wanted* with its address in the one form that is kept; BadRequestError for none."""
    address = family.address(wanted.url, wanted.organizations)
    return replace(
        wanted,
        name=wanted.name or address.name or next(iter(address.organizations), address.url),
        url=address.url,
        organizations=address.organizations,
    )


def fitting(
    services: Services,
    known: Integration,
    wanted: Changes,
    given: NewConnection,
    stored: Connection,
    *,
    is_replaced: bool,
) -> tuple[Changes, Credential | None]:
    """Return what is wanted as it is kept, and the credential that is to be kept if that is new.

    BadRequestError names what does not fit.
    """
    family = services.git_hosts[known.git_host]
    wanted = as_offered(family, at_its_address(family, wanted))
    is_new = is_replaced or is_other(given, stored)
    check_connection(family, wanted, given, is_new=is_new)
    check_wanted(services, wanted)
    if not is_new and wanted.url == known.url:
        return wanted, None
    if not given.secret:
        _check_same_server(known.url, wanted.url, given.kind)
    credential = given.credential if is_replaced else completed(services, known, given, stored)
    return wanted, family.credential(credential, url=wanted.url)


def _check_same_server(before: str, after: str, kind: ConnectionKind) -> None:
    """Refuse with BadRequestError to show a kept secret to another server, or to it without TLS.

    Whoever may change an address would else be told secrets that nobody is told.
    """
    field = _SHOWN_TO_A_SERVER.get(kind)
    old, new = urlsplit(before), urlsplit(after)
    if field is not None and (old.scheme, old.netloc) != (new.scheme, new.netloc):
        raise BadRequestError(
            "The address is of another server, which is not shown the secret that is kept.",
            fields={field: "needed again with an address of another server"},
        )


def selects_otherwise(known: Integration, changed: Integration) -> bool:
    """Tell whether other repositories may be left out than before."""
    return (known.repositories, known.organizations) != (
        changed.repositories,
        changed.organizations,
    )


def reads_more(known: Integration, changed: Integration, *, is_connected_anew: bool) -> bool:
    """Tell whether what is indexed should be read again."""
    is_called_again = known.hooks_only and not changed.hooks_only
    is_wider = (known.index, known.trackers) != (changed.index, changed.trackers)
    is_wider = is_wider or changed.pull_request_window_days > known.pull_request_window_days
    return not changed.hooks_only and (is_connected_anew or is_wider or is_called_again)


def guard(
    services: Services,
    known: Integration,
    changed: Integration,
    credential: Credential,
    confirmed: int | None,
) -> Shown:
    """Return what is shown; WouldDisconnectError when too many repositories would be left out.

    The git host is asked with *credential*, whose refusal is raised.
    """
    shown = show(services.git_hosts[known.git_host], changed, credential)
    if shown.refusal:
        return shown
    listed = {one.repository.id: one for one in shown.repositories}
    reasons = reasons_of(listed, changed.repositories)
    stays = {identity for identity, reason in reasons.items() if reason is None}
    live = {r.key for r in services.repositories.list(known.id) if r.value.is_live}
    lost = len(live - stays)
    if lost > _DISCONNECTED_UNASKED and confirmed != lost:
        raise WouldDisconnectError(lost)
    return shown
