"""Reads from the notification history what service hooks failed to deliver.

The history reaches back seven days, and holds what was tried: what happened while a hook was on
probation or disabled is not in it.
https://learn.microsoft.com/rest/api/azure/devops/hooks/notifications/query
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.decode import in_utc
from shared.interfaces.answers import LostEvent

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from shared.git_hosts.azure_devops.client import Client

_FAILED: Final = "failed"
_NOTHING: Final = frozenset({b"", b"null"})


def lost_events(
    client: Client,
    subscriptions: Collection[str],
    *,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[LostEvent]:
    """See GitHost.lost_events.

    Without ids the query would be about the whole organization's hooks: then nothing is asked.
    """
    if not subscriptions:
        return []
    query = {
        "subscriptionIds": sorted(subscriptions),
        "resultType": _FAILED,
        "minCreatedDate": _written(since),
        "maxCreatedDate": _written(until),
        "maxResults": limit,
        "includeDetails": True,
    }
    found = client.query(
        "/_apis/hooks/notificationsquery",
        query,
        wire.NotificationsQuery,
        what="history of service hooks",
    )
    return [_read(one) for one in found.results or () if one.result == _FAILED]


def _read(found: wire.Notification) -> LostEvent:
    body = bytes(found.details.event) if found.details is not None else b""
    return LostEvent(in_utc(found.created_date), b"" if body in _NOTHING else body)


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
