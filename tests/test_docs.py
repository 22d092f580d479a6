"""What the pages for operators name is there: commands, settings, routes, files, alarms, codes."""

from __future__ import annotations

import ast
import re
import runpy
import shlex
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from admin_console.__main__ import EXIT_STATUS
from admin_console.commands.parsing import parser_of
from admin_console.commands.table import COMMANDS, TOPICS
from devhost.declarations import declarations
from devhost.route_templates import Template
from shared import errors
from shared.scheduling.failing import GaveUpError
from shared.settings import read_settings
from shared.storage.rows import TooLargeError
from shared.web.answers import status_of_error
from tests.documents import (
    BOTH,
    LINES,
    OPERATE,
    ROOT,
    TROUBLE,
    code_of,
    in_code,
    rows,
    section,
    slugs,
)

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "SECURITY.md"])
BICEP = (ROOT / "infra/main.bicep").read_text()
PARAMETERS = set(
    re.findall(r"readEnvironmentVariable\('(\w+)'", (ROOT / "infra/main.bicepparam").read_text())
)


def commands() -> list[str]:
    found = re.findall(
        r"python -m admin_console((?: +(?:\"[^\"]*\"|[\w@./:,=-]+))+)", code_of(BOTH)
    )
    return sorted({line.strip() for line in found})


@pytest.mark.parametrize("line", commands())
def test_every_command_line_that_is_told_is_understood(line: str) -> None:
    parser = parser_of(COMMANDS, TOPICS, prog="python -m admin_console", description=None)
    status: object = 0

    try:
        parser.parse_args(shlex.split(line))
    except SystemExit as end:
        status = end.code  # 0 after --help

    assert status == 0


def test_every_target_of_make_that_is_told_exists() -> None:
    told = set(re.findall(r"\bmake ([a-z-]+)\b", code_of(BOTH)))
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert told
    assert told <= there


def test_every_file_that_is_told_exists() -> None:
    told = re.findall(r"(?<![\w./-])((?:infra|docs|\.github)/[\w./-]+\w)", code_of(BOTH))

    assert "infra/deploy.sh" in told
    assert [name for name in told if not (ROOT / name).exists()] == []


def test_every_setting_that_is_told_exists() -> None:
    asked: set[str] = set()

    class Asked(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            asked.add(name)
            return default

    with suppress(errors.SettingsError):
        read_settings(Asked())
    outputs = set(re.findall(r"^output (\w+)", BICEP, re.MULTILINE))
    code = code_of(BOTH)
    of_the_shell = set(re.findall(r"^(\w+)=", code, re.MULTILINE))

    told = set(re.findall(r"\b(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|AzureWebJobsStorage\w*)\b", code))

    assert told - asked - PARAMETERS - outputs - of_the_shell == set()


def test_everything_that_a_deployment_can_be_told_is_in_the_table() -> None:
    told = rows(section(OPERATE, "Settings of a deployment"))

    assert {name for row in told for name in in_code(row[0])} == PARAMETERS


def test_what_is_asked_of_a_deployment_is_told_by_it() -> None:
    asked = set(re.findall(r"\btold ([A-Z_]+)", code_of(BOTH)))

    assert asked
    assert asked <= set(re.findall(r"^output (\w+)", BICEP, re.MULTILINE))


@cache
def routes() -> list[Template]:
    app = runpy.run_path(str(ROOT / "function_app.py"))["app"]
    triggers = [trigger for one in declarations(app) for trigger in one.triggers]
    return [Template(one.route, prefix="api") for one in triggers if one.route is not None]


def test_every_route_that_is_told_exists() -> None:
    told = set(re.findall(r"(?<![\w.])/api/[\w/…-]+", code_of(BOTH)))

    assert told
    assert {
        path for path in told if not any(one.match(path) is not None for one in routes())
    } == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, place = target.partition("#")
        page = (path.parent / name).resolve() if name else path
        is_there = page.exists() and (not place or place in slugs(page.read_text()))
        broken += [] if is_there else [target]

    assert broken == []


def test_addresses_are_in_nobodys_language() -> None:
    addresses = re.findall(r"\]\((https?:[^)\s]+)\)", BOTH)

    assert addresses
    assert [one for one in addresses if not one.startswith("https://")] == []
    assert [one for one in addresses if re.search(r"/[a-z]{2}-[a-z]{2}/", one)] == []


ELSEWHERE = (GaveUpError, TooLargeError)
"""Errors that are not of the tree's own module; imported, they are found below its classes."""


def kinds_below(kind: type[errors.DevlinksError]) -> set[type[errors.DevlinksError]]:
    return {kind}.union(*(kinds_below(below) for below in kind.__subclasses__()))


def raised_alarms() -> set[str]:
    """Return the codes of alarms that the source names: `Alarm("hooks_silent", …)`."""
    return {
        node.args[0].value
        for path in (ROOT / "shared").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"Alarm", "Trouble", "Note"}
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_every_alarm_is_told_with_what_to_do_and_no_other() -> None:
    # What keeps an integration from being listed or read is shown by the code of its error.
    of_errors = {
        kind.code
        for family in (errors.GitHostError, errors.AdminError, errors.OperatorError)
        for kind in kinds_below(family)
    }
    table = rows(section(TROUBLE, "Alarms of an integration"))[1:]

    told = [code for row in table for code in in_code(row[0])]

    assert set(told) == raised_alarms() | of_errors
    assert len(told) == len(set(told))
    assert all(len(row) == 3 and all(row) for row in table)


@pytest.mark.parametrize(
    "kind", sorted(kinds_below(errors.DevlinksError), key=str), ids=lambda kind: kind.__name__
)
def test_every_error_is_told_beside_the_status_of_its_answer(
    kind: type[errors.DevlinksError],
) -> None:
    status = status_of_error(kind.__new__(kind)).value

    told = {row[0].rpartition(">")[2]: row[1] for row in rows(TROUBLE) if "<a id=" in row[0]}

    assert f"`{kind.code}`" in told[str(status)]


def test_every_code_that_ends_a_command_is_told() -> None:
    assert {code for code in EXIT_STATUS if f"`{code}`" not in TROUBLE} == set()


def test_every_alert_rule_is_told_and_no_other() -> None:
    text = (ROOT / "infra/modules/alerts.bicep").read_text()
    rules = text.partition("var rules = [")[2].partition("\n]\n")[0]

    told = {row[0].strip("`") for row in rows(section(TROUBLE, "Alerts from Azure"))[1:]}

    assert told == set(re.findall(r"name: '([a-z-]+)'", rules))
    assert ("seven alert rules" in OPERATE) == (len(told) == 7)


def test_every_line_that_a_query_asks_for_is_written() -> None:
    asked = set(re.findall(r'message startswith "(\w+) "', TROUBLE))
    written = {name for row in rows(LINES) for name in in_code(row[0])}

    assert asked
    assert asked <= written
