"""Every command there is, in the order in which help tells them."""

from __future__ import annotations

from typing import Final

from admin_console.commands import (
    backup_commands,
    connection_commands,
    delivery_commands,
    doctor_commands,
    health_commands,
    indexing_commands,
    integration_commands,
    key_commands,
    link_commands,
    people_commands,
    token_commands,
    tracker_commands,
    transfer_commands,
    upgrade_commands,
    webhook_commands,
)
from admin_console.commands.parsing import INTEGRATION, Command, argument

_KEYS: Final = (
    Command("keys list", key_commands.list_keys),
    Command("keys rotate", key_commands.rotate_keys),
    Command("keys reseal", key_commands.reseal_keys),
    Command("keys rewrap", key_commands.rewrap_keys),
    Command("keys remove", key_commands.remove_keys, (argument("key", help="its id"),)),
)

TOPICS: Final = {
    "integration": "integrations: connect, look, change, pause, take away",
    "webhook": "the service hooks of an integration",
    "deliveries": "received webhooks",
    "tracker": "trackers, and what an issue key is",
    "token": "API tokens",
    "user": "who uses the console",
    "keys": "the keys that secrets are sealed with",
}
"""What the first of two words is about."""

COMMANDS: Final = (
    *integration_commands.COMMANDS,
    *connection_commands.COMMANDS,
    Command("integration test", doctor_commands.test_integration, (INTEGRATION,)),
    *indexing_commands.COMMANDS,
    *link_commands.COMMANDS,
    *webhook_commands.COMMANDS,
    *delivery_commands.COMMANDS,
    *tracker_commands.COMMANDS,
    *token_commands.COMMANDS,
    *people_commands.COMMANDS,
    *transfer_commands.COMMANDS,
    *backup_commands.COMMANDS,
    *_KEYS,
    *health_commands.COMMANDS,
    *upgrade_commands.COMMANDS,
)
