"""What an integration can be kept with, and which connection fits to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.discovery.filtering import check_filter
from shared.errors import BadRequestError
from shared.integrations.certificates import wrong_certificate
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import ConnectionKind
    from shared.integrations.connections import Changes, NewConnection
    from shared.interfaces.git_host_family import GitHostFamily
    from shared.services import Services

_NEEDED: Final[dict[ConnectionKind, tuple[str, ...]]] = {
    "pat": ("token",),
    "basic": ("user_name", "password"),
    "service_principal": ("tenant_id", "client_id"),
}
_ALLOWED: Final[dict[ConnectionKind, tuple[str, ...]]] = {
    "pat": ("token", "user_name"),
    "basic": ("user_name", "password"),
    "ssh_key": ("host_key",),
    "managed_identity": ("client_id",),
    "service_principal": ("tenant_id", "client_id", "client_secret", "certificate"),
}
_FIELDS: Final = (
    "token",
    "user_name",
    "password",
    "host_key",
    "tenant_id",
    "client_id",
    "client_secret",
    "certificate",
)
_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_CLIENT_SECRET: Final = re.compile(r"[\x21-\x7e]{1,500}")


def as_offered(family: GitHostFamily, wanted: Changes) -> Changes:
    """Return *wanted* without what the git host has not, which is not worth a refusal."""
    offers = family.offers
    index = wanted.index
    return replace(
        wanted,
        index=replace(
            index,
            pull_requests=index.pull_requests and "pull_requests" in offers,
            work_items=index.work_items and "work_items" in offers,
        ),
        webhooks=wanted.webhooks and "service_hooks" in offers,
    )


def check_connection(
    family: GitHostFamily, wanted: Changes, given: NewConnection, *, is_new: bool
) -> None:
    """Return when a connection fits to what is wanted; BadRequestError names each field.

    One that is not new may lack its secret, which is known.
    """
    fields = _live_on(family, wanted) or _of_kind(family, wanted, given.kind)
    for name in _FIELDS:
        is_given = bool(getattr(given, name))
        if is_given and name not in _ALLOWED.get(given.kind, ()):
            fields[f"connection.{name}"] = f"there is none with the kind {given.kind}"
        elif is_new and not is_given and name in _NEEDED.get(given.kind, ()):
            fields[f"connection.{name}"] = f"needed with the kind {given.kind}"
    fields = fields or _of_app(given, is_new=is_new)
    if fields:
        raise BadRequestError("The integration cannot be connected like this.", fields=fields)


def check_wanted(services: Services, wanted: Changes) -> None:
    """Return when an integration can be kept like this; BadRequestError names each field."""
    fields = {}
    if not wanted.name.strip():
        fields["name"] = "it is empty"
    unknown = [t for t in wanted.trackers if services.trackers.get(ONE_GROUP, t) is None]
    if unknown or not wanted.trackers:
        fields["trackers"] = f"there is no tracker {unknown[0]!r}" if unknown else "at least one"
    if not 1 <= wanted.pull_request_window_days <= 36_500:  # noqa: PLR2004 — a hundred years
        fields["pull_request_window_days"] = "between 1 and 36500"
    if fields:
        raise BadRequestError("The integration cannot be kept like this.", fields=fields)
    check_filter(wanted.repositories.jmespath)


def _of_app(given: NewConnection, *, is_new: bool) -> dict[str, str]:
    """Return what is wrong with what an app's identity signs in with."""
    fields = {
        f"connection.{name}": "it must be a GUID, as the Azure portal shows it"
        for name in ("tenant_id", "client_id")
        if getattr(given, name) and not _GUID.fullmatch(getattr(given, name))
    }
    if given.kind != "service_principal":
        return fields
    if given.client_secret and given.certificate:
        return {**fields, "connection.certificate": "there is a client_secret already"}
    if is_new and not given.secret:
        return {**fields, "connection.client_secret": "needed, or a certificate in its place"}
    if given.client_secret and not _CLIENT_SECRET.fullmatch(given.client_secret):
        return {**fields, "connection.client_secret": "it has no blanks; copy it as a whole"}
    if given.certificate and (reason := wrong_certificate(given.certificate)):
        return {**fields, "connection.certificate": reason}
    return fields


def _live_on(family: GitHostFamily, wanted: Changes) -> dict[str, str]:
    """Return what is wrong with the way that an integration is to hear of changes."""
    if wanted.hooks_only and "service_hooks" not in family.offers:
        return {"hooks_only": "this git host has no service hooks: it must be false"}
    if wanted.hooks_only and not wanted.webhooks:
        return {"webhooks": "hooks_only lives on them: it must be true"}
    return {}


def _of_kind(family: GitHostFamily, wanted: Changes, kind: ConnectionKind) -> dict[str, str]:
    """Return what is wrong with a kind of connection."""
    if kind == "none" and wanted.hooks_only:
        return {}
    if kind in family.connection_kinds:
        return {}
    kinds = ", ".join(family.connection_kinds)
    if kind == "none":
        return {"connection.kind": f"none is enough for hooks_only alone; else one of: {kinds}"}
    return {"connection.kind": f"this git host takes one of: {kinds}"}
