from __future__ import annotations

import pytest

from shared.issue_keys.stop_list import STOP_LIST, is_stopped


@pytest.mark.parametrize(
    "project",
    [
        "UTF",
        "SHA",
        "RFC",
        "ISO",
        "TLS",
        "CVE",
        "PR",
        "BZ",
        "KIP",
        "JEP",
        "PEP",
        "X",
        "T1",
        "SASL_SSL",
    ],
)
def test_names_of_standards_and_the_like_are_stopped(project: str) -> None:
    assert is_stopped(project)


@pytest.mark.parametrize(
    "project", ["PAY", "SHOP", "AS7", "E2E", "EP", "SKIPS", "UTFX", "SSL_SHOP"]
)
def test_other_names_are_not(project: str) -> None:
    assert not is_stopped(project)


def test_list_is_made_of_names_that_a_key_can_have() -> None:
    assert all(name.isascii() and name.isupper() and name.isalnum() for name in STOP_LIST)
