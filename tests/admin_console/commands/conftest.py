"""A shell beside an installation in memory."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from admin_console.commands.parsing import parser_of
from admin_console.commands.table import COMMANDS, TOPICS
from devhost.sample_organization import Clock, SampleOrganization
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Shell:
    """Runs commands on the services of an installation."""

    def __init__(
        self,
        installation: Installation,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.installation = installation
        self.services = installation.services
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.status = 0
        self.errors = ""

    def run(self, *words: str, typed: str = "") -> list[str]:
        """Return the lines that a command prints; errors are raised as they are."""
        with self._monkeypatch.context() as terminal:
            stdin = io.TextIOWrapper(io.BytesIO(typed.encode()))
            terminal.setattr(sys, "stdin", stdin)
            parser = parser_of(COMMANDS, TOPICS, prog="admin_console", description=None)
            arguments = parser.parse_args(words)
            self._capsys.readouterr()
            self.status = arguments.run(self.services, arguments) or 0
        said = self._capsys.readouterr()
        self.errors = said.err
        return said.out.splitlines()

    def noted(self) -> list[str]:
        """Return what the audit tells that an operator did, in order of name."""
        entries = self.installation.call("GET", "audit?limit=200").json["entries"]
        return sorted(e["action"] for e in entries if e["by"]["kind"] == "operator")


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with two repositories."""
    with SampleOrganization(tmp_path / "sample", clock=Clock(NOW, running=False)) as started:
        started.add_project("Shop")
        for name in ("cart", "shop"):
            started.create_repository("Shop", name)
            started.push(name, "main", "PAY-1 Start")
        yield started


@pytest.fixture
def installation(sample: SampleOrganization) -> Installation:
    return Installation(
        clock=sample.clock, services_url=sample.base_url, public_url="https://links.example.com"
    )


@pytest.fixture
def shell(
    installation: Installation,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    return Shell(installation, capsys, monkeypatch)


@pytest.fixture
def contoso(installation: Installation, sample: SampleOrganization) -> str:
    """Return the id of an integration that is indexed."""
    integration = installation.connect(sample)
    installation.work()
    return integration
