"""Match a request's path against the routes of the functions, as ASP.NET Core does.

The host tries the routes in the order of the **functions' names**: `get_issue` with
`issues/{key}` hides `recent_issues` with `issues/recent`. That is its rule
(`FunctionMetadataManager` sorts by name, `RouteCollection` takes the first that matches),
so it is ours; `hidden_routes` finds what can never be reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from devhost.route_templates import Template

if TYPE_CHECKING:
    from collections.abc import Iterable


_T = TypeVar("_T")


class Route(msgspec.Struct, Generic[_T], frozen=True):
    """Where a function is found."""

    name: str
    template: Template
    methods: frozenset[str] | None
    """In capitals; None for every method."""
    target: _T

    def takes(self, method: str) -> bool:
        """Tell whether a request with *method* may come here."""
        return self.methods is None or method in self.methods


class Match(msgspec.Struct, Generic[_T], frozen=True):
    """The function that takes a request."""

    target: _T
    values: dict[str, str]
    """Route parameters, decoded; one that was left out is absent."""


class RouteTable(Generic[_T]):
    """All routes of an app."""

    def __init__(self, routes: Iterable[Route[_T]]) -> None:
        self._routes = in_order(routes)

    def find(self, method: str, path: str) -> Match[_T] | None:
        """Return who takes *method* on the decoded *path*; None is a 404.

        There is no 405: a method that no function takes is a route that does not match,
        and HEAD is not GET.
        """
        for route in self._routes:
            if route.takes(method):
                values = route.template.match(path)
                if values is not None:
                    return Match(route.target, values)
        return None


def in_order(routes: Iterable[Route[_T]]) -> list[Route[_T]]:
    """Return *routes* in the order in which the host tries them."""
    return sorted(routes, key=lambda route: route.name.upper())


def hidden_routes(routes: Iterable[Route[_T]]) -> list[str]:
    """Return a mistake for each route that another one takes every request of."""
    ordered = in_order(routes)
    return [
        f"function {later.name} is never reached by {_methods(shared)} {later.template.text}:"
        f" {earlier.name} ({earlier.template.text}) comes first by name"
        for position, later in enumerate(ordered)
        for earlier in ordered[:position]
        if (shared := _shared(earlier, later)) != frozenset()
        and all(earlier.template.match(path) is not None for path in later.template.samples())
    ]


def _shared(one: Route[_T], other: Route[_T]) -> frozenset[str] | None:
    if one.methods is None:
        return other.methods
    if other.methods is None:
        return one.methods
    return one.methods & other.methods


def _methods(methods: frozenset[str] | None) -> str:
    return "any method on" if methods is None else "/".join(sorted(methods))
