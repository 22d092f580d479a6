"""Write log records to the console, one line each."""

from __future__ import annotations

import logging
import time


class _Formatter(logging.Formatter):
    """`12:34:56 name: message`, with the level if it is worth one, and a traceback if there is."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 — logging's own name
        line = super().formatMessage(record)
        return line if record.levelno < logging.WARNING else f"{line} [{record.levelname.lower()}]"


def configure(level: int = logging.INFO) -> None:
    """Log to standard error from *level* on, without what the Azure SDKs say of each call."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("azure").setLevel(logging.WARNING)
    # A download takes its time: whoever waits should know.
    logging.getLogger("devhost.azurite").setLevel(logging.INFO)
    # These two warn of nothing but load: a request waits for a thread, a connection is not kept.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
