"""R12: what loading the app costs, beside loading the libraries that it cannot do without."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from bench.recorded import ROOT
from bench.rounds import Ratio, Round, measure

APP: Final = "function_app"
FLOOR: Final = "azure.functions, azure.data.tables, requests"
_PROGRAM: Final = "import time; s = time.process_time(); import {}; print(time.process_time() - s)"


def measure_import() -> Ratio:
    """Return R12: processor time to import the app, ÷ that of importing the libraries."""
    for modules in (APP, FLOOR):
        time_of_import(modules)  # the first time compiles

    def one_round() -> Round:
        return Round(time_of_import(FLOOR), time_of_import(APP))

    return measure(one_round)


def time_of_import(modules: str) -> float:
    """Return the processor seconds that a new interpreter needs to import *modules*."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(modules)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return float(done.stdout)
