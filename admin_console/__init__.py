"""What admins call: trackers, integrations, tokens, health; a shell's way is `__main__`."""

from __future__ import annotations

from admin_console import (
    activity,
    audit,
    commits,
    deliveries,
    health,
    integrations,
    reindexing,
    repositories,
    rule_changes,
    testing,
    tokens,
    trackers,
    transfer,
    users,
    webhooks,
)
from shared.bootstrap import services
from shared.web.routes import blueprint_of

ROUTES = (
    *health.ROUTES,
    *trackers.ROUTES,
    *rule_changes.ROUTES,
    *integrations.ROUTES,
    *testing.ROUTES,
    *repositories.ROUTES,
    *commits.ROUTES,
    *reindexing.ROUTES,
    *webhooks.ROUTES,
    *deliveries.ROUTES,
    *activity.ROUTES,
    *tokens.ROUTES,
    *users.ROUTES,
    *audit.ROUTES,
    *transfer.ROUTES,
)

blueprint = blueprint_of(ROUTES, services)
