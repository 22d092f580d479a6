from __future__ import annotations

import pytest

from devhost.route_templates import Template
from devhost.routes import Route, RouteTable, hidden_routes


def route(name: str, template: str, *methods: str) -> Route[str]:
    return Route(name, Template(template, prefix="api"), frozenset(methods) or None, name)


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("links", "/api/links", {}),
        ("links", "/api/links/", {}),
        ("links", "/API/Links", {}),
        ("links/{issue_key}", "/api/links/PAY-1", {"issue_key": "PAY-1"}),
        ("links/{issue_key}", "/api/links/a b#ü", {"issue_key": "a b#ü"}),
        ("links/{issue_key}", "/api/links/feature%2Fx", {"issue_key": "feature%2Fx"}),
        ("{a}/mid/{b}", "/api/1/MID/2", {"a": "1", "b": "2"}),
        ("files/{*path}", "/api/files/a/b/c", {"path": "a/b/c"}),
        ("files/{*path}", "/api/files/a/", {"path": "a/"}),
        ("files/{*path}", "/api/files", {}),
        ("files/{**path}", "/api/files/a", {"path": "a"}),
        ("{*rest}", "/api/", {}),
        ("page/{number?}", "/api/page", {}),
        ("page/{number?}", "/api/page/2", {"number": "2"}),
        ("page/{number=1}", "/api/page", {"number": "1"}),
        ("{a?}/{b?}", "/api/1", {"a": "1"}),
        ("item/{id:int}", "/api/item/-7", {"id": "-7"}),
        ("commit/{sha:length(4,40)}", "/api/commit/abcd", {"sha": "abcd"}),
        ("{name}.{kind}", "/api/a.b.c", {"name": "a.b", "kind": "c"}),
        ("pr-{number:int}", "/api/pr-12", {"number": "12"}),
        ("a{{b}}c", "/api/a{b}c", {}),
    ],
)
def test_route_takes_the_path_and_its_values(
    template: str, path: str, values: dict[str, str]
) -> None:
    assert Template(template, prefix="api").match(path) == values


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("links", "/links"),
        ("links", "/api/links/x"),
        ("links", "/api/links//"),
        ("links/{key}", "/api/links"),
        ("links/{key}", "/api/links/"),
        ("links/{key}", "/api//links/x"),
        ("links/{key}", "/api/links/x/y"),
        ("item/{id:int}", "/api/item/x"),
        ("item/{id:int}", "/api/item/2147483648"),
        ("item/{id:guid}", "/api/item/123"),
        ("item/{id:range(1,3)}", "/api/item/4"),
        ("item/{id:alpha:minlength(3)}", "/api/item/ab"),
    ],
)
def test_route_does_not_take_another_path(template: str, path: str) -> None:
    assert Template(template, prefix="api").match(path) is None


@pytest.mark.parametrize(
    "template",
    [
        "/links",
        "a//b",
        "{a}/{a}",
        "{*rest}/x",
        "{a",
        "a}",
        "{}",
        "{a?}/b",
        "x{a?}",
        "a?",
        "{a:odd}",
    ],
)
def test_template_that_the_host_would_refuse_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"route|parameter"):
        Template(template, prefix="api")


@pytest.mark.parametrize("template", ["links/{key}", "/links/{key}"])
def test_no_prefix_is_a_route_from_the_root(template: str) -> None:
    assert Template(template, prefix="").match("/links/x") == {"key": "x"}


def test_routes_are_tried_in_the_order_of_their_functions_names() -> None:
    table = RouteTable([route("recent", "issues/recent"), route("Get_issue", "issues/{key}")])

    match = table.find("GET", "/api/issues/recent")

    assert match is not None
    assert (match.target, match.values) == ("Get_issue", {"key": "recent"})


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
def test_method_that_no_function_takes_is_no_match(method: str) -> None:
    table = RouteTable([route("read", "links", "GET"), route("write", "links", "POST")])

    assert table.find(method, "/api/links") is None


def test_same_route_with_other_methods_is_another_function() -> None:
    table = RouteTable([route("read", "links", "GET"), route("write", "links", "POST")])

    match = table.find("POST", "/api/links")

    assert match is not None
    assert match.target == "write"


def test_constraint_that_does_not_hold_leaves_the_path_to_the_next_function() -> None:
    table = RouteTable([route("a", "items/{id:int}"), route("b", "items/{key}")])

    match = table.find("GET", "/api/items/x1")

    assert match is not None
    assert (match.target, match.values) == ("b", {"key": "x1"})


@pytest.mark.parametrize(
    ("routes", "hidden"),
    [
        ([route("get", "issues/{key}"), route("recent", "issues/recent")], ["recent"]),
        ([route("a", "{*rest}"), route("b", "x"), route("c", "y/{z}")], ["b", "c"]),
        ([route("a", "items/{key}"), route("b", "items/{id:int}")], ["b"]),
        ([route("a", "files/{name}"), route("b", "files/{*path}")], []),
        ([route("a", "items/{id:int}"), route("b", "items/{key}")], []),
        ([route("a", "issues/recent"), route("b", "issues/{key}")], []),
        ([route("a", "issues/{key}", "GET"), route("b", "issues/recent", "POST")], []),
        ([route("a", "issues/{key}", "GET"), route("b", "issues/recent", "GET", "PUT")], ["b"]),
        ([route("a", "page/{n?}"), route("b", "page")], ["b"]),
        ([route("a", "page"), route("b", "page/{n?}")], []),
    ],
)
def test_function_that_can_never_be_reached_is_found(
    routes: list[Route[str]], hidden: list[str]
) -> None:
    mistakes = hidden_routes(routes)

    assert [text.split()[1] for text in mistakes] == hidden
