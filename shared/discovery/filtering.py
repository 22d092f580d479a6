"""Keep the repositories that an admin's JMESPath selects, within bounds.

An expression of a few characters can ask for millions of values: it can put what it is given
into a list twice, and again. So its syntax tree is looked at before it is used, how often it
could multiply its input most of all; what builds texts is measured; and every step is counted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError, ParseError
from jmespath.visitor import Options, TreeInterpreter

from shared.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LONGEST: Final = 2000
_MOST_NODES: Final = 400
_DEEPEST: Final = 40
_MOST_MULTIPLIED: Final = 64
"""Lists and objects of n things, one in the other or after each other, multiply their input."""
_MULTIPLYING: Final = frozenset({"multi_select_list", "multi_select_dict"})
_MOST_STEPS_EACH: Final = 500
_SPARE_STEPS: Final = 10_000
_MOST_VALUES_IN_A_TEXT: Final = 10_000
_LONGEST_TEXT: Final = 100_000


def check_filter(expression: str) -> None:
    """Return when the expression may be used; BadRequestError tells what is wrong, and where."""
    if expression.strip():
        _compile(expression)


def kept_by(expression: str, listed: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the ids of the repositories that the expression keeps; an empty one keeps all.

    What it returns is looked through for objects with an `id`. BadRequestError when it returns
    something else than a list, or asks for too much.
    """
    if not expression.strip():
        return {str(repository["id"]) for repository in listed}
    interpreter = _CountingInterpreter(len(listed))
    try:
        found = interpreter.visit(_compile(expression).parsed, list(listed))
    except JMESPathError as error:
        raise _refused(f"it fails on your repositories: {error}") from error
    if not isinstance(found, list):
        raise _refused("it must return a list of repositories, such as [?project.name=='Shop']")
    known = {str(repository["id"]) for repository in listed}
    ids = {str(r["id"]) for r in found if isinstance(r, dict) and "id" in r}
    return ids & known


def _compile(expression: str) -> Any:
    if len(expression) > LONGEST:
        raise _refused(f"it is longer than {LONGEST:,} characters")
    try:
        compiled = jmespath.compile(expression)
        nodes = list(_nodes(compiled.parsed, depth=0))
    except ParseError as error:
        raise _refused(f"{error.msg} at position {error.lex_position}") from error
    except JMESPathError as error:
        raise _refused(str(error)) from error
    except RecursionError as error:
        raise _refused("it is nested too deeply") from error
    if len(nodes) > _MOST_NODES:
        raise _refused("it is too complicated")
    multiplied = math.prod(len(n["children"]) for n in nodes if n["type"] in _MULTIPLYING)
    if multiplied > _MOST_MULTIPLIED:
        raise _refused("it lists too many things at once")
    return compiled


def _nodes(node: Mapping[str, Any], *, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEEPEST:
        raise _refused("it is nested too deeply")
    yield node
    for child in node.get("children", ()):
        if isinstance(child, dict):
            yield from _nodes(child, depth=depth + 1)


class _BoundedFunctions(functions.Functions):
    """The functions of JMESPath, those that build texts only from what is small."""

    @functions.signature({"types": []})
    def _func_to_string(self, value: Any) -> Any:
        _measure(value)
        return super()._func_to_string(value)  # type: ignore[misc]  # not in the stubs

    @functions.signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator: str, texts: list[str]) -> Any:
        if len(separator) * len(texts) + sum(map(len, texts)) > _LONGEST_TEXT:
            raise _refused("it makes too long a text")
        return super()._func_join(separator, texts)  # type: ignore[misc]  # not in the stubs


def _measure(value: Any) -> None:
    """Return when a value is small enough to be written out."""
    left = _MOST_VALUES_IN_A_TEXT
    length = 0
    waiting = [value]
    while waiting:
        one = waiting.pop()
        left -= 1
        if isinstance(one, str):
            length += len(one)
        elif isinstance(one, list):
            waiting += one[: left + 1]
        elif isinstance(one, dict):
            waiting += list(one.values())[: left + 1]
        if left < 0 or length > _LONGEST_TEXT:
            raise _refused("it makes too long a text")


class _CountingInterpreter(TreeInterpreter):
    """Evaluates an expression, and stops when it takes more steps than a filter may."""

    def __init__(self, repositories: int) -> None:
        super().__init__(Options(custom_functions=_BoundedFunctions()))
        self._steps_left = _SPARE_STEPS + repositories * _MOST_STEPS_EACH

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._steps_left -= 1
        if self._steps_left < 0:
            raise _refused("it takes too many steps")
        return super().visit(node, *args, **kwargs)


def _refused(reason: str) -> BadRequestError:
    return BadRequestError(
        "The JMESPath filter cannot be used.", fields={"repositories.jmespath": reason}
    )
