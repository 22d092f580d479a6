"""Read one route template of ASP.NET Core (`links/{issue_key}/{*rest}`) and match paths with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from devhost.route_constraints import Constraint, parse_constraint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PART = re.compile(
    r"\{(?P<stars>\*{0,2})(?P<name>[^{}:=?*/]+)(?P<constraints>(?::[^{}:=?/(]+(?:\([^()]*\))?)*)"
    r"(?:=(?P<default>[^{}?/]*))?(?P<optional>\?)?\}"
    r"|(?P<literal>(?:[^{}?/]|\{\{|\}\})+)"
)
_SAMPLES = ("x", "1", "true", "00000000-0000-0000-0000-000000000000", "1.5", "x" * 40)


class Parameter(msgspec.Struct, frozen=True):
    """A named part of a template."""

    name: str
    catch_all: bool
    optional: bool
    """Whether the path may end before it."""
    default: str | None
    constraints: tuple[Constraint, ...]

    def accepts(self, value: str) -> bool:
        """Tell whether every constraint holds for *value*."""
        return all(constraint.holds(value) for constraint in self.constraints)

    def sample(self) -> str:
        """Return some value that it accepts, or "x"."""
        return next((value for value in _SAMPLES if self.accepts(value)), "x")


Part = Parameter | str


class Template:
    """A parsed template; `text` is how it was written, without the prefix."""

    def __init__(self, text: str, *, prefix: str = "") -> None:
        self.text = text
        # A slash in front is one too many after a prefix, and means nothing without.
        self._segments = _segments(f"{prefix}/{text}" if prefix else text.removeprefix("/"))
        self._parameters = [
            part for segment in self._segments for part in segment if isinstance(part, Parameter)
        ]
        _check(self._segments, self._parameters)
        self._pattern = re.compile(_pattern(self._segments), re.IGNORECASE | re.DOTALL)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters' values if the decoded *path* matches, else None.

        Letter case does not count, nor does one slash at the end.
        """
        found = self._pattern.fullmatch(path)
        if found is None:
            return None
        values: dict[str, str] = {}
        for parameter, value in zip(self._parameters, found.groups(), strict=True):
            given = value or parameter.default
            if given is None:
                continue
            if parameter.constraints and not parameter.accepts(given):
                return None
            values[parameter.name] = given
        return values

    def samples(self) -> Iterator[str]:
        """Yield paths of every shape that the template matches: the shortest, the fullest."""
        required = [
            segment
            for segment in self._segments
            if not (isinstance(segment[0], Parameter) and segment[0].optional)
        ]
        yield "".join(map(_sample, required)) or "/"
        if len(required) < len(self._segments):
            yield "".join(map(_sample, self._segments))


def _sample(segment: Sequence[Part]) -> str:
    parts = (part if isinstance(part, str) else part.sample() for part in segment)
    deeper = "/x/x/x" if isinstance(segment[0], Parameter) and segment[0].catch_all else ""
    return "/" + "".join(parts) + deeper


def _segments(text: str) -> list[list[Part]]:
    if not text:
        return []
    segments = []
    for segment in _split(text):
        parts: list[Part] = []
        position = 0
        while position < len(segment):
            match = _PART.match(segment, position)
            if match is None:
                raise ValueError(f"route {text!r} cannot be read at {segment[position:]!r}")
            parts.append(_part(match))
            position = match.end()
        if not parts:
            raise ValueError(f"route {text!r} has an empty segment (two slashes, or one at an end)")
        segments.append(parts)
    return segments


def _split(text: str) -> list[str]:
    # One slash at the very end is allowed and means nothing.
    return text.removesuffix("/").split("/")


def _part(match: re.Match[str]) -> Part:
    if match["literal"]:
        return match["literal"].replace("{{", "{").replace("}}", "}")
    catch_all = bool(match["stars"])
    return Parameter(
        name=match["name"],
        catch_all=catch_all,
        optional=catch_all or bool(match["optional"]) or match["default"] is not None,
        default=match["default"],
        constraints=tuple(map(parse_constraint, _constraints(match["constraints"]))),
    )


def _constraints(text: str) -> list[str]:
    return re.findall(r":([^:(]+(?:\([^()]*\))?)", text)


def _check(segments: list[list[Part]], parameters: list[Parameter]) -> None:
    names = [parameter.name.lower() for parameter in parameters]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"route parameter {name!r} occurs twice")
    if any(parameter.catch_all for parameter in parameters[:-1]):
        raise ValueError("a catch-all parameter is not the last one")
    for segment in segments:
        if len(segment) > 1 and any(
            isinstance(part, Parameter) and part.optional for part in segment
        ):
            raise ValueError(
                "an optional parameter shares its segment, which is not supported here"
            )
    ends = [isinstance(segment[0], Parameter) and segment[0].optional for segment in segments]
    if ends != sorted(ends):
        raise ValueError("an optional parameter is not at the end, which is not supported here")


def _pattern(segments: list[list[Part]]) -> str:
    pattern, closing = "", ""
    for segment in segments:
        first = segment[0]
        if isinstance(first, Parameter) and first.catch_all:
            pattern += r"(?:/(.*))?"
        elif isinstance(first, Parameter) and first.optional:
            pattern += r"(?:/([^/]+)"
            closing += ")?"
        else:
            pattern += "/" + "".join(
                re.escape(part) if isinstance(part, str) else r"([^/]+)" for part in segment
            )
    return f"{pattern}{closing}/?"
