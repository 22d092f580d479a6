"""What goes wrong, case by case: what each is called, how a command ends, what to do next.

`REFUSED` cannot be connected, `ODD` is in one repository of several, `STOPPED` is not started.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil
from msgspec import Struct

from devhost.sample_organization import SampleOrganization
from tests.installation import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Done = subprocess.CompletedProcess[str]
ROCKET = "\U0001f680"


class Refused(Struct, frozen=True):
    """A connection that is refused."""

    code: str
    exit_status: int
    next_step: str
    """What it says, in part."""
    url: str = "{contoso}"
    token: str = "{token}"


REFUSED = {
    "wrong token": Refused("signed_out", 10, "Make a new personal access token", token="wrong"),
    "unknown organization": Refused("missing", 12, "Check the name", url="{base}/nowhere"),
    "no repositories": Refused(
        "no_repositories",
        13,
        "access to a project that has a Git repository",
        url="{fabrikam}",
        token="{fabrikams}",
    ),
}


class Odd(Struct, frozen=True):
    """What is odd in one repository, and what becomes of it."""

    happens: Callable[[SampleOrganization], object]
    left_out: str | None = None
    titles: dict[str, list[str]] = {}
    """An issue → the titles of what links to it."""
    project: str = "Shop"
    name: str = "odd"


ODD = {
    "empty repository": Odd(lambda s: None, left_out="empty"),
    "disabled repository": Odd(
        lambda s: (s.push("odd", "main", "PAY-70 Retire"), s.disable_repository("odd")),
        left_out="disabled",
        titles={"PAY-70": []},
    ),
    "20 kB message": Odd(
        lambda s: s.push("odd", "main", f"PAY-70 Long\n\n{'All is told. ' * 1600}\nPAY-71"),
        titles={"PAY-70": ["PAY-70 Long"], "PAY-71": ["PAY-70 Long"]},
    ),
    "U+2028 and emoji": Odd(
        lambda s: (
            s.push(
                "odd", "main", f"{ROCKET}PAY-70 One line,\u2028not two {ROCKET}\n\n\u2028PAY-71"
            ),
            s.create_branch("odd", f"{ROCKET}/PAY-72-\u2028-line"),
        ),
        titles={
            "PAY-70": [f"{ROCKET}PAY-70 One line,\u2028not two {ROCKET}"],
            "PAY-71": [f"{ROCKET}PAY-70 One line,\u2028not two {ROCKET}"],
            "PAY-72": [f"{ROCKET}/PAY-72-\u2028-line"],
        },
    ),
    "names with blanks and #": Odd(
        lambda s: (
            s.push("odd (1) %23 é", "main", "PAY-70 Begin"),
            s.create_branch("odd (1) %23 é", "fix/#12-PAY-71"),
        ),
        titles={"PAY-70": ["PAY-70 Begin"], "PAY-71": ["fix/#12-PAY-71"]},
        project="Zahlungen & Café #1",
        name="odd (1) %23 é",
    ),
}


class Stopped(Struct, frozen=True):
    """A start that is stopped."""

    code: str
    exit_status: int
    next_step: str
    """What it says, in part."""
    settings: dict[str, str] = {}
    named: tuple[str, ...] = ()
    """What the line names besides."""
    program: str = "devhost"
    words: tuple[str, ...] = ("--port", "0")


STOPPED = {
    "port taken": Stopped(
        "port_taken", 3, "choose another one with --port", words=("--port", "{port}")
    ),
    "no Node": Stopped(
        "node_missing",
        4,
        "Install Node.js",
        settings={"PATH": "{folder}/nothing", "PYTHONPATH": "{folder}/without_wheel"},
    ),
    "no network": Stopped(
        "azurite_not_installed",
        5,
        "Check that npm reaches its registry",
        settings={
            "PYTHONPATH": "{folder}/new",
            "npm_config_registry": "http://127.0.0.1:9/",
            "npm_config_fetch_retries": "0",
        },
    ),
    "wrong settings": Stopped(
        "misconfigured",
        7,
        "Correct local.settings.json, host.json or the environment",
        settings={
            "AzureWebJobsStorage": "nonsense",
            "LOCAL_KEY_RING": "absent.json",
            "PUBLIC_URL": "https://links.example.com/api",
            "REINDEX_SCHEDULE": "every day",
        },
        named=("AzureWebJobsStorage", "LOCAL_KEY_RING", "PUBLIC_URL", "REINDEX_SCHEDULE"),
    ),
    "wrong settings on the command line": Stopped(
        "misconfigured",
        20,
        "Correct the settings",
        settings={
            "AzureWebJobsStorage": "nonsense",
            "LOCAL_KEY_RING": "absent.json",
            "PUBLIC_URL": "https://links.example.com/api",
            "REINDEX_SCHEDULE": "every day",
        },
        named=("AzureWebJobsStorage", "LOCAL_KEY_RING", "PUBLIC_URL", "REINDEX_SCHEDULE"),
        program="admin_console",
        words=("integration", "list"),
    ),
}


def ended(
    folder: Path,
    program: str,
    *words: str,
    typed: str = "",
    settings: Mapping[str, str] | None = None,
) -> Done:
    """Return how a program ended that was started in *folder*, which is its home too."""
    given = dict(settings or {})
    path = os.pathsep.join(filter(None, (given.pop("PYTHONPATH", ""), str(ROOT))))
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-m", program, *words],
        cwd=folder,
        env={**kept, **given},
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def left_behind(folder: Path) -> list[str]:
    """Return the commands of processes that go on and have *folder* as their home."""
    return [
        shlex.join(process.info["cmdline"] or [])
        for process in psutil.process_iter(["environ", "cmdline"])
        if (process.info["environ"] or {}).get("HOME") == str(folder)
    ]


def only_line(done: Done) -> str:
    """Return the one line that a command leaves on standard error, log records aside."""
    assert done.stdout == "", done.stdout
    [line] = [line for line in done.stderr.splitlines() if not re.match(r"\d\d:\d\d:\d\d ", line)]
    return line
