"""What an integration can be kept with, and what kind of connection it needs.

That is a token, or none where nothing is ever called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import BadRequestError
from shared.index.filtering import check_filter
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.connections import Changes, NewConnection
    from shared.interfaces.git_host import GitHostFamily
    from shared.services import Services


def token_to_keep(family: GitHostFamily, wanted: Changes, connection: NewConnection) -> str:
    """Return the token as it is kept; BadRequestError when it does not fit to what is wanted."""
    fields = {}
    if not family.is_called and not wanted.hooks_only:
        fields["hooks_only"] = "this git host is not called yet: it must be true"
    if connection.kind == "none" and not wanted.hooks_only and not fields:
        fields["connection.kind"] = "none is enough for hooks_only alone"
    if connection.kind == "none" and connection.token:
        fields["connection.token"] = "there is none with the kind none"
    if wanted.hooks_only and not wanted.webhooks:
        fields["webhooks"] = "hooks_only lives on them: it must be true"
    if wanted.hooks_only and not family.is_called and connection.kind != "none":
        fields["connection.kind"] = "none: this git host is not called"
    if fields:
        raise BadRequestError("The integration cannot be connected like this.", fields=fields)
    return "" if connection.kind == "none" else family.token(connection.token)


def check_connected(
    services: Services, family: GitHostFamily, changed: Integration, token: str
) -> None:
    """Return when a changed integration has what it needs; BadRequestError when it has not."""
    stored = services.connections.get(ONE_GROUP, changed.id)
    if changed.hooks_only and not changed.webhooks:
        reason = {"webhooks": "hooks_only lives on them: it must be true"}
    elif not changed.hooks_only and not family.is_called:
        reason = {"hooks_only": "this git host is not called yet: it must be true"}
    elif not changed.hooks_only and not token and stored and not stored.value.sealed_token:
        reason = {"connection.token": "needed once it is not hooks_only any more"}
    else:
        return
    raise BadRequestError("The integration cannot be kept like this.", fields=reason)


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
