"""Choose what is deployed: every distribution that the app needs, one file of each, by its hash.

`python -m infra.lock`, on Python 3.13 and Linux, writes `infra/requirements.lock` anew from
`requirements.txt`. Whoever changes the one runs it; what the other names changes at no other time.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from infra.package import LOCK, ROOT, TARGET

if TYPE_CHECKING:
    from collections.abc import Sequence

DEPLOYED_ON: Final = ("Linux", "x86_64", "3.13")
_HEAD: Final = """\
# What is deployed, written by `python -m infra.lock` from requirements.txt; see infra/package.py.
# For Python 3.13 on Linux x86_64 only.
"""


class _Metadata(Struct):
    name: str
    version: str


class _Archive(Struct):
    hashes: dict[str, str]


class _Download(Struct):
    archive_info: _Archive


class Chosen(Struct):
    """A distribution in pip's report (https://pip.pypa.io/en/stable/reference/installation-report).

    Of the files that there are of it, `download_info` is about the one for the machine.
    """

    metadata: _Metadata
    download_info: _Download

    def line(self) -> str:
        """Return its line of the lock."""
        sha256 = self.download_info.archive_info.hashes["sha256"]
        return f"{self.name}=={self.metadata.version} --hash=sha256:{sha256}\n"

    @property
    def name(self) -> str:
        """Its name, in the form in which names are compared."""
        return self.metadata.name.lower().replace("_", "-").replace(".", "-")


class _Report(Struct):
    install: list[Chosen]


def choose() -> list[Chosen]:
    """Return what pip would install for `requirements.txt`; CalledProcessError when it fails."""
    done = subprocess.run(  # noqa: S603 — nothing in it comes from outside
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--dry-run", "--ignore-installed", "--report=-"),
            *TARGET,
            *("--target", str(ROOT), "--requirement", str(ROOT / "requirements.txt")),
        ],
        check=True,
        stdout=subprocess.PIPE,
    )
    return msgspec.json.decode(done.stdout, type=_Report).install


def lock(chosen: Sequence[Chosen]) -> str:
    """Return the text of the lock, in order of the names."""
    return _HEAD + "".join(one.line() for one in sorted(chosen, key=lambda one: one.name))


def main() -> int:
    """Write the lock; conditions in requirements are judged by the Python that runs this."""
    here = (platform.system(), platform.machine(), platform.python_version().rpartition(".")[0])
    if here != DEPLOYED_ON:
        print(  # noqa: T201 — a command-line program prints
            f"This is {' '.join(here)}; only {' '.join(DEPLOYED_ON)} can tell what it needs.",
            file=sys.stderr,
        )
        return 1
    LOCK.write_text(lock(choose()), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
