"""Renews grants that nobody uses, which the identity server would end after 90 days.

https://learn.microsoft.com/entra/identity-platform/refresh-tokens#token-lifetime
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.connections.refreshing import access_token
from shared.errors import DevlinksError, StorageUnavailableError
from shared.model import IntegrationId
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from datetime import datetime

    from shared.services import Services

_UNUSED_FOR: Final = timedelta(days=7)
_MOST_AT_ONCE: Final = 5
"""Each may take as long as the identity server takes; the others wait for the next tick."""
_log = log_of(__name__)


def keep_alive(services: Services, *, now: datetime) -> int:
    """Renew some of the grants that were not renewed for a week; return how many were tried.

    Those in use are renewed by whoever uses them; these are of integrations that are paused, or
    that live on service hooks. What was refused for good is left to its integration's discovery,
    and any other failure to the next tick.
    """
    listed = services.grants.list(ONE_GROUP)
    old = [r for r in listed if now - r.value.refreshed_at > _UNUSED_FOR]
    unused = [r for r in old if r.value.refusal != "signed_out"]
    unused.sort(key=lambda record: record.value.refused_at or record.value.refreshed_at)
    for record in unused[:_MOST_AT_ONCE]:
        try:
            access_token(services, IntegrationId(record.key))
        except StorageUnavailableError:
            raise
        except DevlinksError as error:
            _log.warning("grant_not_renewed integration=%s code=%s", record.key, error.code)
    return min(len(unused), _MOST_AT_ONCE)
