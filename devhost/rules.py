"""Find what Microsoft's host would refuse: names, triggers and routes.

Each rule names the type of azure-functions-host that has it. The Python SDK and worker
check none of them, so a mistake would first be seen on Azure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devhost.declarations import RETURN, SUPPORTED
from devhost.route_templates import Template
from devhost.routes import Route, hidden_routes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devhost.declarations import Binding, Declaration

# `Utility.IsValidFunctionName`
_FUNCTION_NAME = re.compile(r"[a-z][a-z0-9_\-]{0,127}", re.IGNORECASE | re.ASCII)
# `FunctionDescriptorProvider.ValidateBinding`
_BINDING_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]{0,127}")


def check(functions: Sequence[Declaration], *, route_prefix: str = "api") -> list[str]:
    """Return every mistake in *functions*, each as a clause that names its function."""
    mistakes = [f"function {it.name}: {text}" for it in functions for text in _mistakes_of(it)]
    mistakes += _repeated_names(functions)
    mistakes += _route_mistakes(functions, prefix=route_prefix)
    return mistakes


def route_of(declaration: Declaration, trigger: Binding) -> str:
    """Return the trigger's route; an empty one means the function's name."""
    return trigger.route if trigger.route and trigger.route.strip() else declaration.name


def methods_of(trigger: Binding) -> frozenset[str] | None:
    """Return the trigger's methods in capitals; None for every method."""
    return frozenset(method.upper() for method in trigger.methods) if trigger.methods else None


def _mistakes_of(declaration: Declaration) -> list[str]:
    mistakes = []
    name = declaration.name
    if not _FUNCTION_NAME.fullmatch(name) or name.lower() == "host":
        mistakes.append(
            "its name must begin with a letter, go on with letters, digits, _ and -,"
            " have at most 128 characters and not be host"
        )
    triggers = len(declaration.triggers)
    if triggers != 1:
        mistakes.append(f"it has {triggers} triggers in place of one")
    seen: set[str] = set()
    for binding in declaration.bindings:
        mistakes += _binding_mistakes(binding)
        if binding.name.lower() in seen:
            mistakes.append(f"two bindings are called {binding.name}")
        seen.add(binding.name.lower())
    answered = any(it.type == "http" and it.name == RETURN for it in declaration.bindings)
    if answered != any(it.type == "httpTrigger" for it in declaration.triggers):
        mistakes.append("an HTTP trigger and an HTTP answer belong together")
    if declaration.has_retry_policy:
        mistakes.append("retry policies are not supported by the development host")
    return mistakes


def _binding_mistakes(binding: Binding) -> list[str]:
    mistakes = []
    if binding.name != RETURN and not _BINDING_NAME.fullmatch(binding.name):
        mistakes.append(
            f"binding {binding.name} must begin with a letter and go on with letters and digits"
            " (no underscore)"
        )
    if binding.name == RETURN and binding.direction != "OUT":
        mistakes.append(f"binding {RETURN} must have direction out")
    if binding.type not in SUPPORTED:
        mistakes.append(f"binding type {binding.type} is not supported by the development host")
    if binding.type == "http" and binding.name != RETURN:
        mistakes.append(f"the HTTP answer must be bound to {RETURN}")
    return mistakes


def _repeated_names(functions: Sequence[Declaration]) -> list[str]:
    # azure-functions finds equal names; the host compares without letter case.
    first: dict[str, str] = {}
    return [
        f"function {it.name}: another one is called {first[it.name.lower()]}"
        for it in functions
        if first.setdefault(it.name.lower(), it.name) != it.name
    ]


def _route_mistakes(functions: Sequence[Declaration], *, prefix: str) -> list[str]:
    mistakes: list[str] = []
    routes: list[Route[str]] = []
    for declaration in functions:
        for trigger in declaration.triggers:
            if trigger.type != "httpTrigger":
                continue
            text = route_of(declaration, trigger)
            try:
                template = Template(text, prefix=prefix)
            except ValueError as error:
                mistakes.append(f"function {declaration.name}: {error}")
                continue
            # `ScriptHost.ValidateHttpFunction`: a prefix of the text, not a path segment.
            if text.strip("/").lower().startswith(("admin", "runtime")):
                mistakes.append(
                    f"function {declaration.name}: route {text} begins with admin or runtime,"
                    " which belong to the host"
                )
            routes.append(Route(declaration.name, template, methods_of(trigger), declaration.name))
    return mistakes + _conflicts(routes) + _hidden(routes)


def _conflicts(routes: list[Route[str]]) -> list[str]:
    # `ScriptHost.HttpRoutesConflict`
    return [
        f"function {route.name}: {other.name} has the same route {other.template.text}"
        " for a method of both"
        for position, route in enumerate(routes)
        for other in routes[:position]
        if _same_route(route, other) and _methods_meet(route, other)
    ]


def _hidden(routes: list[Route[str]]) -> list[str]:
    distinct = [
        route
        for position, route in enumerate(routes)
        if not any(
            _same_route(route, other) and _methods_meet(route, other) for other in routes[:position]
        )
    ]
    return hidden_routes(distinct)


def _same_route(one: Route[str], other: Route[str]) -> bool:
    return one.template.text.strip("/").lower() == other.template.text.strip("/").lower()


def _methods_meet(one: Route[str], other: Route[str]) -> bool:
    return one.methods is None or other.methods is None or bool(one.methods & other.methods)
