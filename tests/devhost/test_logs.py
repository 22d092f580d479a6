from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import logging
from devhost import logs
logs.configure()
logging.getLogger("app").info("It was %s.", "done")
logging.getLogger("app").warning("It was odd.")
logging.getLogger("app").debug("It was small.")
logging.getLogger("azure.core").info("Request URL: secret")
"""


def test_record_is_one_line_with_its_level_if_that_is_worth_a_word() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True
    )

    lines = [line[len("12:34:56 ") :] for line in done.stderr.splitlines()]
    assert lines == ["app: It was done.", "app: It was odd. [warning]"]
