"""Give a webhook a new password while deliveries with the old one go on being accepted.

Our own hooks are moved to it in the background, once every receiver knows it; those that somebody
set up by hand have a day.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.configuration import Webhook
from shared.errors import ChangedError, ConflictError, UnknownThingError
from shared.hooks import reconciling
from shared.hooks.subscriptions import password_purpose
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.services import Services

PASSWORD_BYTES: Final = 24
OVERLAP: Final = timedelta(days=1)
MOST_LIVE: Final = 3
"""Two, and one more for whoever lost the first answer."""
_log = log_of(__name__)


class NewPassword(Struct, frozen=True):
    """A password just made, and the only time that it is at hand."""

    user_name: str
    text: str
    overlaps_until: datetime

    def __repr__(self) -> str:
        return f"NewPassword({self.user_name!r}, …)"


def new_password() -> str:
    """Return a password of 192 bits, without white space."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def rotate(services: Services, integration: Integration) -> NewPassword:
    """Make a new password; the ones before it are accepted for a day, and until our hooks moved.

    ConflictError while earlier ones are still being replaced, or when somebody else rotates it
    at the same time. Receivers know the new one within a minute.
    """
    record = services.webhooks.get(ONE_GROUP, integration.webhook_id)
    if record is None:
        raise UnknownThingError(
            "The integration has no webhook.", next_step="It is being deleted: add it again."
        )
    known = record.value
    now = services.clock()
    live = known.live_passwords(now)
    if len(live) >= MOST_LIVE:
        raise ConflictError(
            "The password was replaced twice, and the old ones are still accepted.",
            next_step="Try again in a day.",
        )
    text = new_password()
    sealed = services.vault.seal(text, purpose=password_purpose(integration.id))
    overlaps_until = now + OVERLAP
    rotated = Webhook(
        integration=known.integration,
        user_name=known.user_name,
        sealed_passwords=(sealed, *live),
        overlaps_until=overlaps_until,
        version=known.version + 1,
        rotated_at=now,
        is_moved=integration.hooks_only,
    )
    try:
        services.webhooks.replace(record, rotated)
    except ChangedError as error:
        raise ConflictError("The password is being replaced by somebody else.") from error
    services.known_webhooks.forget(ONE_GROUP, integration.webhook_id)
    if not integration.hooks_only:
        reconciling.ask(services, integration, delay=reconciling.SETTLED_AFTER)
    _log.info("webhook_rotated integration=%s version=%d", integration.id, rotated.version)
    return NewPassword(known.user_name, text, overlaps_until)
