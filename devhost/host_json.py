"""Read the part of host.json that the development host keeps to.

Defaults and bounds are those of the Storage Queues extension (its `QueuesOptions`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from devhost.errors import SettingsError
from devhost.timespans import parse_timespan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHORTEST_POLL = timedelta(milliseconds=100)


class QueueOptions(msgspec.Struct, frozen=True):
    """How every queue trigger of the app polls and retries."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    """How few messages must be left running before more are fetched."""
    max_dequeue_count: int = 5
    visibility_timeout: timedelta = timedelta()
    """How long a failed message stays hidden before its next try."""
    max_polling_interval: timedelta = timedelta(minutes=1)
    base64: bool = True


class HostOptions(msgspec.Struct, frozen=True):
    """What host.json says, or its defaults."""

    route_prefix: str = "api"
    queues: QueueOptions = QueueOptions()


class _Http(msgspec.Struct, frozen=True, rename="camel"):
    route_prefix: str = "api"


class _Queues(msgspec.Struct, frozen=True, rename="camel"):
    batch_size: int = 16
    new_batch_threshold: int | None = None
    max_dequeue_count: int = 5
    visibility_timeout: str = "00:00:00"
    max_polling_interval: str = "00:01:00"
    message_encoding: Literal["base64", "none"] = "base64"


class _Extensions(msgspec.Struct, frozen=True):
    http: _Http = _Http()
    queues: _Queues = _Queues()


class _HostJson(msgspec.Struct, frozen=True):
    version: Literal["2.0"]
    extensions: _Extensions = _Extensions()


def read_host_json(file: Path) -> HostOptions:
    """Return what *file* says; raises SettingsError naming every mistake in it."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SettingsError([f"{file.name} cannot be read: {error.strerror}"]) from error
    return decode_host_json(content)


def decode_host_json(content: bytes) -> HostOptions:
    """Return what the JSON says; what the development host does not use is passed over."""
    try:
        extensions = msgspec.json.decode(content, type=_HostJson).extensions
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"host.json cannot be read: {error}"]) from error
    return HostOptions(
        route_prefix=extensions.http.route_prefix.strip("/"),
        queues=_queue_options(extensions.queues),
    )


def _queue_options(queues: _Queues) -> QueueOptions:
    mistakes: list[str] = []
    half = queues.batch_size // 2
    options = QueueOptions(
        batch_size=queues.batch_size,
        new_batch_threshold=half
        if queues.new_batch_threshold is None
        else queues.new_batch_threshold,
        max_dequeue_count=queues.max_dequeue_count,
        visibility_timeout=_span("visibilityTimeout", queues.visibility_timeout, mistakes),
        max_polling_interval=_span("maxPollingInterval", queues.max_polling_interval, mistakes),
        base64=queues.message_encoding == "base64",
    )
    mistakes += [f"host.json: queues.{text}" for text, holds in _BOUNDS if not holds(options)]
    if mistakes:
        raise SettingsError(mistakes)
    return options


def _span(name: str, text: str, mistakes: list[str]) -> timedelta:
    try:
        return parse_timespan(text)
    except ValueError as error:
        mistakes.append(f"host.json: queues.{name}: {error}")
        return timedelta(minutes=1)


_BOUNDS: tuple[tuple[str, Callable[[QueueOptions], bool]], ...] = (
    ("batchSize is not between 1 and 32", lambda it: 1 <= it.batch_size <= 32),  # noqa: PLR2004 — its text says it
    ("newBatchThreshold is negative", lambda it: it.new_batch_threshold >= 0),
    ("maxDequeueCount is not at least 1", lambda it: it.max_dequeue_count >= 1),
    (
        "maxPollingInterval is under 100 milliseconds",
        lambda it: it.max_polling_interval >= SHORTEST_POLL,
    ),
)
