"""What is deployed is chosen by the lists that say so, and they agree."""

from __future__ import annotations

import re
import subprocess
import sys
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from infra.lock import Chosen, _Archive, _Download, _Metadata, lock
from infra.package import FILES, FOLDERS, LOCK, ROOT, SUFFIXES, dependencies, of_app

if TYPE_CHECKING:
    from pathlib import Path

DEPLOYED: dict[str, str] = {"python_version": "3.13", "sys_platform": "linux"}
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>\S+) --hash=sha256:[0-9a-f]{64}")


def locked() -> dict[str, str]:
    lines = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    found = [PIN.fullmatch(line) for line in lines]
    return {it["name"]: it["version"] for it in found if it} if all(found) else {}


def required() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    read = [Requirement(text) for line in lines if (text := line.partition("#")[0].strip())]
    return {
        it.name.lower(): str(it.specifier).removeprefix("==")
        for it in read
        if it.marker is None or it.marker.evaluate(DEPLOYED)
    }


def ignored(name: str, path: str) -> bool:
    patterns = (ROOT / path).read_text().splitlines()
    return any(fnmatch(name, line.strip("/")) for line in patterns if not line.startswith("#"))


def test_lock_holds_each_requirement_as_it_is_pinned() -> None:
    chosen = locked()

    assert required()["azure-functions"] == "2.3.0"
    assert chosen == chosen | required()


def test_lock_is_in_order_of_names_whatever_the_order_of_the_report() -> None:
    report = [chosen("Werkzeug", "3"), chosen("azure_core", "1"), chosen("ruamel.yaml", "2")]

    lines = lock(report).splitlines()

    assert [line.partition(" ")[0] for line in lines if not line.startswith("#")] == [
        "azure-core==1",
        "ruamel-yaml==2",
        "werkzeug==3",
    ]
    assert all(PIN.fullmatch(line) for line in lines if not line.startswith("#"))


def chosen(name: str, version: str) -> Chosen:
    return Chosen(_Metadata(name, version), _Download(_Archive({"sha256": "a" * 64})))


def test_core_tools_leave_out_what_the_package_leaves_out() -> None:
    seen = {path.name for path in ROOT.iterdir() if not ignored(path.name, ".gitignore")}

    kept = {name for name in seen if not ignored(name, ".funcignore")}

    assert kept == {*FILES, *FOLDERS}


def test_whole_app_is_taken_and_nothing_that_lies_about_in_it(tmp_path: Path) -> None:
    kept = [
        "shared/x.py",
        "admin_console/static/a.css",
        "admin_console/templates/help/b.html",
        "certificates/servers.pem",
    ]
    left = ["shared/__pycache__/x.pyc", "shared/.x.py.swp", "shared/key_ring.json", "devhost/y.py"]
    for name in (*kept, *left, *FILES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert {name for name, _ in of_app(tmp_path)} == {*kept, *FILES}


def test_every_kind_of_file_that_the_app_has_is_taken() -> None:
    kinds = {
        path.suffix
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert kinds == SUFFIXES


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("azure/core/__init__.py", True),
        ("azure_core-1.0.dist-info/METADATA", True),
        ("azure_core-1.0.dist-info/licenses/LICENSE", True),
        ("_cffi_backend.cpython-313-x86_64-linux-gnu.so", True),
        ("azure/core/RECORD", True),
        ("azure_core-1.0.dist-info/RECORD", False),
        ("azure_core-1.0.dist-info/INSTALLER", False),
        ("azure_core-1.0.dist-info/REQUESTED", False),
        ("azure_core-1.0.dist-info/direct_url.json", False),
        ("azure/core/__pycache__/x.cpython-311.pyc", False),
        ("bin/dulwich", False),
    ],
)
def test_what_only_installing_needs_is_left_out(
    tmp_path: Path, name: str, *, is_kept: bool
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()

    assert [found for found, _ in dependencies(tmp_path)] == [name] * is_kept


def test_package_can_be_built_where_nothing_is_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "infra.package", "--help"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 0, done.stderr
