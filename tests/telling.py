"""Every log line that the product can write, as its source has it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
DEPLOYED: Final = (
    "admin_console",
    "index_worker",
    "links_api",
    "oauth_callback",
    "reindex_timer",
    "shared",
    "webhook_handler",
)
FIELD: Final = re.compile(r" ([a-z_]+)=%(?:s|d|\.3f)")
FORM: Final = re.compile(rf"(?P<name>[a-z]+(?:_[a-z]+)*)(?P<fields>(?:{FIELD.pattern})*)")
_LEVELS: Final = {"debug", "info", "warning", "error", "exception", "critical", "log"}


class Line(Struct, frozen=True):
    """One call that writes a line."""

    where: str
    level: str
    message: str
    values: int
    """How many are given for its fields."""

    @property
    def name(self) -> str:
        """What happened."""
        return self.message.partition(" ")[0]

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields, in order."""
        return tuple(FIELD.findall(self.message))


def modules() -> list[Path]:
    """Return every module that is deployed."""
    return sorted(path for name in DEPLOYED for path in (ROOT / name).rglob("*.py"))


def lines() -> list[Line]:
    """Return every line, in order of where it is written."""
    return [line for path in modules() for line in _lines_of(path)]


def _lines_of(path: Path) -> Iterator[Line]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        written_to = node.func.value
        if isinstance(written_to, ast.Name) and written_to.id == "_log":
            assert node.func.attr in _LEVELS
            message, *values = node.args
            text = message.value if isinstance(message, ast.Constant) else ""
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            yield Line(where, node.func.attr, str(text), len(values))
