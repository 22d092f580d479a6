"""Read Bicep: as much of a file as the rules about it need.

What is written out is a Python value: objects, arrays, texts, numbers. What Azure works out is an
Expression, the text of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import tree_sitter_bicep
from msgspec import Struct
from tree_sitter import Language, Parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

Value: TypeAlias = "str | int | bool | list[Value] | dict[str, Value] | Loop | None"

_PARSER: Final = Parser(Language(tree_sitter_bicep.language()))
_DECLARATIONS: Final = {
    "parameter_declaration": "param",
    "variable_declaration": "var",
    "resource_declaration": "resource",
    "module_declaration": "module",
    "output_declaration": "output",
}
_NOT_NAMES: Final = {"type", "property_identifier", "comment"}
_NAMESPACES: Final = {"az", "sys"}
FUNCTIONS: Final = {
    *("cidrSubnet", "empty", "environment", "filter", "guid", "int", "items", "join"),
    *("loadTextContent", "resourceId", "split", "string", "subscription"),
    *("subscriptionResourceId", "tenant", "toLower", "toObject", "union", "uniqueString"),
}
"""Those of Bicep that are used here; another has to be looked up first."""


class Expression(str):
    """What Azure works out, as it is written."""

    __slots__ = ()


class Loop(Struct, frozen=True):
    """A value for each of some items."""

    over: str
    body: Value


class Declaration(Struct, frozen=True):
    """What a statement declares."""

    kind: str
    name: str
    type: str
    """Of a resource its type and version, of a module its path, else how the type is written."""
    value: Value
    """Of a parameter its default."""
    is_optional: bool
    """Whether a parameter has a default, or something is made on a condition."""
    is_existing: bool
    decorators: dict[str, Value]
    line: int


class File(Struct, frozen=True):
    """A Bicep file."""

    path: Path
    declarations: tuple[Declaration, ...]
    syntax_errors: tuple[str, ...]
    unknown_names: tuple[str, ...]
    unused_names: tuple[str, ...]

    def of(self, kind: str) -> dict[str, Declaration]:
        """Return what is declared of a kind, by name."""
        return {d.name: d for d in self.declarations if d.kind == kind}

    def named(self, name: str) -> Declaration:
        """Return what is declared by a name, other than outputs; KeyError for nothing."""
        return {d.name: d for d in self.declarations if d.kind != "output"}[name]


def read(path: Path) -> File:
    """Return what a file declares; mistakes in it are told of there."""
    root = _PARSER.parse(path.read_bytes()).root_node
    declarations: list[Declaration] = []
    decorators: dict[str, Value] = {}
    used: list[Node] = []
    for node in root.named_children:
        if node.type == "decorators":
            decorators = dict(_decorator(child) for child in node.named_children)
        elif node.type in _DECLARATIONS:
            declarations.append(_declaration(node, decorators))
            decorators = {}
            used += _names_used(node)
    known = {d.name for d in declarations if d.kind != "output"} | FUNCTIONS | _NAMESPACES
    used_names = {_text(node) for node in used}
    return File(
        path,
        tuple(declarations),
        tuple(_syntax_errors(root)),
        tuple(
            f"line {node.start_point[0] + 1}: {_text(node)}"
            for node in used
            if _text(node) not in known
        ),
        tuple(
            d.name for d in declarations if d.kind in {"param", "var"} and d.name not in used_names
        ),
    )


def _declaration(node: Node, decorators: dict[str, Value]) -> Declaration:
    name, *rest = node.named_children
    kind = _DECLARATIONS[node.type]
    has_type = bool(rest) and (rest[0].type == "type" or kind in {"resource", "module"})
    content = rest[1:] if has_type else rest
    body = content[-1] if content else None
    is_conditional = body is not None and body.type == "if_statement"
    return Declaration(
        kind,
        _text(name),
        _text(rest[0]).strip("'") if has_type else "",
        _value(body) if body is not None else None,
        is_conditional or (kind == "param" and body is not None),
        any(child.type == "existing" or _text(child) == "existing" for child in node.children),
        decorators,
        node.start_point[0] + 1,
    )


def _decorator(node: Node) -> tuple[str, Value]:
    call = node.named_children[0]
    name, arguments = call.named_children
    return _text(name), _value(arguments.named_children[0]) if arguments.named_children else None


def _value(node: Node) -> Value:  # noqa: PLR0911 — a table of the kinds of values
    if node.type == "object":
        properties = [n for n in node.named_children if n.type == "object_property"]
        return {_key(n.named_children[0]): _value(n.named_children[-1]) for n in properties}
    if node.type == "array":
        return [_value(n) for n in node.named_children if n.type != "comment"]
    if node.type == "string":
        parts = node.named_children
        if any(part.type == "interpolation" for part in parts):
            return Expression(_text(node))
        return "".join(_unescaped(part) for part in parts)
    if node.type == "number":
        return int(_text(node))
    if node.type == "boolean":
        return _text(node) == "true"
    if node.type == "null":
        return None
    if node.type == "if_statement":
        return _value(node.named_children[-1])
    if node.type == "for_statement":
        *_, over, body = node.named_children
        return Loop(_text(over), _value(body))
    return Expression(_text(node))


def _key(node: Node) -> str:
    return _text(node).strip("'")


def _unescaped(part: Node) -> str:
    return _text(part)[1:] if part.type == "escape_sequence" else _text(part)


def _syntax_errors(node: Node) -> Iterator[str]:
    if node.is_missing or node.type == "ERROR":
        yield f"line {node.start_point[0] + 1}: {_text(node)[:40]}"
    else:
        for child in node.children:
            if child.has_error or child.is_missing:
                yield from _syntax_errors(child)


def _names_used(declaration: Node) -> Iterator[Node]:
    _, *rest = declaration.named_children
    for node in rest:
        yield from _names_in(node, frozenset())


def _names_in(node: Node, bound: frozenset[str]) -> Iterator[Node]:
    """Return the names that are used in a node, apart from those that it binds itself."""
    children = node.named_children
    if node.type in _NOT_NAMES:
        return
    if node.type == "identifier":
        if _text(node) not in bound:
            yield node
        return
    if node.type == "object_property":
        children = children if children[0].type == "string" else children[1:]
    elif node.type == "for_statement":
        *variables, over, body = children
        yield from _names_in(over, bound)
        bound |= {
            word for v in variables for word in _text(v).strip("()").replace(",", " ").split()
        }
        children = [body]
    elif node.type == "lambda_expression":
        *variables, body = children
        bound |= {
            word for v in variables for word in _text(v).strip("()").replace(",", " ").split()
        }
        children = [body]
    for child in children:
        yield from _names_in(child, bound)


def _text(node: Node) -> str:
    return (node.text or b"").decode()
