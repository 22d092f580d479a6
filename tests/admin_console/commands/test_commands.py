"""The table of commands, and the parser that is made of it."""

from __future__ import annotations

import pytest

import admin_console
from admin_console.commands.parsing import parser_of
from admin_console.commands.table import COMMANDS, TOPICS


def test_every_command_is_told_and_is_there_once() -> None:
    words = [command.words for command in COMMANDS]

    assert len(set(words)) == len(words)
    assert all((command.run.__doc__ or "").strip() for command in COMMANDS)


def test_every_topic_has_commands_and_no_other_is_told() -> None:
    assert {c.words.split()[0] for c in COMMANDS if " " in c.words} == set(TOPICS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_help_of_every_command_can_be_read(
    command: object, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = parser_of(COMMANDS, TOPICS, prog="admin_console", description=None)

    with pytest.raises(SystemExit) as ended:
        parser.parse_args([*command.words.split(), "--help"])  # type: ignore[attr-defined]

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: admin_console")


BY_COMMAND = {
    "GET health/ready": "health",
    "GET trackers": "tracker list",
    "POST trackers": "tracker add",
    "GET trackers/{tracker_id}": "tracker show",
    "PATCH trackers/{tracker_id}": "tracker change",
    "DELETE trackers/{tracker_id}": "tracker remove",
    "GET trackers/{tracker_id}/prefixes": "tracker prefixes",
    "POST trackers/{tracker_id}/try": "tracker try",
    "POST trackers/{tracker_id}/rules/preview": "tracker preview",
    "GET integrations": "integration list",
    "POST integrations": "integration add",
    "GET integrations/{integration_id}": "integration show",
    "PATCH integrations/{integration_id}": "integration change",
    "DELETE integrations/{integration_id}": "integration remove",
    "PUT integrations/{integration_id}/connection": "integration reconnect",
    "GET integrations/{integration_id}/status": "integration status",
    "GET integrations/{integration_id}/activity": "integration activity",
    "GET integrations/{integration_id}/repositories": "integration repositories",
    "POST integrations/{integration_id}/repositories/preview": "integration preview",
    "GET integrations/{integration_id}/repositories/{repository_id}/commits": "commits",
    "POST integrations/test": "integration add",
    "POST integrations/{integration_id}/test": "integration test",
    "POST integrations/{integration_id}/reindex": "reindex",
    "POST integrations/{integration_id}/cancel": "integration cancel",
    "POST integrations/{integration_id}/pause": "integration pause",
    "POST integrations/{integration_id}/resume": "integration resume",
    "GET integrations/{integration_id}/webhook": "webhook show",
    "POST integrations/{integration_id}/webhook/rotate": "webhook rotate",
    "POST integrations/{integration_id}/webhook/reconcile": "webhook reconcile",
    "GET integrations/{integration_id}/deliveries": "deliveries list",
    "POST integrations/{integration_id}/deliveries/replay": "deliveries replay",
    "POST integrations/{integration_id}/deliveries/{delivery_id}/replay": "deliveries replay",
    "POST integrations/{integration_id}/deliveries/refill": "deliveries refill",
    "GET tokens": "token list",
    "POST tokens": "token create",
    "DELETE tokens/{token_id}": "token revoke",
    "GET users": "user list",
    "PUT users": "user set",
    "GET audit": "audit",
    "GET export": "export",
    "POST import": "import",
}
WITHOUT_COMMAND = {
    "GET health": "whoever runs a command sees that it lives",
    "GET openapi.json": "it describes HTTP",
}


def test_whatever_admins_can_do_over_http_has_a_command() -> None:
    routes = {f"{route.method} {route.path}" for route in admin_console.ROUTES}

    assert set(BY_COMMAND.values()) <= {command.words for command in COMMANDS}
    assert routes == BY_COMMAND.keys() | WITHOUT_COMMAND.keys()
