"""The functions of an app, checked and ready to be invoked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from devhost import rules, signatures
from devhost.declarations import RETURN, declarations
from devhost.errors import AppInvalidError
from devhost.route_templates import Template
from devhost.routes import Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    import azure.functions as func

    from devhost.declarations import Binding, Declaration


class HttpTrigger(msgspec.Struct, frozen=True):
    """Starts a function when a request comes."""

    route: str
    """Without the prefix."""
    methods: frozenset[str] | None
    """In capitals; None for every method."""
    auth_level: str
    """`anonymous`, `function` or `admin`."""


class QueueTrigger(msgspec.Struct, frozen=True):
    """Starts a function for each message of a queue."""

    queue: str
    connection: str


class TimerTrigger(msgspec.Struct, frozen=True):
    """Starts a function at set times."""

    schedule: str
    run_on_startup: bool
    use_monitor: bool | None
    """Whether a missed run is made up for; None leaves it to the schedule."""


Trigger = HttpTrigger | QueueTrigger | TimerTrigger


class Function(msgspec.Struct, frozen=True):
    """A function that can be invoked."""

    name: str
    trigger: Trigger
    parameter: str
    """The name of the parameter that the trigger's data goes to."""
    call: Callable[..., object]
    is_async: bool
    takes_context: bool
    takes_raw: bool
    """Whether the parameter wants the raw text in place of a rich object."""
    answers: bool
    """Whether a returned value goes anywhere; without, returning one is an error."""
    directory: Path


def index(app: func.FunctionRegister, *, route_prefix: str = "api") -> tuple[Function, ...]:
    """Return the functions of *app*; raises AppInvalidError naming every mistake in it."""
    declared = declarations(app)
    mistakes = rules.check(declared, route_prefix=route_prefix) + signatures.check(declared)
    if not declared:
        mistakes = ["the app has no functions"]
    if mistakes:
        raise AppInvalidError(mistakes)
    return tuple(map(_function, declared))


def http_routes(functions: Iterable[Function], *, prefix: str) -> list[Route[Function]]:
    """Return where each HTTP function is found under *prefix*."""
    return [
        Route(it.name, Template(it.trigger.route, prefix=prefix), it.trigger.methods, it)
        for it in functions
        if isinstance(it.trigger, HttpTrigger)
    ]


def _function(declaration: Declaration) -> Function:
    [trigger] = declaration.triggers
    return Function(
        name=declaration.name,
        trigger=_trigger(declaration, trigger),
        parameter=trigger.name,
        call=declaration.call,
        is_async=inspect.iscoroutinefunction(declaration.call),
        takes_context=signatures.takes_context(declaration),
        takes_raw=signatures.takes_raw(declaration, trigger),
        answers=any(binding.name == RETURN for binding in declaration.bindings),
        directory=declaration.directory,
    )


def _trigger(declaration: Declaration, trigger: Binding) -> Trigger:
    if trigger.type == "httpTrigger":
        return HttpTrigger(
            route=rules.route_of(declaration, trigger),
            methods=rules.methods_of(trigger),
            auth_level=(trigger.auth_level or "function").lower(),
        )
    if trigger.type == "queueTrigger":
        return QueueTrigger(trigger.queue_name or "", trigger.connection or "")
    return TimerTrigger(
        schedule=trigger.schedule or "",
        run_on_startup=bool(trigger.run_on_startup),
        use_monitor=trigger.use_monitor,
    )
