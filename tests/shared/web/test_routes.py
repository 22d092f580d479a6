from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import azure.functions as func
import msgspec
import pytest

import admin_console
import links_api
import shared.bootstrap
from devhost.functions import http_routes, index
from devhost.route_templates import Template
from devhost.routes import Route as HostRoute
from devhost.routes import RouteTable, hidden_routes
from shared.errors import BadIssueKeyError, SettingsError, StorageUnavailableError
from shared.web import routes as routes_module
from shared.web.answers import Answer
from shared.web.routes import Route, answer, blueprint_of

if TYPE_CHECKING:
    from shared.services import Services
    from shared.web.calls import Call
    from tests.shared.web.in_memory import Installation

ROUTES = (*links_api.ROUTES, *admin_console.ROUTES)


def raising(error: Exception) -> Route:
    def handle(call: Call) -> object:
        raise error

    return Route("GET", "probe", handle, None, "Fails.")


def no_services() -> Services:
    raise SettingsError(["LOCAL_KEY_RING is not set: the file with the keys that seal secrets"])


def request_of(route: Route) -> func.HttpRequest:
    return func.HttpRequest(route.method, f"http://localhost/api/{route.path}", body=b"")


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (BadIssueKeyError("'x' is not an issue key."), (400, "bad_issue_key")),
        (StorageUnavailableError("Table storage did not answer."), (503, "storage_unavailable")),
    ],
)
def test_error_of_a_handler_becomes_a_problem_document(
    installation: Installation, error: Exception, problem: tuple[int, str]
) -> None:
    assert installation.ask(raising(error)).problem == problem


def test_unexpected_error_tells_the_log_and_not_the_caller(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    answered = installation.ask(raising(RuntimeError("secret-of-ours")))

    assert answered.problem == (500, "internal")
    assert b"secret-of-ours" not in answered.body
    [record] = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert "request_failed route=probe" in record.getMessage()
    assert record.exc_info is not None


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_tells_which_settings_are_wrong(route: Route) -> None:
    response = answer(request_of(route), route, no_services)

    problem = msgspec.json.decode(response.get_body())
    assert (response.status_code, problem["code"]) == (503, "misconfigured")
    assert "LOCAL_KEY_RING is not set" in problem["detail"]


def test_settings_are_read_anew_until_they_are_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AzureWebJobsStorage", "LOCAL_KEY_RING", "PUBLIC_URL", "AZURE_DEVOPS_URL"):
        monkeypatch.delenv(name, raising=False)
    shared.bootstrap.services.cache_clear()
    route = links_api.ROUTES[0]

    first = msgspec.json.decode(
        answer(request_of(route), route, shared.bootstrap.services).get_body()
    )
    monkeypatch.setenv("LOCAL_KEY_RING", "keys.json")
    second = msgspec.json.decode(
        answer(request_of(route), route, shared.bootstrap.services).get_body()
    )

    assert (first["code"], second["code"]) == ("misconfigured", "misconfigured")
    assert "KEY_VAULT_KEY_URL is not set" in first["detail"]
    assert "LOCAL_KEY_RING names keys.json" in second["detail"]
    assert "AzureWebJobsStorage" in second["detail"]


@pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if route.scope is not None],
    ids=lambda route: f"{route.method} {route.path}",
)
def test_route_with_a_scope_refuses_who_brings_no_token(
    installation: Installation, route: Route
) -> None:
    assert installation.ask(route, token="").problem == (401, "not_signed_in")


@pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if route.scope == "admin"],
    ids=lambda route: f"{route.method} {route.path}",
)
def test_route_of_admins_refuses_the_token_of_a_plugin(
    installation: Installation, route: Route
) -> None:
    token = installation.token("links:read", "code:read", "code:write")

    assert installation.ask(route, token=token).problem == (403, "scope_missing")


def test_only_health_and_the_description_are_open_to_anybody() -> None:
    assert {route.path for route in ROUTES if route.scope is None} == {"health", "openapi.json"}


@pytest.fixture
def described_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the routes of a test out of the description of the app."""
    monkeypatch.setattr(routes_module, "_registered", [])


def test_function_is_made_for_each_route_under_its_handler_s_name(described_apart: None) -> None:
    def say_hello(call: Call) -> Answer:
        return Answer({"hello": True})

    def say_bye(call: Call) -> Answer:
        return Answer({"bye": True})

    app = func.FunctionApp()
    routes = (
        Route("GET", "greetings/{name}", say_hello, None, "Says hello."),
        Route("DELETE", "greetings/{name}", say_bye, None, "Says bye.", named="part"),
    )
    app.register_functions(blueprint_of(routes, no_services))

    found = {f.name: f for f in index(app)}

    assert found.keys() == {"say_hello", "part"}
    table = RouteTable(http_routes(found.values(), prefix="api"))
    match = table.find("DELETE", "/api/greetings/x")
    assert match is not None
    assert (match.target.name, match.values) == ("part", {"name": "x"})


def test_function_answers_through_the_route(
    installation: Installation, described_apart: None
) -> None:
    handled: list[str] = []

    def remember(call: Call) -> Answer:
        handled.append(call.path("name"))
        return Answer(status=204)

    app = func.FunctionApp()
    route = Route("GET", "greetings/{name}", remember, None, "Remembers.")
    app.register_functions(blueprint_of((route,), lambda: installation.services))
    [function] = index(app)
    request = func.HttpRequest("GET", "http://localhost/", route_params={"name": "x"}, body=b"")

    response = function.call(request)

    assert isinstance(response, func.HttpResponse)
    assert (response.status_code, handled) == (204, ["x"])


def test_no_route_hides_another_from_the_host() -> None:
    table = [
        HostRoute(r.name, Template(r.path, prefix="api"), frozenset({r.method}), r) for r in ROUTES
    ]

    assert hidden_routes(table) == []


def test_functions_have_names_of_their_own() -> None:
    names = [route.name for route in ROUTES]

    assert len(names) == len(set(names))
