from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.git_hosts.git_protocol.commits import commit_id, read_commit
from shared.model import EPOCH

if TYPE_CHECKING:
    from pathlib import Path

    from shared.model import Commit

TREE = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
AUTHOR = b"author Backend developer <b@example.com> 1600000000 +0200\n"
COMMITTER = b"committer Frontend developer <f@example.com> 1700000000 -0730\n"
PARENTS = ("a" * 40, "b" * 40)


def read(content: bytes) -> Commit:
    return read_commit(commit_id(content), content)


def test_id_is_the_one_that_git_gives(tmp_path: Path) -> None:
    content = TREE + AUTHOR + COMMITTER + b"\nPAY-1 Start\n"
    done = subprocess.run(
        ["git", "hash-object", "-t", "commit", "--stdin"],
        input=content,
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )

    assert read(content).id == done.stdout.decode().strip()


def test_commit_is_read_with_its_whole_message_and_its_parents() -> None:
    parents = b"".join(b"parent %s\n" % parent.encode() for parent in PARENTS)

    commit = read(TREE + parents + AUTHOR + COMMITTER + b"\nPAY-1 Start\n\nMore of it.\n\nEnd.\n")

    assert commit.message == "PAY-1 Start\n\nMore of it.\n\nEnd."
    assert commit.author == "Backend developer"
    assert commit.committed_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert commit.parents == PARENTS
    assert commit.is_whole


def test_what_is_signed_or_merged_is_neither_message_nor_parent() -> None:
    signed = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n parent x\n author y\n -----END-----\n"
    merged = b"mergetag object 1\n type commit\n tag v1\n tagger T <t> 1 +0000\n \n Tag message\n"

    commit = read(TREE + AUTHOR + COMMITTER + merged + signed + b"\nPAY-1 Start\n")

    assert (commit.message, commit.author, commit.parents) == (
        "PAY-1 Start",
        "Backend developer",
        (),
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"author  <b@example.com> 1 +0000\n", ""),
        (b"author <b@example.com> 1 +0000\n", ""),
        (b"author No Mail 1 +0000\n", "No Mail 1 +0000"),
        (b"author A <B> <b@example.com> 1 +0000\n", "A"),
        (b"author \n", ""),
        (b"", ""),
        ("author Zoë <z@example.com> 1 +0000\n".encode(), "Zoë"),
        (b"author Zo\xeb <z@example.com> 1 +0000\n", "Zo�"),
    ],
)
def test_author_is_the_name_before_the_address(line: bytes, expected: str) -> None:
    assert read(TREE + line + COMMITTER + b"\nStart\n").author == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"1700000000 +518:00", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (b"1700000000 -7500000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (b"1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (b"1700000000 ", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (b"0 +0000", EPOCH),
        (b"4102444800 +0000", datetime(2100, 1, 1, tzinfo=UTC)),
    ],
)
def test_date_is_the_committers_in_utc_whatever_its_zone(
    written: bytes, expected: datetime
) -> None:
    committer = b"committer F <f@example.com> " + written + b"\n"

    assert read(TREE + AUTHOR + committer + b"\nStart\n").committed_at == expected


@pytest.mark.parametrize(
    "written",
    [b"", b"-1 +0000", b"soon", b"9" * 12 + b" +0000", b"9" * 5000 + b" +0000", b"1e9 +0000"],
)
def test_commit_without_a_date_counts_by_its_author_and_then_as_of_1970(written: bytes) -> None:
    committer = b"committer F <f@example.com> " + written + b"\n"
    authored = datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)

    assert read(TREE + AUTHOR + committer + b"\nStart\n").committed_at == authored
    assert read(TREE + committer + b"\nStart\n").committed_at == EPOCH


def test_committer_that_is_missing_is_no_error() -> None:
    assert read(TREE + AUTHOR + b"\nStart\n").committed_at.year == 2020


@pytest.mark.parametrize(
    ("encoding", "content", "expected"),
    [
        (b"ISO-8859-1", b"caf\xe9", "café"),
        (b"latin1", b"caf\xe9", "café"),
        (b"CP1252", b"\x80 5", "€ 5"),
        (b"Shift_JIS", "作業".encode("shift_jis"), "作業"),
        (b"UTF-8", "作業".encode(), "作業"),
        (b"utf8", b"caf\xe9", "caf�"),
        (b"", b"caf\xe9", "caf�"),
        (b"nobody-knows", "作業".encode(), "作業"),
        (b"hex", b"6162", "6162"),
        (b"zlib", b"abc", "abc"),
        (b"undefined", b"abc", "abc"),
        (b"punycode", b"abc-" + b"9" * 100, "abc-" + "9" * 100),
        (b"unicode_escape", b"\\u0041", "\\u0041"),
        (b"\x00", b"abc", "abc"),
        (b"x" * 10_000, b"abc", "abc"),
        (b"utf-7", b"+2D0-", "?"),
    ],
)
def test_message_is_decoded_as_the_commit_says(
    encoding: bytes, content: bytes, expected: str
) -> None:
    header = b"encoding " + encoding + b"\n" if encoding else b""

    message = read(TREE + AUTHOR + COMMITTER + header + b"\n" + content + b"\n").message

    assert message == expected


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (b"", ""),
        (b"\n", ""),
        (b"\n\n\nStart\n", "\n\nStart"),
        (b"\nPAY-1\x00 Start\n", "PAY-1\x00 Start"),
        (b"\nPAY-1 Start\r\n", "PAY-1 Start\r"),
        (b"\n" + b"x" * 1_700_000, "x" * 1_700_000),
    ],
    ids=["no blank line", "empty", "blank lines before", "NUL", "carriage return", "huge"],
)
def test_odd_message_is_read_as_it_is(rest: bytes, expected: str) -> None:
    assert read(TREE + AUTHOR + COMMITTER + rest).message == expected


@given(
    some.one_of(
        some.binary(),
        some.lists(
            some.sampled_from(
                [b"tree ", b"parent ", b"author ", b"committer ", b"encoding ", b"<", b">", b" ",
                 b"\n", b"\n\n", b"9" * 20, b"-", b"utf-16", b"utf-7", b"idna", b"\x00", b"\xff"]
            )
        ).map(b"".join),
    )
)  # fmt: skip
def test_nothing_that_is_called_a_commit_is_an_error(content: bytes) -> None:
    commit = read(content)

    assert commit.committed_at.tzinfo is UTC
    assert commit.message.encode().decode() == commit.message
    assert commit.author.encode().decode() == commit.author
