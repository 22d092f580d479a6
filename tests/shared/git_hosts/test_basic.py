from __future__ import annotations

import pytest

from shared.git_hosts.basic import basic, wrong_password, wrong_user_name


def test_header_is_the_one_of_the_specification() -> None:
    # https://www.rfc-editor.org/rfc/rfc7617#section-2
    assert basic("Aladdin", "open sesame") == {
        "Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    }


@pytest.mark.parametrize("name", ["me", "SHOP\\me", "me@example.com", "Zoë M"])
def test_user_name_that_can_be_sent_is_right(name: str) -> None:
    assert not wrong_user_name(name)


@pytest.mark.parametrize("name", ["", "a:b", "a\r\nb", "a\x7f", "a" * 257])
def test_user_name_that_would_end_early_is_wrong(name: str) -> None:
    assert "no colon" in wrong_user_name(name)


@pytest.mark.parametrize("password", ["", "a\nb", "\x00", "a" * 4097])
def test_password_that_cannot_be_sent_is_wrong(password: str) -> None:
    assert wrong_password(password)
    assert not wrong_password("with: colon, and blanks")
