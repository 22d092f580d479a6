"""Keep the repositories that an admin's JMESPath selects, within bounds.

The syntax tree is looked at before it is used: its size and depth, the functions that it names,
and how often it could multiply its input, since an expression can put what it is given into a list
twice, and again. What it then does is measured; see `filter_bounds`.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import jmespath
from jmespath.exceptions import JMESPathError, ParseError
from jmespath.functions import Functions
from jmespath.lexer import Lexer

from shared.discovery.filter_bounds import BoundedInterpreter, Meter, TooMuchError
from shared.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LONGEST: Final = 2000
_MOST_NODES: Final = 600
_DEEPEST: Final = 40
_MOST_MULTIPLIED: Final = 64
"""Lists and objects of n things, one in the other or after each other, multiply their input."""
_MULTIPLYING: Final = frozenset({"multi_select_list", "multi_select_dict"})
_CHAINED: Final = frozenset({"or_expression", "and_expression", "pipe"})
"""What stands one behind the other is a tree as deep as it is long."""


def check_filter(expression: str) -> None:
    """Return when the expression may be used; BadRequestError tells what is wrong, and where."""
    if expression.strip():
        _parsed(expression)


def kept_by(expression: str, listed: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the ids of the repositories that the expression keeps; an empty one keeps all.

    What it returns is looked through for objects with an `id`. BadRequestError when it returns
    something else than a list, or asks for too much.
    """
    known = {str(repository["id"]) for repository in listed}
    if not expression.strip():
        return known
    interpreter = BoundedInterpreter(Meter.for_repositories(len(listed)))
    try:
        found = interpreter.visit(_parsed(expression), list(listed))
    except TooMuchError as error:
        raise _refused(str(error)) from error
    except RecursionError as error:
        raise _refused("it is nested too deeply") from error
    except (JMESPathError, TypeError, ValueError, ArithmeticError) as error:
        # The library leaves it to Python what, say, a step of 0 is.
        raise _refused(f"it fails on your repositories: {str(error)[:200]}") from error
    if not isinstance(found, list):
        raise _refused("it must return a list of repositories, such as [?project.name=='Shop']")
    return known & {str(r["id"]) for r in found if isinstance(r, dict) and "id" in r}


def _parsed(expression: str) -> Mapping[str, Any]:
    """Return the syntax tree of an expression that may be used."""
    if len(expression) > LONGEST:
        raise _refused(f"it is longer than {LONGEST:,} characters")
    try:
        tree: Mapping[str, Any] = jmespath.compile(expression).parsed
        nodes = list(_nodes(tree, depth=0))
    except ParseError as error:
        raise _refused(f"{_told(error)} at position {error.lex_position}") from error
    except JMESPathError as error:
        raise _refused(str(error)) from error
    except RecursionError as error:
        raise _refused("it is nested too deeply") from error
    if len(nodes) > _MOST_NODES:
        raise _refused("it is too complicated")
    multiplied = math.prod(len(n["children"]) for n in nodes if n["type"] in _MULTIPLYING)
    if multiplied > _MOST_MULTIPLIED:
        raise _refused("it lists too many things at once")
    _check_functions(expression, nodes)
    return tree


def _told(error: ParseError) -> str:
    if not error.token_value:
        return "something is missing"
    found = str(error.token_value)
    hint = " (two of them compare)" if found == "=" else ""
    return f"{found!r:.40} does not belong{hint}"


def _nodes(node: Mapping[str, Any], *, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEEPEST:
        raise _refused("it is nested too deeply")
    yield node
    for child in node.get("children", ()):
        if isinstance(child, dict):
            is_longer = child["type"] == node["type"] and node["type"] in _CHAINED
            yield from _nodes(child, depth=depth + (not is_longer))


def _check_functions(expression: str, nodes: Sequence[Mapping[str, Any]]) -> None:
    """Refuse functions that there are not, and too few or too many of their arguments."""
    for node in nodes:
        if node["type"] != "function_expression":
            continue
        name, given = node["value"], len(node["children"])
        known = Functions.FUNCTION_TABLE.get(name)
        if known is None:
            raise _refused(f"there is no function {name[:40]} at position {_at(expression, name)}")
        takes = known["signature"]
        is_open = bool(takes) and bool(takes[-1].get("variadic"))
        if given < len(takes) or (given > len(takes) and not is_open):
            text = f"{name} takes {len(takes)} argument{'s' if len(takes) > 1 else ''}"
            raise _refused(f"{text}, not {given}, at position {_at(expression, name)}")


def _at(expression: str, function: str) -> int:
    """Return where a function is first called by that name."""
    tokens = list(Lexer().tokenize(expression))
    for token, following in pairwise(tokens):
        if token["value"] == function and following["type"] == "lparen":
            return int(token["start"])
    return 0


def _refused(reason: str) -> BadRequestError:
    return BadRequestError(
        "The JMESPath filter cannot be used.", fields={"repositories.jmespath": reason}
    )
