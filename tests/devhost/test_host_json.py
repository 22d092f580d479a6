from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.errors import SettingsError
from devhost.host_json import HostOptions, QueueOptions, decode_host_json, read_host_json

if TYPE_CHECKING:
    from pathlib import Path


def with_queues(**queues: object) -> bytes:
    return msgspec.json.encode({"version": "2.0", "extensions": {"queues": queues}})


def test_defaults_are_those_of_the_extension() -> None:
    options = decode_host_json(b'{"version": "2.0"}')

    assert options == HostOptions(
        route_prefix="api",
        queues=QueueOptions(
            batch_size=16,
            new_batch_threshold=8,
            max_dequeue_count=5,
            visibility_timeout=timedelta(),
            max_polling_interval=timedelta(minutes=1),
            base64=True,
        ),
    )


def test_every_queue_setting_is_read() -> None:
    options = decode_host_json(
        with_queues(
            batchSize=4,
            newBatchThreshold=0,
            maxDequeueCount=2,
            visibilityTimeout="00:00:30",
            maxPollingInterval="00:00:02",
            messageEncoding="none",
        )
    )

    assert options.queues == QueueOptions(
        batch_size=4,
        new_batch_threshold=0,
        max_dequeue_count=2,
        visibility_timeout=timedelta(seconds=30),
        max_polling_interval=timedelta(seconds=2),
        base64=False,
    )


def test_threshold_is_half_a_batch_unless_it_is_set() -> None:
    assert decode_host_json(with_queues(batchSize=6)).queues.new_batch_threshold == 3


def test_route_prefix_is_read_without_slashes() -> None:
    content = b'{"version": "2.0", "extensions": {"http": {"routePrefix": "/v1/"}}}'

    assert decode_host_json(content).route_prefix == "v1"


def test_what_devhost_does_not_use_is_passed_over() -> None:
    content = b"""{"version": "2.0", "functionTimeout": "00:30:00", "logging": {"logLevel": {}},
                   "extensionBundle": {"id": "x", "version": "[4.*, 5.0.0)"}}"""

    assert decode_host_json(content) == HostOptions()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"{", "host.json"),
        (b"{}", "version"),
        (b'{"version": "1.0"}', "version"),
        (with_queues(batchSize=0), "batchSize"),
        (with_queues(batchSize=33), "batchSize"),
        (with_queues(batchSize="8"), "batchSize"),
        (with_queues(newBatchThreshold=-1), "newBatchThreshold"),
        (with_queues(maxDequeueCount=0), "maxDequeueCount"),
        (with_queues(maxPollingInterval="00:00:00.05"), "maxPollingInterval"),
        (with_queues(visibilityTimeout="30"), "visibilityTimeout"),
        (with_queues(messageEncoding="utf8"), "messageEncoding"),
    ],
)
def test_mistake_is_named(content: bytes, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        decode_host_json(content)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        decode_host_json(with_queues(batchSize=99, maxDequeueCount=0, visibilityTimeout="x"))

    assert len(caught.value.mistakes) == 3


def test_missing_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"host\.json cannot be read"):
        read_host_json(tmp_path / "host.json")
