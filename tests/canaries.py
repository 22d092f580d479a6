"""Secrets that sing: seeded anywhere, and recognised wherever they turn up, however encoded."""

from __future__ import annotations

import base64
import json
import logging
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, quote_plus

from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueClient, QueueServiceClient

if TYPE_CHECKING:
    from collections.abc import Iterator


class Canaries:
    """Secrets by name."""

    def __init__(self) -> None:
        self.seeded: dict[str, str] = {}
        self._forms: dict[str, tuple[bytes, ...]] = {}

    def seed(self, name: str, secret: str) -> str:
        """Recognise a secret from now on; of a text of several lines the longest one."""
        assert len(secret) >= 12, f"{name} is too short to be told from anything else"
        self.seeded[name] = secret
        line = max(secret.splitlines(), key=len)
        self._forms[name] = tuple(_forms(line))
        return secret

    def within(self, content: str | bytes) -> set[str]:
        """Return the names of the secrets that stand in a content, plainly or encoded."""
        text = content.encode(errors="surrogatepass") if isinstance(content, str) else content
        return {name for name, forms in self._forms.items() if any(form in text for form in forms)}


def _forms(secret: str) -> Iterator[bytes]:
    """Return a secret as it is, and as it looks where a program has written it down."""
    plain = secret.encode()
    yield plain
    yield quote(secret, safe="").encode()
    yield quote(secret).encode()
    yield quote_plus(secret).encode()
    yield json.dumps(secret)[1:-1].encode()
    yield plain.hex().encode()
    for offset in range(3):
        # Base64 of a longer text that contains it: each of three alignments looks different.
        encoded = base64.b64encode(b"\0" * offset + plain)
        within = encoded[(offset * 8 + 5) // 6 : (offset + len(plain)) * 8 // 6]
        yield within
        yield within.replace(b"+", b"-").replace(b"/", b"_")


class Listener(logging.Handler):
    """Keeps every line that anybody logs, at whatever level, with its traceback."""

    def __init__(self) -> None:
        super().__init__(level=1)
        self.lines: list[str] = []
        self._levels: dict[logging.Logger, tuple[int, bool]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, and all that it was made of."""
        line = f"{record.name}: {self.format(record)}"
        with suppress(Exception):  # what cannot be printed is in no log
            line += f" {record.args!r}"
        self.lines.append(line)

    def __enter__(self) -> Self:
        root = logging.getLogger()
        loggers = [logging.getLogger(name) for name in root.manager.loggerDict]
        for logger in (root, *loggers):
            self._levels[logger] = (logger.level, logger.disabled)
            logger.setLevel(logging.DEBUG)
            logger.disabled = False
        root.addHandler(self)
        return self

    def __exit__(self, *error: object) -> None:
        logging.getLogger().removeHandler(self)
        for logger, (level, disabled) in self._levels.items():
            logger.setLevel(level)
            logger.disabled = disabled


def stored(connection_string: str) -> Iterator[tuple[str, bytes]]:
    """Return everything that a storage account holds: where it stands, and what it says.

    What was compressed is also given as it was before.
    """
    tables = TableServiceClient.from_connection_string(connection_string)
    for table in tables.list_tables():
        for row in tables.get_table_client(table.name).list_entities():
            where = f"{table.name} {row['PartitionKey']} {row['RowKey']}"
            values = {str(name): value for name, value in row.items()}
            yield where, repr(values).encode()
            packed = b"".join(value for value in values.values() if isinstance(value, bytes))
            yield where, packed
            with suppress(zlib.error):
                yield where, zlib.decompressobj().decompress(packed)
    queues = QueueServiceClient.from_connection_string(connection_string)
    for queue in queues.list_queues():
        messages = QueueClient.from_connection_string(connection_string, queue.name)
        for message in messages.peek_messages(max_messages=32):
            yield queue.name, base64.b64decode(message.content)
