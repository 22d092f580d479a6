from __future__ import annotations

import io
import time
import tracemalloc

import pytest

from shared.errors import MalformedAnswerError, RefusedError, UnavailableError
from shared.git_hosts.git_protocol.commits import commit_id
from shared.git_hosts.git_protocol.pack import commits_of_pack
from shared.git_hosts.git_protocol.remote import Caps
from tests.shared.git_hosts.git_protocol.packs import (
    BLOB,
    CAPS,
    COMMIT,
    TAG,
    TREE,
    Pack,
    changes,
    message,
    number_of,
    read,
)


def test_commits_come_in_the_packs_order_and_nothing_else() -> None:
    pack = Pack()
    pack.add(COMMIT, message(3))
    pack.add(TREE, b"100644 a\x00" + bytes(20))
    pack.add(COMMIT, message(2))
    pack.add(BLOB, bytes(3_000_000))
    pack.add(TAG, b"object x\n")
    pack.add(BLOB, b"")
    pack.add(COMMIT, message(1, "x" * 500_000))

    assert read(pack.file()) == [message(3), message(2), message(1, "x" * 500_000)]


def test_pack_without_objects_has_no_commits() -> None:
    assert read(Pack().file()) == []


def test_changes_to_a_commit_before_are_a_commit_in_their_place() -> None:
    pack = Pack()
    first = pack.add(COMMIT, message(1, "same " * 50))
    second = pack.add_changes(first, changes(message(1, "same " * 50), message(2, "same " * 50)))
    pack.add(COMMIT, message(3))
    pack.add_changes(second, changes(message(2, "same " * 50), message(4, "same " * 50)))

    assert read(pack.file()) == [
        message(1, "same " * 50),
        message(2, "same " * 50),
        message(3),
        message(4, "same " * 50),
    ]


def test_changes_to_a_commit_that_was_forgotten_are_put_together_again() -> None:
    filler = "\U0001f642" * 100_000
    pack = Pack()
    at = pack.add(COMMIT, message(0, "a"))
    expected = [message(0, "a")]
    for number in range(1, 5):
        at = pack.add_changes(at, changes(message(number - 1, "a"), message(number, "a")))
        expected.append(message(number, "a"))
    for number in range(10):
        pack.add(COMMIT, message(number, filler))
        expected.append(message(number, filler))
    pack.add_changes(at, changes(message(4, "a"), message(5, "a")))

    assert read(pack.file()) == [*expected, message(5, "a")]


def test_changes_to_an_id_come_last_wherever_that_is() -> None:
    pack = Pack()
    late = pack.add_changes_to(commit_id(message(2)), changes(message(2), message(3)))
    pack.add_changes(late, changes(message(3), message(4)))
    pack.add_changes_to(commit_id(message(1)), changes(message(1), message(2)))
    pack.add(COMMIT, message(1))
    pack.add_changes_to(commit_id(message(4)), changes(message(4), message(5)))

    found = read(pack.file())

    assert found[0] == message(1)
    assert sorted(found) == [message(number) for number in range(1, 6)]


def test_changes_to_folders_are_passed_over() -> None:
    pack = Pack()
    tree = pack.add(TREE, b"100644 a\x00" + bytes(20))
    pack.add_changes(tree, changes(b"a", b"b"))
    pack.add_changes_to(bytes(range(20)), changes(b"a", b"b"))
    pack.add(COMMIT, message(1))

    assert read(pack.file()) == [message(1)]


def test_changes_to_what_is_not_there_are_not_left_out_in_silence() -> None:
    pack = Pack()
    pack.add(COMMIT, message(1))
    pack.add_changes_to(bytes(range(20)), changes(message(1), message(2)))

    with pytest.raises(MalformedAnswerError, match="not in it"):
        read(pack.file())


@pytest.mark.parametrize(
    ("caps", "limit"),
    [
        (Caps(objects=2), "2 objects"),
        (Caps(commit_bytes=100), "100 bytes in one commit"),
        (Caps(inflated_bytes=400), "400 bytes, unpacked"),
    ],
)
def test_cap_is_named_when_there_is_more(caps: Caps, limit: str) -> None:
    pack = Pack()
    for number in range(3):
        pack.add(COMMIT, message(number))

    with pytest.raises(RefusedError, match=limit):
        read(pack.file(), caps=caps)


def test_outcome_of_changes_counts_before_it_is_made() -> None:
    pack = Pack()
    first = pack.add(COMMIT, message(1))
    size = 1_000_000
    pack.add_changes(
        first, number_of(len(message(1))) + number_of(size) + b"\x90\xc8" * (size // 200)
    )

    with pytest.raises(RefusedError, match="in one commit"):
        read(pack.file(), caps=Caps(commit_bytes=500_000))


def test_walk_that_takes_too_long_is_stopped() -> None:
    pack = Pack()
    pack.add(COMMIT, message(1))

    with pytest.raises(UnavailableError, match="too long"):
        read(pack.file(), until=time.monotonic() - 1)


def test_long_chain_of_changes_is_followed_as_far_as_git_goes() -> None:
    pack = Pack()
    base = pack.add(COMMIT, message(0))
    delta = changes(message(0), message(0))
    # Each is waiting for the one before it, up to an id at the very front.
    at = pack.add_changes_to(commit_id(message(0)), delta)
    for _ in range(300):
        at = pack.add_changes(at, delta)

    assert read(pack.file()) == [message(0)] * 302
    assert base == 12


def test_memory_that_is_held_does_not_grow_with_the_history() -> None:
    peaks = []
    for count in (1000, 10_000):
        pack = Pack()
        for number in range(count):
            pack.add(COMMIT, message(number, "word " * 40))
        with pack.file() as file:
            del pack
            tracemalloc.start()
            for _ in commits_of_pack(file, name="shop", caps=CAPS, until=1e18):
                pass
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    assert peaks[0] < peaks[1] < 4_000_000


def test_file_is_read_from_where_it_lies_and_not_as_a_whole() -> None:
    with pytest.raises(io.UnsupportedOperation):
        list(commits_of_pack(io.BytesIO(b"PACK"), name="shop", caps=CAPS, until=1e18))
