"""Read what an app declares: its functions, their bindings and their code.

An app can be read once per process (`get_functions()` refuses a second time), so what was read
is remembered with the app.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import msgspec

from devhost.errors import AppInvalidError

if TYPE_CHECKING:
    import azure.functions as func

RETURN = "$return"
SUPPORTED = frozenset({"httpTrigger", "http", "queueTrigger", "timerTrigger"})
"""The types of binding that the development host has a part for."""


class Binding(msgspec.Struct, frozen=True, rename="camel"):
    """One binding as function.json has it; fields of other types of binding are None."""

    name: str
    type: str
    direction: str
    route: str | None = None
    methods: tuple[str, ...] | None = None
    auth_level: str | None = None
    queue_name: str | None = None
    connection: str | None = None
    schedule: str | None = None
    run_on_startup: bool | None = None
    use_monitor: bool | None = None

    @property
    def is_trigger(self) -> bool:
        """Whether it starts the function; the host goes by the end of the type's name."""
        return self.type.lower().endswith("trigger")


class Declaration(msgspec.Struct, frozen=True):
    """A function of the app, not yet checked."""

    name: str
    bindings: tuple[Binding, ...]
    call: Callable[..., object]
    has_retry_policy: bool

    @property
    def triggers(self) -> list[Binding]:
        """Return the bindings that would start it."""
        return [binding for binding in self.bindings if binding.is_trigger]

    @property
    def directory(self) -> Path:
        """Return the folder that its code lies in."""
        return Path(inspect.getfile(inspect.unwrap(self.call))).parent


class _FunctionJson(msgspec.Struct, frozen=True):
    bindings: tuple[Binding, ...]


_READ: WeakKeyDictionary[func.FunctionRegister, tuple[Declaration, ...]] = WeakKeyDictionary()


def declarations(app: func.FunctionRegister) -> tuple[Declaration, ...]:
    """Return the functions of *app* in the order of their definition.

    Raises AppInvalidError where azure-functions itself refuses the app, for two functions
    of one name for example.
    """
    if app not in _READ:
        try:
            _READ[app] = tuple(map(_declaration, app.get_functions()))
        except (ValueError, msgspec.DecodeError) as error:
            raise AppInvalidError([str(error).rstrip(".")]) from error
    return _READ[app]


def _declaration(function: func.Function) -> Declaration:
    name = function.get_function_name() or ""
    try:
        described = msgspec.json.decode(function.get_function_json(), type=_FunctionJson)
    except msgspec.ValidationError as error:
        raise msgspec.DecodeError(f"function {name}: {error}") from error
    return Declaration(
        name=name,
        bindings=described.bindings,
        call=function.get_user_function(),
        has_retry_policy=function.get_setting("retry_policy") is not None,
    )
