from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from shared.web.calls import merge
from shared.web.routes import Route

if TYPE_CHECKING:
    from shared.web.calls import Call
    from tests.shared.web.in_memory import Installation


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    size: int = 1


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    part: Part = Part()
    parts: tuple[Part, ...] = ()
    pair: tuple[int, int] | None = None


def take_body(call: Call) -> object:
    return call.body(Body)


def change_body(call: Call) -> object:
    return call.merged({"name": "before", "part": {"size": 5}, "pair": [1, 2]}, Body)


TAKE_BODY = Route("POST", "probe", take_body, None, "Takes a body.")
CHANGE = Route("PATCH", "probe", change_body, None, "Takes a merge patch.")


def test_body_is_read_as_described(installation: Installation) -> None:
    answered = installation.ask(TAKE_BODY, {"name": "x", "parts": [{"size": 2}, {}]})

    assert answered.status == 200
    assert answered.json["parts"] == [{"size": 2}, {"size": 1}]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name": "missing"}),
        ({"name": "x", "nmae": "y"}, {"nmae": "unknown field"}),
        ({"name": "x", "part": {"sise": 1}}, {"part.sise": "unknown field"}),
        ({"name": "x", "parts": [{}, {"sise": 1}]}, {"parts[1].sise": "unknown field"}),
        ({"name": 5}, {"name": "Expected `str`, got `int`"}),
        ({"name": None}, {"name": "Expected `str`, got `null`"}),
        ({"name": "x", "part": {"size": "1"}}, {"part.size": "Expected `int`, got `str`"}),
        ({"name": "x", "part": {"size": 1.5}}, {"part.size": "Expected `int`, got `float`"}),
        ({"name": "x", "parts": [{}, 7]}, {"parts[1]": "Expected `object`, got `int`"}),
        ({"name": "x", "pair": [1]}, {"pair": "Expected `array` of length 2"}),
        ([], {"body": "Expected `object`, got `array`"}),
        ("text", {"body": "Expected `object`, got `str`"}),
        (b"null", {"body": "Expected `object`, got `null`"}),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_body_is_told_by_field(
    installation: Installation, body: object, fields: dict[str, str]
) -> None:
    assert installation.ask(TAKE_BODY, body).fields == fields


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"name": "x"',
        b'{"name": "x"} {}',
        b"{'name': 'x'}",
        b"name=x",
        b'{"name": NaN}',
        b'{"name": "x", "part": {"size": Infinity}}',
        b'\xef\xbb\xbf{"name": "x"}',
        '{"name": "x"}'.encode("utf-16"),
        '{"name": "x"}'.encode("utf-16-le"),
        '{"name": "x"}'.encode("utf-32"),
        b'{"name": "\xff"}',
        rb'{"name": "\ud800"}',
        b'{"name": ' + b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"name": "x\0y"}',
        b"\0",
    ],
    ids=lambda body: repr(body)[:30],
)
def test_body_that_is_no_json_is_refused(installation: Installation, body: bytes) -> None:
    assert installation.ask(TAKE_BODY, body).problem == (400, "bad_request")
    assert installation.ask(CHANGE, body).problem == (400, "bad_request")


def test_patch_that_is_nested_deeply_is_refused(installation: Installation) -> None:
    depth = 100_000
    body = b'{"part": ' * depth + b"1" + b"}" * depth

    assert installation.ask(CHANGE, body).problem == (400, "bad_request")


def test_field_that_stands_twice_counts_as_it_stands_last(installation: Installation) -> None:
    assert installation.ask(TAKE_BODY, b'{"name": "x", "name": "y"}').json["name"] == "y"


def test_body_of_a_million_bytes_is_read_and_a_longer_one_refused(
    installation: Installation,
) -> None:
    longest = b'{"name": "%s"}' % (b"x" * (1_000_000 - 12))
    assert len(longest) == 1_000_000

    assert installation.ask(TAKE_BODY, longest).status == 200
    assert installation.ask(TAKE_BODY, longest + b" ").problem == (400, "bad_request")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary())
def test_any_bytes_are_a_body_or_refused(installation: Installation, body: bytes) -> None:
    assert installation.ask(TAKE_BODY, body).status in {200, 400}


@pytest.mark.parametrize(
    ("current", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": "b"}, {"a": {"bb": {"ccc": None, "d": 1}}}, {"a": {"bb": {"d": 1}}}),
        ({"a": {"b": 1}}, {}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
    ],
    ids=str,
)
def test_merge_patch_is_that_of_rfc_7396(
    current: dict[str, Any], patch: dict[str, Any], merged: dict[str, Any]
) -> None:
    before = json.dumps(current)

    assert merge(current, patch) == merged
    assert json.dumps(current) == before


def test_patch_changes_what_it_names_and_leaves_the_rest(installation: Installation) -> None:
    answered = installation.ask(CHANGE, {"part": {"size": 7}})

    assert answered.json == {"name": "before", "part": {"size": 7}, "parts": [], "pair": [1, 2]}


def test_null_in_a_patch_brings_back_what_counts_when_nothing_is_said(
    installation: Installation,
) -> None:
    answered = installation.ask(CHANGE, {"pair": None, "part": {"size": None}})

    assert (answered.json["pair"], answered.json["part"]) == (None, {"size": 1})


@pytest.mark.parametrize(
    ("patch", "fields"),
    [
        ({"name": None}, {"name": "missing"}),
        ({"nmae": "x"}, {"nmae": "unknown field"}),
        ({"part": {"sise": 1}}, {"part.sise": "unknown field"}),
        ({"part": 5}, {"part": "Expected `object`, got `int`"}),
        ([], {"body": "Expected `object`, got `array`"}),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_patch_is_told_by_field(
    installation: Installation, patch: object, fields: dict[str, str]
) -> None:
    assert installation.ask(CHANGE, patch).fields == fields
