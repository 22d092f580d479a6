from __future__ import annotations

import pytest

from shared.errors import MalformedAnswerError
from shared.git_hosts.azure_devops.reading import decode
from tests.shared.git_hosts.azure_devops.conftest import Named


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (rb'{"name": "cut \ud83d"}', "cut ?"),
        (rb'{"name": "\udc00 at the start"}', "? at the start"),
        (rb'{"name": "whole \ud83d\ude80"}', "whole \N{ROCKET}"),
        (b'{"name": "caf\xe9"}', "caf\N{REPLACEMENT CHARACTER}"),
    ],
    ids=ascii,
)
def test_text_that_was_cut_within_a_character_is_read_with_a_mark(body: bytes, name: str) -> None:
    assert decode(body, Named, what="thing") == Named(name)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"name": 5}',
        b'{"name": null}',
        b'{"other": "x"}',
        b'{"name": "x"',
        b'{"name": NaN}',
        b'\xef\xbb\xbf{"name": "x"}',
        b'{"name": "x"} trailing',
        b"<html></html>",
        b'{"name": ' + b"[" * 100_000,
        b'{"other": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        rb'{"name": "\ud83d", "other": ' + b"[" * 100_000,
    ],
    ids=lambda body: repr(body)[:30],
)
def test_answer_of_another_shape_is_malformed_and_little_of_it_is_repeated(body: bytes) -> None:
    with pytest.raises(MalformedAnswerError, match="thing") as raised:
        decode(body, Named, what="thing")

    assert len(str(raised.value)) < 250
