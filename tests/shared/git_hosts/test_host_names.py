from __future__ import annotations

import pytest

from shared.git_hosts.host_names import read_host_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("TFS.Example.com", "tfs.example.com"),
        ("tfs.example.com.", "tfs.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("ｔｆｓ.example", "tfs.example"),  # noqa: RUF001 — full-width letters are the case
        ("build_server", "build_server"),
        ("10.0.0.7", "10.0.0.7"),
        ("fd00::7", "fd00::7"),
    ],
)
def test_host_is_brought_to_one_form(text: str, name: str) -> None:
    assert read_host_name(text) == name


@pytest.mark.parametrize(
    "text",
    ["", ".", "a..b", "-a", "a-", "a b", "a\\b", "a@b", "a%b", "fe80::1%eth0", "ü" * 80, "a/b"],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — or one of its kinds
        read_host_name(text)
