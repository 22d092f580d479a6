"""Build the deployment package: the app and all that it needs in one zip file, ready to run.

`python -m infra.package` writes `dist/devlinks-<version>.zip`; Azure builds nothing from it. The
tree and `infra/requirements.lock` alone decide what it holds, so it is the same each time, byte
for byte while zlib is the same, on whichever Python; it takes nothing but that and its pip.
https://learn.microsoft.com/azure/azure-functions/deployment-zip-push tells what a package is.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from shared import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "infra" / "requirements.lock"
SITE_PACKAGES: Final = PurePosixPath(".python_packages/lib/site-packages")
"""Where Azure's worker looks for what the app needs."""

FILES: Final = ("function_app.py", "host.json", "requirements.txt")
FOLDERS: Final = (
    "admin_console",
    "index_worker",
    "links_api",
    "oauth_callback",
    "reindex_timer",
    "shared",
    "webhook_handler",
)
SUFFIXES: Final = frozenset({".css", ".html", ".js", ".py", ".svg"})
"""What a file of the app ends in. Anything else in its folders is somebody's own."""

CERTIFICATES: Final = "certificates"
"""A folder of an operator's own, which no repository has. Settings name the path of a PEM file in
it: `certificates/servers.pem`."""

TARGET: Final = (
    "--python-version=3.13",
    "--implementation=cp",
    # Azure's images have Debian 11 or later: its glibc, 2.31, is newer than each of these.
    *(
        f"--platform={name}_x86_64"
        for name in (
            "manylinux_2_28",
            "manylinux_2_17",
            "manylinux2014",
            "manylinux2010",
            "manylinux1",
        )
    ),
    "--only-binary=:all:",
)
"""What pip is told of the machine that the package will run on."""

_OF_INSTALLING: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
"""What pip notes beside each distribution; it differs with how, by what and where from."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The time of each entry, the first that a zip file can tell."""
_MODE: Final = 0o100644 << 16
_UNIX: Final = 3
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True)
class Package:
    """A package that was built."""

    path: Path
    entries: int
    unpacked: int
    """Bytes."""
    sha256: str

    def __str__(self) -> str:
        """Return what somebody who built it wants to know."""
        size = self.path.stat().st_size / _MEGABYTE
        return (
            f"{self.path}: {size:.1f} MB, unpacked {self.unpacked / _MEGABYTE:.1f} MB "
            f"in {self.entries} files\nsha256 {self.sha256}"
        )


def build(folder: Path) -> Package:
    """Write the package into *folder* and return it; CalledProcessError when pip fails."""
    path = folder / f"devlinks-{__version__}.zip"
    with TemporaryDirectory() as installed:
        install(Path(installed))
        needed = {str(SITE_PACKAGES / name): file for name, file in dependencies(Path(installed))}
        files = {**dict(of_app(ROOT)), **needed}
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, files)
        unpacked = sum(file.stat().st_size for file in files.values())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Package(path, len(files), unpacked, digest)


def install(folder: Path) -> None:
    """Put what the lock names into *folder*, each file held against its hash.

    pip judges conditions such as `python_version` by the Python that runs it, whatever it is told
    (https://github.com/pypa/pip/issues/11664). So the lock has none, and names every dependency;
    and which Python each of them is for was judged when it was written.
    """
    subprocess.run(  # noqa: S603 — nothing in it comes from outside
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--ignore-requires-python", "--no-compile", *TARGET),
            *("--require-hashes", "--requirement", str(LOCK), "--target", str(folder)),
        ],
        check=True,
    )


def of_app(root: Path) -> Iterator[tuple[str, Path]]:
    """Return each file of the app below *root* with its name in the package."""
    for name in FILES:
        yield name, root / name
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            if path.suffix in SUFFIXES and path.is_file():
                yield path.relative_to(root).as_posix(), path
    for path in (root / CERTIFICATES).glob("*.pem"):
        yield path.relative_to(root).as_posix(), path


def dependencies(folder: Path) -> Iterator[tuple[str, Path]]:
    """Return each file that was installed in *folder* and is needed there, with its name."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        is_of_installing = name.parent.suffix == ".dist-info" and name.name in _OF_INSTALLING
        if path.is_file() and not (is_of_installing or name.parts[0] == "bin" or _is_cache(name)):
            yield name.as_posix(), path


def _is_cache(name: Path) -> bool:
    return "__pycache__" in name.parts or name.suffix == ".pyc"


def _write(path: Path, files: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as package:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = _MODE
            package.writestr(entry, files[name].read_bytes())


def main(argv: Sequence[str] | None = None) -> int:
    """Build the package and print its path, size and hash."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    try:
        print(build(parser.parse_args(argv).folder))  # noqa: T201 — a command-line program prints
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
