from __future__ import annotations

import azure.functions as func
import pytest

from shared.web.cookies import cookies_of


def cookies(header: str) -> dict[str, str]:
    return cookies_of(func.HttpRequest("GET", "/", headers={"cookie": header}, body=b""))


def test_cookies_are_told_by_name() -> None:
    assert cookies("a=1; b=2=3;\tc=") == {"a": "1", "b": "2=3", "c": ""}


def test_of_two_with_one_name_the_first_counts() -> None:
    assert cookies("a=1; a=2") == {"a": "1"}


@pytest.mark.parametrize("space", ["\u2000", "\u00a0", "\u0085", "\u3000", "\x0b", "\x1f", "="])
def test_name_that_only_looks_like_a_protected_one_is_another(space: str) -> None:
    """Browsers let any host of the domain set it: its name does not begin with `__Host-`."""
    found = cookies(f"{space}__Host-sid=chosen; __Host-sid=ours")

    assert found["__Host-sid"] == "ours"
