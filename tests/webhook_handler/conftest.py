"""An integration whose service hooks are received."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import azure.functions as func
import pytest

import webhook_handler
from shared.configuration import Webhook
from shared.hooks.subscriptions import password_purpose
from shared.model import IntegrationId
from shared.services import ONE_GROUP
from tests.links_api.conftest import add_integration
from tests.shared.web.in_memory import Installation, basic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.interfaces.storage import Storage
    from shared.messages import Delivery, Job

WEBHOOK = "0123456789abcdef0123456789abcdef"
INTEGRATION = IntegrationId("i1")
PASSWORD = "the-password-of-a-hook"
SENDER = basic("devlinks", PASSWORD)
WEBHOOKS = ["f" * 32, "", "x' or '1", "a%2Fb", "a#b", "a?b", "a\\b", "x" * 2000, "\0", "\t"]
"""Names of webhooks that there are not."""


class Receiver:
    """Receives deliveries for one webhook, as the Functions host hands them over."""

    def __init__(self, elsewhere: Storage | None = None) -> None:
        self.installation = Installation(elsewhere=elsewhere)
        add_integration(self.installation, INTEGRATION)
        self.keep(PASSWORD)

    def keep(self, *passwords: str, overlaps_until: datetime | None = None) -> None:
        """Have the webhook accept passwords, the newest first."""
        vault = self.installation.services.vault
        purpose = password_purpose(INTEGRATION)
        sealed = tuple(vault.seal(password, purpose=purpose) for password in passwords)
        webhook = Webhook(INTEGRATION, "devlinks", sealed, overlaps_until)
        self.installation.services.webhooks.put(ONE_GROUP, WEBHOOK, webhook)

    def request(
        self,
        body: bytes,
        *,
        webhook: str = WEBHOOK,
        headers: Mapping[str, str] | None = None,
    ) -> func.HttpRequest:
        """Return a delivery as it comes in; by default from the known sender."""
        return func.HttpRequest(
            "POST",
            f"http://localhost/api/webhooks/{webhook}",
            headers={"Authorization": SENDER} if headers is None else headers,
            route_params={"webhook_id": webhook},
            body=body,
        )

    def receive(
        self,
        body: bytes,
        *,
        webhook: str = WEBHOOK,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Return the status that a delivery is answered with."""
        request = self.request(body, webhook=webhook, headers=headers)
        response = webhook_handler.handle(request, self.installation.services)
        assert response.get_body() == b""
        return int(response.status_code)

    @property
    def jobs(self) -> list[Job]:
        """What is enqueued."""
        return self.installation.storage.queues.waiting["hooks"]

    @property
    def kept(self) -> list[Delivery]:
        """What the ledger holds, with bodies."""
        ledger = self.installation.services.storage.deliveries
        now = self.installation.clock.now()
        page = ledger.page(WEBHOOK, now=now, limit=1000)
        found = [ledger.get(WEBHOOK, delivery.id) for delivery in page]
        return [delivery for delivery in found if delivery is not None]


@pytest.fixture
def receiver() -> Receiver:
    """Return a receiver that has received nothing yet."""
    return Receiver()


def encoded(text: str) -> str:
    """Return a text in base64."""
    return base64.b64encode(text.encode()).decode()
