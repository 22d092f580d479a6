"""Infra keeps the rules about it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.infra import (
    rules_of_alerts,
    rules_of_language,
    rules_of_protection,
    rules_of_roles,
    rules_of_settings,
)
from tests.infra.infrastructure import HERE, ROOT, load
from tests.test_readme import in_code, section

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.infrastructure import Infrastructure, Rule

RULES = (
    *rules_of_language.RULES,
    *rules_of_settings.RULES,
    *rules_of_roles.RULES,
    *rules_of_protection.RULES,
    *rules_of_alerts.RULES,
)
CHECKER = ROOT.parent / "shared" / "tools" / "bicep" / "check.py"
BICEP = sorted(HERE.rglob("*.bicep"))


@pytest.fixture(scope="module")
def infra() -> Infrastructure:
    return load(HERE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.__name__))
def test_rule_is_kept(rule: Rule, infra: Infrastructure) -> None:
    mistakes = list(rule(infra))

    assert mistakes == []


@pytest.mark.skipif(not CHECKER.exists(), reason="the checker of resource types is not at hand")
@pytest.mark.parametrize("path", BICEP, ids=lambda path: str(path.relative_to(HERE)))
def test_resource_types_have_the_properties_that_are_used(path: Path) -> None:
    checked = subprocess.run(
        [sys.executable, str(CHECKER), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (checked.stdout, checked.stderr, checked.returncode) == ("", "", 0)


def test_every_setting_of_bicep_is_in_the_readme(infra: Infrastructure) -> None:
    first_cells = [row.split("|")[1] for row in section("Settings").splitlines() if "|" in row]
    told = {name for cell in first_cells for name in in_code(cell)}

    read = rules_of_settings.names_that_the_app_reads()

    assert (rules_of_settings.names_that_are_set(infra) & read) - told == set()


def test_everything_is_a_plain_resource_of_ours(infra: Infrastructure) -> None:
    modules = [m.type for file in infra.files.values() for m in file.of("module").values()]

    assert [path for path in modules if not (HERE / path).is_file()] == []


def test_only_the_operators_file_reads_the_environment(infra: Infrastructure) -> None:
    texts = {name: (infra.folder / name).read_text() for name in infra.files}

    assert [name for name, text in texts.items() if "readEnvironmentVariable" in text] == []
