"""Routes as a table that can be read; functions and the OpenAPI description are made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import azure.functions as func
from msgspec import Struct, field

from shared.configuration import Scope
from shared.errors import DevlinksError
from shared.telemetry.beginning import one_operation
from shared.telemetry.lines import log_of
from shared.web.answers import respond, respond_problem
from shared.web.calls import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.services import Services

_log = log_of(__name__)


class Parameter(Struct, frozen=True):
    """A query parameter."""

    name: str
    text: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})


class Route(Struct, frozen=True):
    """One method on one path."""

    method: str
    path: str
    """Without the base `/api`; parts in braces are the handler's."""
    handle: Callable[..., object]
    """Returns a value to be sent as JSON, or an Answer."""
    scope: Scope | None
    """What the caller's token or role must allow; None: anybody may call."""
    summary: str
    answer: type[Any] | None = None
    status: int = 200
    body: type[Any] | None = None
    patch: type[Any] | None = None
    """What the body is after it was merged into what there is (RFC 7396)."""
    is_body_optional: bool = False
    explains_itself: bool = True
    """Whether a refusal has a body, that of a problem."""
    query: tuple[Parameter, ...] = ()
    is_for_operators: bool = False
    """Whether the console's operators may call, who have not the scope."""
    named: str = ""

    @property
    def name(self) -> str:
        """The function's name, unique over the app: the handler's where nothing else is said."""
        return self.named or self.handle.__name__


LIMIT: Final = Parameter(
    "limit", "How many on a page.", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
)
CURSOR: Final = Parameter("cursor", "The `next` of the page before.")
PAGED: Final = (LIMIT, CURSOR)


_registered: list[Route] = []


def registered() -> tuple[Route, ...]:
    """Return every route that was registered or described, in that order."""
    return tuple(_registered)


def describe_route(route: Route) -> None:
    """Have a route described that is registered by other means."""
    _registered.append(route)


def blueprint_of(routes: Sequence[Route], services: Callable[[], Services]) -> func.Blueprint:
    """Return a blueprint with a function for each route.

    *services* is called for each request, so that wrong settings are told in an answer and do not
    keep the app from loading.
    """
    blueprint = func.Blueprint()
    for route in routes:
        _register(blueprint, route, services)
        describe_route(route)
    return blueprint


@one_operation()
def answer(request: func.HttpRequest, route: Route, services: Callable[[], Services]) -> Any:
    """Return the response to a request; whatever goes wrong becomes a problem document."""
    try:
        call = Call(request, services(), route.scope, is_for_operators=route.is_for_operators)
        return respond(route.handle(call))
    except DevlinksError as error:
        return respond_problem(error)
    except Exception:  # noqa: BLE001 — the last stop of this trigger
        _log.exception("request_failed route=%s", route.path)
        return respond_problem(
            DevlinksError("Something unexpected went wrong; the log tells more.")
        )


def _register(blueprint: func.Blueprint, route: Route, services: Callable[[], Services]) -> None:
    def function(req: func.HttpRequest) -> func.HttpResponse:
        response: func.HttpResponse = answer(req, route, services)
        return response

    function.__name__ = route.name
    function.__doc__ = route.summary
    registered = blueprint.route(
        route=route.path, methods=[route.method], auth_level=func.AuthLevel.ANONYMOUS
    )(function)
    blueprint.function_name(route.name)(registered)
