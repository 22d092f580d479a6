"""Find what Microsoft's Python worker would refuse: parameters and annotations.

One refused function and the worker loads none of the app's functions, without a traceback.
The rules are those of `Registry.add_indexed_function` in azure-functions-runtime, which is
there for Python 3.13 and later only; these hold on every Python.
"""

from __future__ import annotations

import inspect
import typing
from typing import TYPE_CHECKING

from devhost.converters import accepts_input, accepts_output
from devhost.declarations import RETURN, SUPPORTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devhost.declarations import Binding, Declaration

CONTEXT = "context"


def check(functions: Sequence[Declaration]) -> list[str]:
    """Return every mistake in *functions*, each as a clause that names its function."""
    return [f"function {it.name}: {text}" for it in functions for text in _mistakes_of(it)]


def takes_context(declaration: Declaration) -> bool:
    """Tell whether the function asks for the invocation's context."""
    bound = {binding.name for binding in declaration.bindings}
    return CONTEXT in inspect.signature(declaration.call).parameters and CONTEXT not in bound


def takes_raw(declaration: Declaration, trigger: Binding) -> bool:
    """Tell whether the trigger's parameter is annotated `str` or `bytes`: raw data."""
    return typing.get_type_hints(declaration.call).get(trigger.name) in (str, bytes)


def _mistakes_of(declaration: Declaration) -> list[str]:
    try:
        hints = typing.get_type_hints(declaration.call)
    except Exception as error:  # noqa: BLE001 — an annotation is code and may raise anything
        reason = f"{type(error).__name__}: {error}"
        return [f"its annotations cannot be evaluated when it runs ({reason})"]
    bound = {it.name: it for it in declaration.bindings if it.name != RETURN}
    parameters = set(inspect.signature(declaration.call).parameters)
    if takes_context(declaration):
        parameters.discard(CONTEXT)
    mistakes = [f"parameter {name} has no binding" for name in sorted(parameters - set(bound))]
    mistakes += [f"binding {name} has no parameter" for name in sorted(set(bound) - parameters)]
    mistakes += _context_mistakes(declaration, hints)
    for binding in bound.values():
        if binding.name in hints and binding.type in SUPPORTED:
            mistakes += _parameter_mistakes(binding, hints[binding.name])
    return mistakes + _return_mistakes(declaration, hints)


def _context_mistakes(declaration: Declaration, hints: Mapping[str, object]) -> list[str]:
    annotation = hints.get(CONTEXT)
    if not takes_context(declaration) or annotation is None:
        return []
    if isinstance(annotation, type) and annotation.__name__ == "Context":
        return []
    return ["parameter context must be annotated azure.functions.Context"]


def _parameter_mistakes(binding: Binding, annotation: object) -> list[str]:
    if isinstance(annotation, type) and accepts_input(binding.type, annotation):
        return []
    return [f"parameter {binding.name} of type {binding.type} cannot be {_shown(annotation)}"]


def _return_mistakes(declaration: Declaration, hints: Mapping[str, object]) -> list[str]:
    for binding in declaration.bindings:
        if binding.name != RETURN or binding.type not in SUPPORTED or "return" not in hints:
            continue
        annotation = hints["return"]
        if not isinstance(annotation, type) or not accepts_output(binding.type, annotation):
            return [f"it cannot be annotated to return {_shown(annotation)}"]
    return []


def _shown(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
