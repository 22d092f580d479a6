"""The doctor's page: a kept connection, looked at step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def page(installation: Installation, sample: SampleOrganization) -> str:
    return f"/integrations/{installation.connect(sample)}/doctor"


def test_nothing_is_called_before_somebody_asks(
    installation: Installation, sample: SampleOrganization, page: str
) -> None:
    sample.calls.reset()

    seen = Visitor(installation.services).get(page)

    assert "It changes nothing." in seen.text
    assert len(sample.calls) == 0


def test_each_step_is_told_in_words_and_not_by_its_mark_alone(
    installation: Installation, page: str
) -> None:
    seen = Visitor(installation.services).post(page)

    assert "Successfully connected." in seen.text
    assert "Sign-in : good." in seen.text
    assert "Address for service hooks : limits what is indexed." in seen.text


def test_what_is_wrong_is_told_with_what_to_do_and_a_command_without_the_token(
    installation: Installation, sample: SampleOrganization, page: str
) -> None:
    token = sample.token
    sample.revoke_token()

    seen = Visitor(installation.services).post(page)

    assert "It does not work like this." in seen.text
    assert "Sign-in : wrong." in seen.text
    assert "What to do:" in seen.text
    assert "$TOKEN" in seen.text
    assert token not in seen.html
