from __future__ import annotations

from contextlib import suppress
from typing import IO, TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.errors import DevlinksError, MalformedAnswerError
from shared.git_hosts.git_protocol.commits import commit_id

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.shared.git_hosts.git_protocol.packs import (
    BLOB,
    COMMIT,
    Pack,
    changes,
    message,
    number_of,
    read,
    written,
)


def bad_packs() -> Iterator[tuple[str, IO[bytes]]]:
    good = Pack()
    good.add(COMMIT, message(1))
    yield "nothing", written(b"")
    yield "too short", written(b"PACK\x00\x00\x00\x02")
    yield "another mark", written(b"KCAP" + bytes(40))
    yield "another version", good.file(version=9)
    yield "fewer objects than told", good.file(count=2)
    yield "more objects than told", good.file(count=0)
    larger, smaller = Pack(), Pack()
    larger.add(COMMIT, message(1), size=10)
    yield "larger than told", larger.file()
    smaller.add(COMMIT, message(1), size=10_000)
    yield "smaller than told", smaller.file()
    for kind in (0, 5):
        unknown = Pack()
        unknown.add(kind, b"x")
        yield f"kind {kind}", unknown.file()
    endless, garbled = Pack(), Pack()
    endless.content, endless.count = bytearray(b"\xff" * 100), 1
    yield "endless size", endless.file()
    garbled.add(COMMIT, message(1))
    garbled.content[10:] = b"\x00\xff" * 20
    yield "garbled", garbled.file()
    for name, delta in {
        "empty delta": b"",
        "delta of another base": changes(message(1), message(2), base_size=5),
        "delta beyond its base": number_of(len(message(1))) + number_of(50) + b"\xb1\xff\x30",
        "delta with too little": number_of(len(message(1))) + number_of(50) + b"\x01x",
        "delta that is cut": number_of(len(message(1))) + number_of(50) + b"\x7fx",
        "delta with a zero": number_of(len(message(1))) + number_of(50) + b"\x00",
        "delta that copies for ever": number_of(len(message(1)))
        + number_of(50)
        + b"\x90\x20" * 10_000,
    }.items():
        pack = Pack()
        pack.add_changes(pack.add(COMMIT, message(1)), delta)
        yield name, pack.file()


BAD = dict(bad_packs())


@pytest.mark.parametrize("name", BAD)
def test_pack_that_is_not_as_it_should_be_is_malformed(name: str) -> None:
    with pytest.raises(MalformedAnswerError):
        read(BAD[name])


def test_object_that_unpacks_to_more_than_it_says_is_not_unpacked_further() -> None:
    pack = Pack()
    pack.add(BLOB, bytes(50_000_000), size=10)

    with pytest.raises(MalformedAnswerError, match="larger"):
        read(pack.file())


@given(some.data())
def test_nothing_that_is_called_a_pack_is_anything_but_our_error(data: some.DataObject) -> None:
    pack = Pack()
    first = pack.add(COMMIT, message(1))
    pack.add_changes(first, changes(message(1), message(2)))
    pack.add_changes_to(commit_id(message(1)), changes(message(1), message(3)))
    with pack.file() as whole:
        whole.seek(0)
        content = bytearray(whole.read())
    for at in data.draw(some.lists(some.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(some.integers(0, 255))
    cut = data.draw(some.integers(0, len(content)))

    with suppress(DevlinksError):
        read(written(bytes(content[: cut or None])))
