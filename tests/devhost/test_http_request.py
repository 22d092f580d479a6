from __future__ import annotations

import pytest

from devhost.http_request import (
    UnreadableRequestError,
    read_headers,
    read_path,
    read_query,
    write_path,
)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/api/links", "/api/links"),
        ("/api/AB%2317", "/api/AB#17"),
        ("/api/a%20b+c", "/api/a b+c"),
        ("/api/%C3%BC%e2%82%ac", "/api/ü€"),
        ("/api/feature%2Fx%2fy", "/api/feature%2Fx%2fy"),
        ("/api/100%25", "/api/100%"),
        ("/api/%2520", "/api/%20"),
        ("/api/100%", "/api/100%"),
        ("/api/%zz", "/api/%zz"),
        ("/api/%ff%41", "/api/%FFA"),
        ("/api/a/./b/../c", "/api/a/c"),
        ("/api/%2e%2e/admin/x", "/admin/x"),
        ("/../../x", "/x"),
        ("/api/..", "/"),
        ("/api/.", "/api/"),
        ("/api/.hidden/a..b", "/api/.hidden/a..b"),
    ],
)
def test_path_is_decoded_once(raw: str, path: str) -> None:
    assert read_path(raw) == path


@pytest.mark.parametrize("raw", ["/api/%00", "/api/\xfc"])
def test_path_that_kestrel_refuses_is_refused(raw: str) -> None:
    with pytest.raises(UnreadableRequestError):
        read_path(raw)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/api/AB#17", "/api/AB%2317"),
        ("/api/a b+c", "/api/a%20b+c"),
        ("/api/ü", "/api/%C3%BC"),
        ("/api/a%2Fb", "/api/a%2Fb"),
        ("/api/100%", "/api/100%25"),
        ("/api/a?b", "/api/a%3Fb"),
    ],
)
def test_path_in_the_url_is_escaped_again(path: str, written: str) -> None:
    assert write_path(path) == written


@pytest.mark.parametrize(
    ("raw", "query"),
    [
        ("", {}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2&A=3", {"a": "1,2,3"}),
        ("a=&b", {}),
        ("a=&a=1", {"a": "1"}),
        ("=x", {"": "x"}),
        ("&&a=1&", {"a": "1"}),
        ("a=b=c", {"a": "b=c"}),
        ("q=a+b%2Bc%26d", {"q": "a b+c&d"}),
        ("%C3%BC=%e2%82%ac", {"ü": "€"}),
        ("a=%ff", {"a": "%FF"}),
        ("a=100%", {"a": "100%"}),
        ("cursor=%00", {"cursor": "\0"}),
    ],
)
def test_query_is_read_as_asp_net_reads_it(raw: str, query: dict[str, str]) -> None:
    assert read_query(raw) == query


def test_header_names_are_lower_case_and_repeated_ones_are_joined_by_a_comma() -> None:
    pairs = [(b"X-Tag", b"a, b"), (b"HOST", b"here"), (b"x-tag", b""), (b"x-TAG", b"c")]

    assert read_headers(pairs) == {"x-tag": "a, b,c", "host": "here"}


def test_header_is_utf_8_and_may_be_empty() -> None:
    pairs = [(b"x-name", "Zoë".encode()), (b"x-empty", b"")]

    assert read_headers(pairs) == {"x-name": "Zoë", "x-empty": ""}


def test_header_that_is_no_utf_8_is_refused() -> None:
    with pytest.raises(UnreadableRequestError):
        read_headers([(b"x-name", b"Zo\xeb")])
