"""A sample organization in a process of its own, so that it takes none of what is measured."""

from __future__ import annotations

import multiprocessing
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from devhost.sample_organization import SampleOrganization

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

_PROJECT = "Shop"
_STOPS_WITHIN = 10.0


class Served(Struct, frozen=True):
    """Where a sample organization is, and what opens it."""

    base_url: str
    organization: str
    token: str

    def clone_url(self, repository: Path) -> str:
        """Return the address that git clones a repository from, with the token in it."""
        scheme, _, rest = self.base_url.partition("://")
        address = f"{rest}/{self.organization}/{_PROJECT}/_git/{repository.stem}"
        return f"{scheme}://bench:{self.token}@{address}"


@contextmanager
def served(repository: Path) -> Iterator[Served]:
    """Serve a bare repository by a sample organization until the end."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(repository, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join(_STOPS_WITHIN)


def _serve(repository: Path, caller: Connection) -> None:
    with tempfile.TemporaryDirectory(prefix="devlinks-sample-") as folder:
        sample = SampleOrganization(Path(folder))
        sample.add_project(_PROJECT)
        sample.add_repository(_PROJECT, repository)
        with sample:
            caller.send(Served(sample.base_url, sample.url.rpartition("/")[2], sample.token))
            caller.recv()
