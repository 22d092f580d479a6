"""The script that deploys asks the right things of Azure's command line; a fake one answers."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.infra.infrastructure import HERE, load

if TYPE_CHECKING:
    from pathlib import Path

# Notes what it is asked, and tells of each output its own name.
FAKE_AZ = """#!/bin/sh
printf '%s\\n' "$*" >> "$(dirname "$0")/asked"
for word; do
    word=${word#properties.outputs.}
    case $word in *.value) echo "the-${word%.value}";; esac
done
"""
NAMED = {"AZURE_ENV_NAME": "test", "AZURE_LOCATION": "westeurope"}


class Deploying:
    """A copy of the script, with nothing else around it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "infra").mkdir()
        (folder / "dist").mkdir()
        shutil.copy(HERE / "deploy.sh", folder / "infra")
        fake = folder / "az"
        fake.write_text(FAKE_AZ)
        fake.chmod(0o755)

    def add_package(self, name: str) -> None:
        (self._folder / "dist" / name).touch()

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._folder / "infra" / "deploy.sh"), *arguments],
            env={"PATH": f"{self._folder}:/usr/bin:/bin", **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def asked(self) -> list[str]:
        path = self._folder / "asked"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def deploying(tmp_path: Path) -> Deploying:
    return Deploying(tmp_path)


def test_it_makes_what_the_parameters_file_says(deploying: Deploying) -> None:
    done = deploying.run("resources", **NAMED)

    assert (done.returncode, done.stderr) == (0, "")
    [asked] = deploying.asked
    assert asked == (
        "deployment sub create --name devlinks-test --location westeurope "
        "--parameters infra/main.bicepparam --output none"
    )


def test_it_deploys_the_package_to_the_app_that_was_made(deploying: Deploying) -> None:
    deploying.add_package("devlinks-1.0.0.zip")

    done = deploying.run("package", **NAMED)

    assert (done.returncode, done.stderr) == (0, "")
    assert deploying.asked[-1] == (
        "functionapp deployment source config-zip --resource-group the-AZURE_RESOURCE_GROUP "
        "--name the-AZURE_FUNCTION_APP_NAME --src dist/devlinks-1.0.0.zip --output none"
    )


@pytest.mark.parametrize("packages", [[], ["devlinks-1.0.0.zip", "devlinks-1.1.0.zip"]])
def test_it_deploys_nothing_when_it_cannot_tell_what(
    packages: list[str], deploying: Deploying
) -> None:
    for name in packages:
        deploying.add_package(name)

    done = deploying.run("package", **NAMED)

    assert done.returncode == 1
    assert "one package" in done.stderr
    assert deploying.asked == []


@pytest.mark.parametrize("name", NAMED)
def test_an_installation_without_name_or_region_is_not_made(
    name: str, deploying: Deploying
) -> None:
    done = deploying.run("resources", **{n: value for n, value in NAMED.items() if n != name})

    assert done.returncode != 0
    assert name in done.stderr
    assert deploying.asked == []


@pytest.mark.parametrize("arguments", [[], ["everything"]])
def test_it_says_what_it_can_do(arguments: list[str], deploying: Deploying) -> None:
    done = deploying.run(*arguments, **NAMED)

    assert done.returncode == 2
    assert "resources|package|smoke" in done.stderr


def test_it_asks_for_outputs_that_there_are() -> None:
    asked = set(re.findall(r"told ([A-Z_]+)", (HERE / "deploy.sh").read_text()))

    assert asked
    assert asked <= set(load(HERE).main.of("output"))
