"""Keep the repositories that an admin's JMESPath selects, within bounds.

An expression of a few characters can ask for millions of values. So its syntax tree is looked at
before it is used, and its evaluation is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import jmespath
from jmespath.exceptions import JMESPathError, ParseError
from jmespath.visitor import TreeInterpreter

from shared.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST: Final = 2000
_MOST_NODES: Final = 400
_DEEPEST: Final = 40
_WIDEST: Final = 25
_MOST_STEPS_EACH: Final = 500
_SPARE_STEPS: Final = 10_000
_LONGEST_STRING: Final = 100_000


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
        nodes = _measure(compiled.parsed, depth=0)
    except ParseError as error:
        raise _refused(f"{error.msg} at position {error.lex_position}") from error
    except JMESPathError as error:
        raise _refused(str(error)) from error
    except RecursionError as error:
        raise _refused("it is nested too deeply") from error
    if nodes > _MOST_NODES:
        raise _refused("it is too complicated")
    return compiled


def _measure(node: Mapping[str, Any], *, depth: int) -> int:
    """Return how many nodes a syntax tree has."""
    children = [child for child in node.get("children", ()) if isinstance(child, dict)]
    if depth > _DEEPEST:
        raise _refused("it is nested too deeply")
    if len(children) > _WIDEST:
        raise _refused("it lists too many things at once")
    return 1 + sum(_measure(child, depth=depth + 1) for child in children)


class _CountingInterpreter(TreeInterpreter):
    """Evaluates an expression, and stops when it takes more than a filter may."""

    def __init__(self, repositories: int) -> None:
        super().__init__()
        self._steps_left = _SPARE_STEPS + repositories * _MOST_STEPS_EACH
        self._most_items = 1000 + 4 * repositories

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._steps_left -= 1
        if self._steps_left < 0:
            raise _refused("it takes too many steps")
        found = super().visit(node, *args, **kwargs)
        if isinstance(found, list) and len(found) > self._most_items:
            raise _refused("it returns too many things")
        if isinstance(found, str) and len(found) > _LONGEST_STRING:
            raise _refused("it makes too long a text")
        return found


def _refused(reason: str) -> BadRequestError:
    return BadRequestError(
        "The JMESPath filter cannot be used.", fields={"repositories.jmespath": reason}
    )
