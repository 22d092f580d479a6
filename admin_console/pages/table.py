"""All pages of the console, in the order in which they are looked for."""

from __future__ import annotations

from typing import Final

from admin_console.pages import (
    adding,
    audit,
    by_hand,
    choosing,
    commits,
    connection,
    dashboard,
    deliveries,
    doctor,
    help_topics,
    integration,
    integrations,
    issues,
    organizations,
    repositories,
    rules,
    settings,
    sign_in,
    tokens,
    trackers,
    transfer,
    users,
    webhook,
)

PAGES: Final = (
    *sign_in.PAGES,
    *dashboard.PAGES,
    *integrations.PAGES,
    *adding.PAGES,
    *integration.PAGES,
    *organizations.PAGES,
    *repositories.PAGES,
    *choosing.PAGES,
    *settings.PAGES,
    *connection.PAGES,
    *doctor.PAGES,
    *issues.PAGES,
    *commits.PAGES,
    *by_hand.PAGES,
    *trackers.PAGES,
    *rules.PAGES,
    *webhook.PAGES,
    *deliveries.PAGES,
    *tokens.PAGES,
    *users.PAGES,
    *audit.PAGES,
    *transfer.PAGES,
    *help_topics.PAGES,
)
