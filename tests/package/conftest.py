"""What the tests of the deployment package share: the package, built once."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from infra.package import Package, build

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Return the package of this tree; what pip has downloaded before is not downloaded again."""
    return build(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def unpacked(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the package and nothing else."""
    folder = tmp_path_factory.mktemp("wwwroot")
    with zipfile.ZipFile(package.path) as opened:
        opened.extractall(folder)
    return folder
