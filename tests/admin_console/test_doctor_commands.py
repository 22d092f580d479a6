from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

from admin_console.commands.doctor_commands import test_integration as run
from shared.errors import UnknownThingError
from tests.shared.web.in_memory import Installation, integration_body

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization


@pytest.fixture
def integration(installation: Installation, sample: SampleOrganization) -> argparse.Namespace:
    made = installation.call("POST", "integrations", integration_body(sample)).json
    return argparse.Namespace(integration=made["id"])


def test_each_step_is_printed_with_what_to_do_and_how_to_check(
    installation: Installation,
    sample: SampleOrganization,
    integration: argparse.Namespace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sample.revoke_token()

    status = run(installation.services, integration)

    printed = capsys.readouterr().out
    assert status == 1
    assert "ok        Address\n" in printed
    assert "FAILED    Sign-in\n          Authorization denied: " in printed
    assert "not told  Projects\n          Not asked: " in printed
    assert f"          {sample.url}/_usersSettings/tokens\n" in printed
    assert """          curl -u ":$TOKEN" 'http://""" in printed
    assert sample.token not in printed


def test_integration_that_works_exits_well(
    installation: Installation,
    integration: argparse.Namespace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = run(installation.services, integration)

    assert status == 0
    assert "Successfully connected" in capsys.readouterr().out


def test_unknown_integration_is_an_error(installation: Installation) -> None:
    with pytest.raises(UnknownThingError):
        run(installation.services, argparse.Namespace(integration="nothing"))
