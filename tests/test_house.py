"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DEPLOYED = (
    "admin_console",
    "index_worker",
    "links_api",
    "oauth_callback",
    "reindex_timer",
    "webhook_handler",
)
MODULES = sorted((ROOT / "shared").rglob("*.py"))
FUNCTION_MODULES = sorted(path for name in DEPLOYED for path in (ROOT / name).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def reads_environment(path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        for node in ast.walk(ast.parse(path.read_text()))
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_in_shared_only_the_web_layer_knows_azure_functions(path: Path) -> None:
    is_web = (ROOT / "shared" / "web") in path.parents

    knows = any(name.startswith("azure.functions") for name in imports(path))

    assert is_web or not knows


@pytest.mark.parametrize(
    "path", [*MODULES, *FUNCTION_MODULES], ids=lambda p: str(p.relative_to(ROOT))
)
def test_only_bootstrap_reads_the_environment(path: Path) -> None:
    assert path.name == "bootstrap.py" or not reads_environment(path)


@pytest.mark.parametrize("name", [*DEPLOYED, "shared", "tests", "devhost"])
def test_no_folder_is_taken_for_a_function_of_the_old_model(name: str) -> None:
    assert not list((ROOT / name).rglob("function.json"))
