from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadRequestError
from shared.git_hosts.git.addresses import read_clone_address


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://github.com/acme/shop.git", "https://github.com/acme/shop.git"),
        ("https://github.com/acme/shop", "https://github.com/acme/shop"),
        ("  https://github.com/acme/shop/ \n", "https://github.com/acme/shop"),
        ("github.com/acme/shop", "https://github.com/acme/shop"),
        ("HTTPS://GitHub.COM./Acme/Shop.git", "https://github.com/Acme/Shop.git"),
        ("https://github.com:443/acme/shop", "https://github.com/acme/shop"),
        ("https://git.example.org:8443//a//b.git/", "https://git.example.org:8443/a/b.git"),
        ("http://git.example.org:80/a", "http://git.example.org/a"),
        ("https://git.example.org/a b/c++", "https://git.example.org/a%20b/c%2B%2B"),
        ("https://git.example.org/a%20b/%63", "https://git.example.org/a%20b/c"),
        ("https://git.example.org/stra\u00dfe", "https://git.example.org/stra%C3%9Fe"),
        ("https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://\uff47\uff49\uff54.example/a", "https://git.example/a"),
        ("https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        ("git@github.com:acme/shop.git", "git@github.com:acme/shop.git"),
        ("git@GitHub.com:/acme//shop.git/", "ssh://git@github.com/acme/shop.git"),
        ("git@git.sr.ht:~team/shop", "git@git.sr.ht:~team/shop"),
        ("git@host:a b/c%20d", "git@host:a b/c%20d"),
        ("ssh://git@github.com/acme/shop.git", "ssh://git@github.com/acme/shop.git"),
        ("ssh://GitHub.com:22/acme/shop", "ssh://git@github.com/acme/shop"),
        ("ssh://j.doe@review.example:29418/shop", "ssh://j.doe@review.example:29418/shop"),
        ("git@[2001:db8::1]:a", "git@[2001:db8::1]:a"),
    ],
)  # fmt: skip
def test_address_is_brought_to_one_form(given: str, used: str) -> None:
    read = read_clone_address(given)

    assert read.url == used
    assert read_clone_address(used) == read


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("https://github.com/acme/shop.git", ("acme", "shop")),
        ("https://gitlab.com/acme/back/shop", ("acme", "back", "shop")),
        ("git@host:shop.git", ("shop",)),
        ("ssh://git@host/srv/git/shop/.git", ("srv", "git", "shop")),
        ("https://host/.github.git", (".github",)),
    ],
)
def test_name_has_no_ending(given: str, names: tuple[str, ...]) -> None:
    assert read_clone_address(given).names == names


def test_each_way_to_a_repository_leads_to_the_same_one() -> None:
    ways = [
        "https://github.com/acme/shop",
        "https://GITHUB.com:443/acme/shop.git/",
        "git@github.com:acme/shop.git",
        "ssh://somebody@github.com:22/acme/shop.git",
    ]

    assert {read_clone_address(way).repository_id for way in ways} == {
        "ce4f4dac-4a63-5a98-bb51-7b1fea9e7c3b"
    }


def test_other_repositories_are_others() -> None:
    others = [
        "https://github.com/acme/shop",
        "https://github.com/acme/shop2",
        "https://github.com/acme2/shop",
        "https://gitlab.com/acme/shop",
        "https://github.com:8443/acme/shop",
        "https://github.com/Acme/shop",
        "https://github.com/acme%2Fshop",
    ]

    assert len({read_clone_address(other).repository_id for other in others}) == len(others)


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        " ",
        "--upload-pack=touch /tmp/x",
        "-oProxyCommand=x@host:path",
        "ext::sh -c touch% /tmp/x",
        "fd::17/x",
        "codecommit::eu-central-1://shop",
        "file:///etc/passwd",
        "file://host/etc/passwd",
        "ext://host/path",
        "/etc/passwd",
        "./shop",
        "C:\\shop",
        "\\\\server\\shop",
        "git://host/shop",
        "ftp://host/shop",
        "javascript:alert(1)",
        "ssh://-oProxyCommand=x/path",
        "ssh://-x@host/path",
        "ssh://host-/path",
        "git@-host:path",
        "-git@host:path",
        "git@host:-path",
        "git@host:",
        "git@host:/",
        "host:path",
        "https://",
        "https:///path",
        "https://host",
        "https://host/",
        "https://host/.git",
        "https://host/a/../b",
        "https://host/./b",
        "https://host/%2e%2e/b",
        "https://host/a?x=1",
        "https://host/a#b",
        "https://host/a?",
        "https://host:0/a",
        "https://host:99999/a",
        "https://host:x/a",
        "https://[::1/a",
        "https://ho st/a",
        "https://host/a\nb",
        "https://host/a%0ab",
        "https://host/a%00",
        "https://host/a\x00",
        "https://host/a\u2028b",
        "https://host\\@evil.example/a",
        "https://a..b/c",
        "https://" + "x" * 1000 + "/a",
        "ssh://us er@host/path",
        "ssh://us%0aer@host/path",
    ],
)  # fmt: skip
def test_address_that_is_none_is_refused(hostile: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        read_clone_address(hostile)

    assert list(refused.value.fields) == ["url"]
    assert refused.value.next_step


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@host/a",
        "https://hunter2@host/a",
        "http://me:hunter2@host/a",
        "ssh://git:hunter2@host/a",
    ],
)
def test_password_in_an_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        read_clone_address(url)

    assert "password" in refused.value.fields["url"]
    assert "hunter2" not in f"{refused.value} {refused.value.fields} {refused.value.next_step}"


@given(st.text(max_size=40), st.sampled_from(["https://host/", "ssh://host/", "git@host:", ""]))
def test_any_text_is_refused_or_has_one_form(text: str, before: str) -> None:
    try:
        read = read_clone_address(before + text)
    except BadRequestError:
        return
    assert read_clone_address(read.url) == read
    assert all(segment not in {"", ".", ".."} for segment in read.path)
