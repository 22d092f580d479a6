from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from admin_console.commands import upgrade_commands
from shared.progress import Schema
from shared.services import ONE_GROUP
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    import pytest


def test_what_is_up_to_date_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    services = Installation().services

    upgrade_commands.upgrade_storage(services, Namespace())

    record = services.schema.get(ONE_GROUP, "schema")
    assert record is not None
    assert isinstance(record.value, Schema)
    assert capsys.readouterr().out == f"schema {record.value.version}\n"
