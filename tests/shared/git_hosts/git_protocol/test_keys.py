from __future__ import annotations

import subprocess
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from shared.git_hosts.git_protocol.keys import fingerprint, new_key_pair, read_host_keys

if TYPE_CHECKING:
    from pathlib import Path


def public_key(first: int) -> str:
    """Return a public key, the same in each process that collects these tests."""
    content = b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes(range(first, first + 32))
    return f"ssh-ed25519 {b64encode(content).decode()}"


KEY = public_key(0)
OTHER = public_key(100)


def test_pair_is_one_that_openssh_reads(tmp_path: Path) -> None:
    pair = new_key_pair()
    path = tmp_path / "key"
    path.write_text(pair.private)
    path.chmod(0o600)

    told = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(path)], capture_output=True, text=True, check=True
    ).stdout

    assert pair.public.startswith("ssh-ed25519 AAAA")
    assert pair.public.endswith(" devlinks")
    assert told.split()[:2] == pair.public.split()[:2]


def test_no_two_pairs_are_the_same() -> None:
    assert new_key_pair().private != new_key_pair().private


def test_fingerprint_is_the_one_that_ssh_shows(tmp_path: Path) -> None:
    path = tmp_path / "key.pub"
    path.write_text(KEY)

    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(path)], capture_output=True, text=True, check=True
    ).stdout

    assert fingerprint(f"git.example.com {KEY}") == told.split()[1]


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"git.example.com {KEY}",
        f"[git.example.com]:2222,10.0.0.1 {KEY} a comment",
        f"|1|c2FsdA==|aGFzaA== {KEY}\n",
        f"# a comment\n\n  git.example.com\t{KEY}  \n",
        f"@revoked git.example.com {OTHER}\n{KEY}",
    ],
)
def test_key_is_found_in_lines_of_known_hosts(text: str) -> None:
    assert [f"{key.kind} {key.content}" for key in read_host_keys(text)] == [KEY]


def test_every_line_may_hold_a_key() -> None:
    found = read_host_keys(f"git.example.com {KEY}\ngit.example.com {OTHER}\n")

    assert [f"{key.kind} {key.content}" for key in found] == [KEY, OTHER]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "git.example.com",
        "git.example.com ssh-ed25519",
        "git.example.com ssh-ed25519 ????",
        KEY.replace("ssh-ed25519", "ssh-rsa"),
        KEY[:-30].rpartition("A")[0][:22],
        f"@cert-authority * {KEY}",
        f"#{KEY}",
    ],
)
def test_what_is_no_key_is_left_out(text: str) -> None:
    assert read_host_keys(text) == ()
    assert fingerprint(text) == ""
