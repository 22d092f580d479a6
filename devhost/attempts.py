"""Run a function that nobody waits for: what it raises is logged and goes no further."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_logger = logging.getLogger("devhost.functions")


def succeeds(function_name: str, run: Callable[[], None]) -> bool:
    """Tell whether *run* came to its end; if not, the traceback is in the log, once."""
    began = time.perf_counter()
    try:
        run()
    except Exception:
        _logger.exception("%s failed.", function_name)
        return False
    _logger.info("%s finished in %.0f ms.", function_name, (time.perf_counter() - began) * 1000)
    return True
