"""The README says what is so."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import function_app
from admin_console.__main__ import EXIT_STATUS
from devhost import errors as devhost_errors
from shared.errors import SettingsError
from shared.settings import read_settings
from shared.web.routes import registered

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
BRACES = re.compile(r"\{[a-z_]+\}")


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def in_code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


class Asked(dict[str, str]):
    """An empty environment that notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return default


def test_every_setting_is_in_the_table_and_no_other() -> None:
    environment = Asked()
    with suppress(SettingsError):
        read_settings(environment)

    first_cells = [row.split("|")[1] for row in section("Settings").splitlines() if "|" in row]
    told = {name for cell in first_cells for name in in_code(cell)}

    assert told == environment.names


def test_every_route_is_in_the_table_and_no_other() -> None:
    assert function_app.app is not None
    known = {
        (route.method, BRACES.sub("{}", f"/{route.path}"))
        for route in registered()
        if route.path != "openapi.json"
    }
    told: set[tuple[str, str]] = set()
    for row in section("Endpoints").splitlines():
        methods: list[str] = []
        for code in in_code(row.partition("|")[2].partition("|")[0]):
            method, _, path = code.partition(" ")
            methods.append(method)
            if path:
                plain = BRACES.sub("{}", path.partition("?")[0])
                told |= {(method, plain) for method in methods}
                methods = []

    assert told == known


@pytest.mark.parametrize(("code", "status"), EXIT_STATUS.items())
def test_every_exit_status_of_the_command_line_is_told(code: str, status: int) -> None:
    told = section("Exit statuses")

    assert str(status) in told
    assert code in told or f"…_{code.removeprefix('git_host_')}" in told


def test_every_exit_status_of_the_development_host_is_told() -> None:
    statuses = {
        kind.exit_status
        for kind in vars(devhost_errors).values()
        if isinstance(kind, type)
        and issubclass(kind, devhost_errors.DevhostError)
        and kind is not devhost_errors.DevhostError
    }

    rows = [row.split("|") for row in section("Exit statuses").splitlines() if row.count("|") > 4]
    told = {int(row[4]) for row in rows if row[4].strip().isdigit()}

    assert statuses <= told


@pytest.mark.parametrize("target", ["demo", "run", "test", "check", "bench", "test-system"])
def test_every_target_of_make_that_is_told_of_exists(target: str) -> None:
    assert f"make {target}" in README
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
