from __future__ import annotations

import azure.functions as func
import pytest

from devhost.answers import Answer, cookie_line, decode_answer, header_lines
from devhost.converters import encode_http


def answer_of(*cookies: str) -> Answer:
    response = func.HttpResponse("x")
    for cookie in cookies:
        response.headers.add("Set-Cookie", cookie)
    return decode_answer(encode_http(response))


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("a=1", "a=1; domain=; path="),
        (
            "s=x; Path=/console; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
            "s=x; max-age=60; domain=; path=/console; secure; samesite=lax; httponly",
        ),
        (
            "s=; Domain=example.com; Expires=Thu, 12 Jan 2017 13:55:08 GMT",
            "s=; expires=Thu, 12 Jan 2017 13:55:08 GMT; domain=example.com; path=",
        ),
        ("a=b=c/d", "a=b%3Dc%2Fd; domain=; path="),
    ],
)
def test_cookie_is_sent_as_the_host_writes_it(given: str, sent: str) -> None:
    assert [cookie_line(cookie) for cookie in answer_of(given).cookies] == [sent]


def test_several_cookies_are_all_sent() -> None:
    lines = header_lines(answer_of("a=1", "b=2"))

    assert [value.split(";")[0] for name, value in lines if name == "set-cookie"] == ["a=1", "b=2"]


def test_cookie_that_python_cannot_parse_vanishes() -> None:
    assert answer_of("a=b c; Partitioned").cookies == ()


@pytest.mark.parametrize(
    ("cookie", "error"),
    [("a=1; Expires=Thu, 12-Jan-2017 13:55:08 GMT", ValueError), ("a=1; Max-Age=soon", TypeError)],
)
def test_odd_cookie_attribute_is_a_failure(cookie: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        answer_of(cookie)


def test_of_a_repeated_header_only_the_last_survives() -> None:
    response = func.HttpResponse("x")
    response.headers.add("Link", "first")
    response.headers.add("Link", "last")

    assert ("Link", "last") in header_lines(decode_answer(encode_http(response)))
    assert len(decode_answer(encode_http(response)).headers) == 2


def test_headers_of_the_connection_are_the_hosts_own() -> None:
    answer = Answer(200, {"Content-Length": "5", "Connection": "close", "ETag": '"1"'}, b"x")

    assert header_lines(answer) == [("ETag", '"1"')]


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "ü", "\0"])
def test_header_that_kestrel_would_not_send_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="x-odd"):
        header_lines(Answer(200, {"x-odd": value}, b""))


def test_returned_text_is_a_plain_200() -> None:
    answer = decode_answer(encode_http("grüß"))

    assert answer == Answer(200, {"content-type": "text/plain; charset=utf-8"}, "grüß".encode())


@pytest.mark.parametrize("result", [None, b"bytes", {"a": 1}, 5])
def test_returned_anything_else_is_a_failure(result: object) -> None:
    with pytest.raises(TypeError, match="in place of HttpResponse"):
        encode_http(result)
