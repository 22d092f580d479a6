"""docs/telemetry.md tells of every line and every figure, and of none that there is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from shared.integrations.readiness import WAITED_FOR
from shared.telemetry.measures import MEASURES
from tests.telling import FORM, Line, lines, modules

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = (ROOT / "docs" / "telemetry.md").read_text()
LEVELS: Final = {"info": "I", "warning": "W", "error": "E", "exception": "E+"}
LINES: Final = lines()
QUOTED: Final = re.compile(r"`([^`]+)`")


def rows(title: str) -> list[list[str]]:
    """Return the cells of all tables below a heading, up to the next of its level."""
    level = title.partition(" ")[0]
    section = PAGE.partition(f"\n{title}\n")[2].partition(f"\n{level} ")[0]
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in cells]


def quoted(cell: str) -> list[str]:
    return QUOTED.findall(cell)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.where)
def test_every_line_has_the_one_form(line: Line) -> None:
    """A name in the past tense, then fields; what a value is made to fit cannot break them."""
    assert FORM.fullmatch(line.message), line.message
    assert line.level in LEVELS
    assert line.values == len(line.fields)
    assert "operation" not in line.fields


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_writes_lines_by_other_means(path: Path) -> None:
    text = path.read_text()
    writers = re.findall(r"getLogger\(|\blogging\.(?:info|warning|error|debug)\(|\bprint\(", text)

    is_program = path.parent.name == "commands" or path.name == "__main__.py"
    assert is_program or not writers or path.name in {"lines.py", "ssh_remote.py"}


def test_every_line_is_in_the_tables_with_its_level_and_fields() -> None:
    written: dict[str, tuple[set[str], set[str]]] = {}
    for line in LINES:
        levels, fields = written.setdefault(line.name, (set(), set()))
        levels.add(LEVELS[line.level])
        fields.update(line.fields)

    told = {quoted(row[0])[0]: ({row[1]}, set(quoted(row[2]))) for row in rows("## Lines")}

    assert told == written
    assert len(rows("## Lines")) == len(told), "a line stands there twice"


def test_every_figure_is_in_the_table() -> None:
    told = [
        (quoted(name)[0], kind, unit, quoted(source), tuple(quoted(by)))
        for name, kind, unit, source, by, _ in rows("## Figures")
    ]

    assert told == [
        (m.name, m.kind, m.unit, [m.line, m.field] if m.field else [m.line], m.by) for m in MEASURES
    ]


@pytest.mark.parametrize(
    "query", re.findall(r"```kusto\n(.*?)```", PAGE, re.DOTALL), ids=lambda query: query[:60]
)
def test_query_asks_for_what_is_written(query: str) -> None:
    known = {line.name: set(line.fields) for line in LINES}
    named = re.findall(r'message startswith "([a-z_]+) "', query)
    parsed = re.findall(r"parse-kv message as \((.*?)\)", query, re.DOTALL)
    asked = {name for fields in parsed for name in re.findall(r"(\w+):", fields)}

    assert set(named) <= set(known)
    assert not asked or asked <= set.union(*(known[name] for name in named))


def test_health_is_told_as_it_is() -> None:
    assert f"Each part has {'ten' if WAITED_FOR == 10 else WAITED_FOR} seconds" in PAGE


def test_lines_are_never_sampled_away() -> None:
    host = (ROOT / "host.json").read_text()

    assert '"excludedTypes": "Request;Exception;Trace"' in host
    assert '"Function": "Information"' in host
