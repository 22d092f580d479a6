"""What admins call: trackers, integrations, tokens, health; a shell's way is `__main__`."""

from __future__ import annotations

from admin_console import (
    audit,
    deliveries,
    health,
    integrations,
    reindexing,
    repositories,
    rule_changes,
    tokens,
    trackers,
    webhooks,
)
from shared.bootstrap import services
from shared.web.routes import blueprint_of

ROUTES = (
    *health.ROUTES,
    *trackers.ROUTES,
    *rule_changes.ROUTES,
    *integrations.ROUTES,
    *repositories.ROUTES,
    *reindexing.ROUTES,
    *webhooks.ROUTES,
    *deliveries.ROUTES,
    *tokens.ROUTES,
    *audit.ROUTES,
)

blueprint = blueprint_of(ROUTES, services)
