"""`make demo` as a person sees it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.installation import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.azurite, pytest.mark.usefixtures("azurite")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder to start in."""
    for name in ("function_app.py", "host.json"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return somebody's own clone, which names one issue more often than another."""
    path = tmp_path / "thing"
    git = ("git", "-c", "user.name=Developer", "-c", "user.email=developer@example.com")
    subprocess.run([*git, "init", "-q", "-b", "trunk", str(path)], check=True)
    for message in ("PAY-7 Begin", "OPS-1 Run it", "PAY-7 Go on"):
        commit = [*git, "commit", "-q", "--allow-empty", "-m", message]
        subprocess.run(commit, cwd=path, check=True)
    return path


def shown(folder: Path, *words: str) -> tuple[str, int]:
    """Return what the demo prints until it keeps running, and how it ends after Ctrl-C."""
    lines = []
    with subprocess.Popen(
        [sys.executable, "-m", "devhost.demo", "--port", "0", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if "until Ctrl-C" in line:
                process.send_signal(signal.SIGINT)
    return "".join(lines), process.returncode


def test_links_of_an_issue_are_shown_and_a_pushed_commit_is_linked_within_seconds(
    folder: Path,
) -> None:
    text, status = shown(folder)

    kinds = re.findall(r"^  (branch|pull request|commit) ", text, re.MULTILINE)
    assert kinds == sorted(kinds, key=["branch", "pull request", "commit"].index)
    assert {"branch", "pull request", "commit"} == set(kinds)
    assert re.search(r"from push to link: \d+\.\d\d seconds", text)
    assert re.search(r'curl -H "Authorization: Bearer dvl_\w+" .*\n +http://localhost:\d+/', text)
    assert status == 0


def test_own_clone_is_shown_by_the_issue_that_it_names_most_often(
    folder: Path, clone: Path
) -> None:
    before = (clone / ".git" / "refs" / "heads" / "trunk").read_bytes()

    text, status = shown(folder, "--repository", str(clone))

    assert "PAY-7 has 2 links:" in text
    assert re.search(r"Pushing a commit to thing: PAY-7 .*\n  commit .*thing", text)
    assert "from push to link: " in text
    assert (clone / ".git" / "refs" / "heads" / "trunk").read_bytes() == before
    assert status == 0
