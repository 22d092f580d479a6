"""Load the function app of a folder."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import azure.functions as func

from devhost.errors import AppInvalidError

if TYPE_CHECKING:
    from pathlib import Path


def load_app(folder: Path) -> func.FunctionRegister:
    """Import function_app.py of *folder* and return its app; raises AppInvalidError."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module("function_app")
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise AppInvalidError([f"function_app.py cannot be imported: {reason}"]) from error
    apps = [it for it in vars(module).values() if isinstance(it, func.FunctionRegister)]
    if len(apps) != 1:
        raise AppInvalidError([f"function_app.py defines {len(apps)} apps in place of one"])
    return apps[0]
