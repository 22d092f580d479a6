"""Find the handler of a path: a tree of path segments, names in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .exchange import Answer, Request  # noqa: TC001 — msgspec reads the annotations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .organization import Organization

    Handler = Callable[[Organization, Request], Answer]


class Route(msgspec.Struct, frozen=True):
    """One row of the table of routes."""

    method: str
    template: str
    """What follows `_apis/`; `{name}` takes one segment, a last `{*name}` all that are left."""
    handler: Handler
    scope: str
    """What the token must have been given; empty for what any token may."""
    preview_only: bool = False
    """Whether no released API version has it."""


class Match(msgspec.Struct, frozen=True):
    """What a path leads to."""

    template: str
    routes: dict[str, Route]
    """By method."""
    values: dict[str, str]


class _Node:
    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.rest: dict[str, Route] = {}
        """Routes that take whatever is left."""
        self.routes: dict[str, Route] = {}


class Router:
    """Routes by path, then by method."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, segments: Sequence[str]) -> Match | None:
        """Return what *segments*, decoded, lead to; a fixed name comes before a placeholder."""
        return _find(self._root, segments, 0, [])

    def _add(self, route: Route) -> None:
        node = self._root
        for part in route.template.split("/"):
            if part.startswith("{*"):
                node.rest[route.method] = route
                return
            if part.startswith("{"):
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.children.setdefault(part.lower(), _Node())
        node.routes[route.method] = route


def _find(node: _Node, segments: Sequence[str], at: int, taken: list[str]) -> Match | None:
    if at == len(segments):
        return _match(node.routes, taken) if node.routes else None
    child = node.children.get(segments[at].lower())
    if child is not None:
        found = _find(child, segments, at + 1, taken)
        if found is not None:
            return found
    if node.any is not None:
        found = _find(node.any, segments, at + 1, [*taken, segments[at]])
        if found is not None:
            return found
    if node.rest:
        return _match(node.rest, [*taken, "/".join(segments[at:])])
    return None


def _match(routes: dict[str, Route], taken: list[str]) -> Match:
    template = next(iter(routes.values())).template
    names = [part.strip("{*}") for part in template.split("/") if part.startswith("{")]
    return Match(template, routes, dict(zip(names, taken, strict=True)))
