"""What the package holds, as it is built."""

from __future__ import annotations

import zipfile
from email.parser import BytesParser
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.tags import compatible_tags, cpython_tags, parse_tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from infra.package import FILES, FOLDERS, ROOT, SITE_PACKAGES, TARGET, Package, build, main

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

pytestmark = pytest.mark.system

DEPLOYED = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}
LARGEST = 30_000_000
"""Every new instance downloads it before it answers."""


def entries(package: Package) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(package.path) as opened:
        return opened.infolist()


def told(unpacked: Path, name: str) -> list[Message]:
    """Return a file of each distribution in the package, read as headers."""
    files = (unpacked / SITE_PACKAGES).glob(f"*.dist-info/{name}")
    return [BytesParser().parsebytes(path.read_bytes()) for path in files]


def test_package_is_the_same_each_time(package: Package, tmp_path: Path) -> None:
    again = build(tmp_path)

    assert again.path.read_bytes() == package.path.read_bytes()
    assert again.sha256 == package.sha256


def test_package_tells_nothing_of_when_and_by_whom_it_was_built(package: Package) -> None:
    found = entries(package)

    assert [entry.filename for entry in found] == sorted(entry.filename for entry in found)
    assert {(e.date_time, e.external_attr, e.create_system, e.extra) for e in found} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644 << 16, 3, b"")
    }


def test_package_holds_the_app_and_what_it_needs_and_nothing_else(package: Package) -> None:
    app = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    found = {entry.filename for entry in entries(package)}

    assert {name for name in found if not name.startswith(f"{SITE_PACKAGES}/")} == app | {*FILES}
    assert {"admin_console/templates/page.html", "admin_console/static/console.css"} <= app
    assert package.path.stat().st_size < LARGEST


def test_everything_that_the_package_needs_is_in_it(unpacked: Path) -> None:
    metadata = told(unpacked, "METADATA")
    there = {canonicalize_name(it["Name"]): Version(it["Version"]) for it in metadata}

    needed = [Requirement(text) for it in metadata for text in it.get_all("Requires-Dist", [])]

    now = [need for need in needed if need.marker is None or need.marker.evaluate(DEPLOYED)]
    assert len(now) > len(there)
    assert not [need for need in now if canonicalize_name(need.name) not in there]
    assert all(need.specifier.contains(there[canonicalize_name(need.name)]) for need in now)


def test_everything_in_the_package_runs_on_python_3_13_on_linux(unpacked: Path) -> None:
    platforms = [it.removeprefix("--platform=") for it in TARGET if it.startswith("--platform=")]
    runs = {*cpython_tags((3, 13), platforms=platforms)}
    runs |= {*compatible_tags((3, 13), "cp313", platforms)}

    built_for = [it.get_all("Tag", []) for it in told(unpacked, "WHEEL")]

    assert len(built_for) == len(told(unpacked, "METADATA"))
    for tags in built_for:
        assert runs & {tag for text in tags for tag in parse_tag(text)}, tags


def test_command_prints_path_size_and_hash(
    tmp_path: Path, package: Package, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([str(tmp_path)])

    printed = capsys.readouterr().out
    assert status == 0
    assert str(tmp_path / package.path.name) in printed
    assert printed.endswith(f"sha256 {package.sha256}\n")
