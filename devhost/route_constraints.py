"""Say what a route parameter's inline constraint (`{id:int}`) lets through.

The table holds ASP.NET Core's own constraints, without `datetime`, `file` and `regex`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import msgspec


class Constraint(msgspec.Struct, frozen=True):
    """One test on a value."""

    text: str
    holds: Callable[[str], bool]


def parse_constraint(text: str) -> Constraint:
    """Return the constraint that *text* names, such as `int` or `length(2,4)`.

    Raises ValueError for one that is unknown or has wrong arguments.
    """
    name, _, rest = text.partition("(")
    arguments = [int(part) for part in rest.rstrip(")").split(",")] if rest else []
    make = _KINDS.get((name.lower(), len(arguments)))
    if make is None:
        raise ValueError(f"route constraint {text!r} is not known here")
    return Constraint(text, make(*arguments))


_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")
_DECIMAL = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")


def _is_integer(bits: int) -> Callable[[str], bool]:
    limit = 1 << (bits - 1)
    return lambda value: bool(_INTEGER.fullmatch(value)) and -limit <= int(value) < limit


def _is_guid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _number_in(lowest: float, highest: float) -> Callable[[str], bool]:
    return lambda value: bool(_INTEGER.fullmatch(value)) and lowest <= int(value) <= highest


def _length_in(lowest: float, highest: float) -> Callable[[str], bool]:
    return lambda value: lowest <= len(value) <= highest


_ENDLESS = float("inf")
_KINDS: dict[tuple[str, int], Callable[..., Callable[[str], bool]]] = {
    ("int", 0): lambda: _is_integer(32),
    ("long", 0): lambda: _is_integer(64),
    ("bool", 0): lambda: lambda value: value.lower() in ("true", "false"),
    ("guid", 0): lambda: _is_guid,
    ("alpha", 0): lambda: lambda value: value.isascii() and value.isalpha(),
    ("required", 0): lambda: bool,
    ("decimal", 0): lambda: lambda value: bool(_DECIMAL.fullmatch(value)),
    ("double", 0): lambda: lambda value: bool(_DECIMAL.fullmatch(value)),
    ("float", 0): lambda: lambda value: bool(_DECIMAL.fullmatch(value)),
    ("length", 1): lambda length: _length_in(length, length),
    ("length", 2): _length_in,
    ("minlength", 1): lambda lowest: _length_in(lowest, _ENDLESS),
    ("maxlength", 1): lambda highest: _length_in(0, highest),
    ("min", 1): lambda lowest: _number_in(lowest, _ENDLESS),
    ("max", 1): lambda highest: _number_in(-_ENDLESS, highest),
    ("range", 2): _number_in,
}
"""By name and number of arguments."""
