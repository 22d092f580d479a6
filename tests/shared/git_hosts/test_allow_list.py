from __future__ import annotations

import pytest

from shared.errors import SettingsError
from shared.git_hosts.allow_list import AllowList

EMPTY = AllowList()


@pytest.mark.parametrize("address", ["8.8.8.8", "20.37.158.0", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_address_may_be_called_when_nothing_is_listed(address: str) -> None:
    assert EMPTY.admits(address, host="git.example.com", port=443)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.9",
        "192.88.99.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:168.63.129.16",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "2002:a9fe:a9fe::1",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
        "",
    ],
)
def test_address_that_is_not_public_may_not_be_called_when_nothing_is_listed(address: str) -> None:
    assert not EMPTY.admits(address, host="git.example.com", port=443)


@pytest.mark.parametrize(
    ("listed", "host", "port", "address", "expected"),
    [
        ("git.corp", "git.corp", 443, "10.0.0.5", True),
        ("git.corp", "GIT.corp.", 8443, "10.0.0.5", True),
        ("git.corp:8443", "git.corp", 8443, "10.0.0.5", True),
        ("git.corp:8443", "git.corp", 443, "10.0.0.5", False),
        ("git.corp", "other.corp", 443, "10.0.0.5", False),
        ("git.corp", "git.corp.evil.example", 443, "10.0.0.5", False),
        ("git.corp", "github.com", 443, "140.82.121.4", False),
        ("git.corp, github.com", "github.com", 443, "140.82.121.4", True),
        ("10.0.0.0/8", "anything", 443, "10.0.0.5", True),
        ("10.0.0.0/8", "anything", 443, "::ffff:10.0.0.5", True),
        ("10.0.0.0/8", "anything", 443, "11.0.0.5", False),
        ("10.0.0.5", "anything", 22, "10.0.0.5", True),
        ("10.0.0.5:22", "10.0.0.5", 22, "10.0.0.5", True),
        ("10.0.0.5:22", "10.0.0.5", 443, "10.0.0.5", False),
        ("fd00::/8", "git.corp", 443, "fd12::1", True),
        ("[fd12::1]:22", "fd12::1", 22, "fd12::1", True),
        ("localhost", "localhost", 80, "127.0.0.1", True),
        # A name that may be called does not lead to what describes the machine.
        ("git.corp", "git.corp", 80, "169.254.169.254", False),
        ("git.corp", "git.corp", 80, "168.63.129.16", False),
        ("git.corp", "git.corp", 80, "0.0.0.0", False),
        ("git.corp", "git.corp", 80, "224.0.0.1", False),
        ("169.254.0.0/16", "git.corp", 80, "169.254.169.254", True),
    ],
)
def test_what_is_listed_may_be_called_and_nothing_else(
    listed: str, host: str, port: int, address: str, *, expected: bool
) -> None:
    assert AllowList.read(listed).admits(address, host=host, port=port) is expected


@pytest.mark.parametrize(
    ("listed", "host", "port", "expected"),
    [
        ("", "git.example.com", 80, False),
        ("", "127.0.0.1", 80, False),
        ("git.corp", "git.corp", 80, True),
        ("git.corp:8080", "git.corp", 80, False),
        ("git.corp", "github.com", 80, False),
        ("10.0.0.0/8", "10.1.1.1", 80, True),
        ("10.0.0.0/8", "11.1.1.1", 80, False),
        ("10.0.0.0/8", "git.corp", 80, True),
    ],
)
def test_http_will_do_within_what_is_listed_alone(
    listed: str, host: str, port: int, *, expected: bool
) -> None:
    assert AllowList.read(listed).may_be_open(host, port) is expected


@pytest.mark.parametrize("blanks", ["a.corp,b.corp", "a.corp b.corp", " a.corp;\n b.corp ,"])
def test_entries_have_commas_or_blanks_between(blanks: str) -> None:
    assert AllowList.read(blanks).hosts == {("a.corp", None), ("b.corp", None)}


@pytest.mark.parametrize(
    "entry",
    [
        "10.0.0.0/33",
        "10.0.0.1/8",
        "300.1.1.1",
        "git.corp:0",
        "git.corp:65536",
        "git.corp:ssh",
        "https://git.corp",
        "user@git.corp",
        "[::1",
        "*/*",
    ],
)
def test_every_entry_that_is_none_is_named(entry: str) -> None:
    with pytest.raises(SettingsError) as raised:
        AllowList.read(f"good.corp, {entry}, :")

    assert [mistake for mistake in raised.value.mistakes if repr(entry) in mistake]
    assert len(raised.value.mistakes) == 2
    assert all("GIT_SERVER_ALLOWLIST" in mistake for mistake in raised.value.mistakes)
