"""Apps that azure-functions takes, and that Azure would not load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

import azure.functions as func
import pytest

from devhost.errors import AppInvalidError
from devhost.functions import HttpTrigger, QueueTrigger, TimerTrigger, index

if TYPE_CHECKING:
    from collections.abc import Callable

    OnlyForTypes = func.HttpRequest


def answer(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.method)


def http(call: Callable[..., Any] = answer, **options: Any) -> Callable[[func.FunctionApp], None]:
    """Return a step that adds an HTTP function to an app."""
    name = options.pop("name", "answer")

    def add(app: func.FunctionApp) -> None:
        app.function_name(name)(app.route(**{"route": name, **options})(call))

    return add


def app_of(*steps: Callable[[func.FunctionApp], None]) -> func.FunctionApp:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
    for step in steps:
        step(app)
    return app


def no_trigger(app: func.FunctionApp) -> None:
    app.generic_output_binding(arg_name="$return", type="http")(answer)


def two_triggers(app: func.FunctionApp) -> None:
    def call(req: func.HttpRequest, timer: func.TimerRequest) -> None: ...

    app.generic_input_binding(arg_name="timer", type="timerTrigger")(app.route(route="x")(call))


def queue(call: Callable[..., Any]) -> Callable[[func.FunctionApp], None]:
    def add(app: func.FunctionApp) -> None:
        app.queue_trigger(arg_name="msg", queue_name="jobs", connection="S")(call)

    return add


def blob(app: func.FunctionApp) -> None:
    def read_blob(blob: func.InputStream) -> None: ...

    app.blob_trigger(arg_name="blob", path="a/b", connection="S")(read_blob)


def retrying(app: func.FunctionApp) -> None:
    def tick(timer: func.TimerRequest) -> None: ...

    triggered = app.timer_trigger(arg_name="timer", schedule="0 * * * * *")(tick)
    app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:10")(triggered)


def without_answer(app: func.FunctionApp) -> None:
    app.generic_trigger(arg_name="req", type="httpTrigger", route="x")(answer)


def returns_none(req: func.HttpRequest) -> None: ...
def returns_optional(req: func.HttpRequest) -> Optional[func.HttpResponse]: ...  # noqa: UP045 — the mistake itself
def returns_union(req: func.HttpRequest) -> func.HttpResponse | None:
    raise NotImplementedError


def returns_dict(req: func.HttpRequest) -> dict[str, str]:
    raise NotImplementedError


def takes_text(req: str) -> func.HttpResponse:
    raise NotImplementedError


def takes_message(req: func.QueueMessage) -> func.HttpResponse:
    raise NotImplementedError


def takes_more(req: func.HttpRequest, services: object) -> func.HttpResponse:
    raise NotImplementedError


def takes_other(request: func.HttpRequest) -> func.HttpResponse:
    raise NotImplementedError


def takes_unknown(req: OnlyForTypes) -> func.HttpResponse:
    raise NotImplementedError


def takes_wrong_context(req: func.HttpRequest, context: str) -> func.HttpResponse:
    raise NotImplementedError


def takes_dict(msg: dict[str, str]) -> None: ...
def takes_list(msg: list[func.QueueMessage]) -> None: ...


@pytest.mark.parametrize(
    ("steps", "mistake"),
    [
        ([], "no functions"),
        ([http(name="1st")], "begin with a letter"),
        ([http(name="a.b")], "begin with a letter"),
        ([http(name="a" * 129)], "128 characters"),
        ([http(name="Host")], "not be host"),
        ([http(name="links"), http(name="Links", route="other")], "another one is called links"),
        ([http(name="same"), http(name="same", route="other")], "same"),
        ([http(trigger_arg_name="the_request")], "the_request must begin with a letter"),
        ([no_trigger], "trigger"),
        ([two_triggers], "2 triggers"),
        ([blob], "blobTrigger is not supported"),
        ([retrying], "retry policies are not supported"),
        ([without_answer], "belong together"),
        ([http(route="admin/users")], "admin or runtime"),
        ([http(route="Administrators")], "admin or runtime"),
        ([http(route="runtime")], "admin or runtime"),
        ([http(route="/links")], "empty segment"),
        ([http(route="a/{x}/{X}")], "occurs twice"),
        ([http(route="a/{x:odd}")], "constraint 'odd' is not known"),
        ([http(route="a"), http(name="b", route="A/")], "answer has the same route"),
        (
            [
                http(route="a", methods=["GET", "PUT"]),
                http(name="b", route="a", methods=["PUT", "POST"]),
            ],
            "answer has the same route a for a method of both",
        ),
        (
            [http(name="get_issue", route="i/{key}"), http(name="recent", route="i/recent")],
            "recent is never reached by any method on i/recent: get_issue",
        ),
        ([http(returns_none)], "cannot be annotated to return NoneType"),
        ([http(returns_optional)], "cannot be annotated to return"),
        ([http(returns_union)], "cannot be annotated to return"),
        ([http(returns_dict)], "cannot be annotated to return"),
        ([http(takes_text)], "req of type httpTrigger cannot be str"),
        ([http(takes_message)], "req of type httpTrigger cannot be QueueMessage"),
        ([http(takes_more)], "parameter services has no binding"),
        ([http(takes_other)], "binding req has no parameter"),
        ([http(takes_unknown)], "annotations cannot be evaluated"),
        ([http(takes_wrong_context)], "context must be annotated azure.functions.Context"),
        ([queue(takes_dict)], "msg of type queueTrigger cannot be"),
        ([queue(takes_list)], "msg of type queueTrigger cannot be"),
    ],
)
def test_app_that_azure_would_not_load_is_refused(
    steps: list[Callable[[func.FunctionApp], None]], mistake: str
) -> None:
    with pytest.raises(AppInvalidError) as caught:
        index(app_of(*steps))

    assert mistake in str(caught.value)


def test_every_mistake_is_named_at_once() -> None:
    app = app_of(http(name="1st"), http(returns_none, name="b", route="admin"), blob)

    with pytest.raises(AppInvalidError) as caught:
        index(app)

    assert len(caught.value.mistakes) == 4
    assert "\n" not in caught.value.line()


def test_same_route_for_other_methods_is_no_mistake() -> None:
    app = app_of(
        http(name="read", route="links/{key}", methods=["GET"]),
        http(name="write", route="links/{key}", methods=["PUT", "DELETE"]),
    )

    assert [function.name for function in index(app)] == ["read", "write"]


def test_app_is_read_as_its_functions_are_declared() -> None:
    app = app_of(
        http(name="a_b-1", route="links/{key?}", methods=["get"], auth_level=func.AuthLevel.ADMIN),
        http(name="plain"),
    )

    def work(msg: func.QueueMessage, context: func.Context) -> None: ...
    def tick(timer: func.TimerRequest) -> None: ...

    app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="Store")(work)
    app.timer_trigger(
        arg_name="timer", schedule="0 * * * * *", run_on_startup=True, use_monitor=False
    )(tick)

    functions = index(app)

    assert [(it.name, it.parameter, it.trigger) for it in functions] == [
        ("a_b-1", "req", HttpTrigger("links/{key?}", frozenset({"GET"}), "admin")),
        ("plain", "req", HttpTrigger("plain", None, "anonymous")),
        ("work", "msg", QueueTrigger("%QUEUE%", "Store")),
        ("tick", "timer", TimerTrigger("0 * * * * *", run_on_startup=True, use_monitor=False)),
    ]
    assert [it.takes_context for it in functions] == [False, False, True, False]


def test_function_without_a_route_is_found_under_its_name() -> None:
    app = func.FunctionApp()
    app.function_name("named")(app.route()(answer))

    [function] = index(app)

    assert function.trigger == HttpTrigger("named", None, "function")


def test_app_can_be_indexed_again() -> None:
    app = app_of(http())

    assert index(app) == index(app)
