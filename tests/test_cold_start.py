"""What a new instance loads before it can answer: nothing that only some requests need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOADED = "import function_app, sys; print(*sorted(sys.modules))"


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Return every module that the functions have loaded once they are registered."""
    found = subprocess.run(
        [sys.executable, "-c", LOADED],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    return frozenset(found.stdout.split())


@pytest.mark.parametrize(
    "package",
    [
        "azure.data",
        "azure.identity",
        "azure.keyvault",
        "azure.storage",
        "certifi",
        "cryptography",
        "dulwich",
        "jwt",
        "msal",
        "paramiko",
        "requests",
        "urllib3",
    ],
)
def test_what_only_some_requests_need_is_not_loaded_at_the_start(
    loaded: frozenset[str], package: str
) -> None:
    assert "shared.bootstrap" in loaded
    assert package not in loaded
