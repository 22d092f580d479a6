"""What infra describes, as the rules about it see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from msgspec import Struct

from tests.infra.bicep import Expression, File, Loop, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.infra.bicep import Declaration, Value

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = ROOT / "infra"

Rule: TypeAlias = "Callable[[Infrastructure], Iterator[str]]"
"""Tells what is wrong, nothing for nothing."""


class Template(Struct, frozen=True):
    """A template in JSON, which is a module like others."""

    path: Path
    content: dict[str, Any]

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters, by name."""
        found: dict[str, Any] = self.content["parameters"]
        return found

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs, by name."""
        found: dict[str, Any] = self.content.get("outputs", {})
        return found

    def resource(self, kind: str) -> dict[str, Any]:
        """Return the resource of a type; KeyError without one."""
        found: dict[str, dict[str, Any]] = {r["type"]: r for r in self.content["resources"]}
        return found[kind]


class Infrastructure(Struct, frozen=True):
    """All files of a folder."""

    folder: Path
    files: dict[str, File]
    """By their paths within it."""
    templates: dict[str, Template]

    @property
    def main(self) -> File:
        """What is deployed."""
        return self.files["main.bicep"]

    @property
    def parameters_text(self) -> str:
        """The file that says what an installation is like."""
        return (self.folder / "main.bicepparam").read_text()

    def module(self, name: str) -> File:
        """Return a module's file."""
        return self.files[f"modules/{name}.bicep"]

    def template(self, name: str) -> Template:
        """Return a module's template."""
        return self.templates[f"bricks/{name}.json"]


def load(folder: Path) -> Infrastructure:
    """Return what a folder describes."""
    return Infrastructure(
        folder,
        {str(path.relative_to(folder)): read(path) for path in sorted(folder.rglob("*.bicep"))},
        {
            str(path.relative_to(folder)): Template(path, json.loads(path.read_text()))
            for path in sorted(folder.rglob("*.json"))
        },
    )


def at(value: Value | Declaration, *steps: str | int) -> Value:
    """Return what lies at the end of *steps*, None where there is nothing; a loop is its body."""
    here: Value = value.value if not isinstance(value, _PLAIN) else value
    for step in steps:
        here = here.body if isinstance(here, Loop) else here
        if isinstance(here, dict):
            here = here.get(str(step))
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return None
    return here


_PLAIN: Final = (str, int, list, dict, Loop, type(None))


def rows(value: Value) -> list[Value]:
    """Return the items of an array; TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def table(value: Value) -> dict[str, Value]:
    """Return an object; TypeError for anything else."""
    if not isinstance(value, dict):
        raise TypeError(value)
    return value


def texts(value: Value) -> Iterator[str]:
    """Return every text in a value, names of properties among them."""
    if isinstance(value, str | Expression):
        yield str(value)
    elif isinstance(value, Loop):
        yield value.over
        yield from texts(value.body)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from texts(item)
