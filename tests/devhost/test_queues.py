from __future__ import annotations

import base64
import threading
import time
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import azure.functions as func
import pytest
from azure.core.exceptions import ResourceNotFoundError

from devhost.functions import index
from devhost.host import Host
from devhost.host_json import HostOptions, QueueOptions
from devhost.queues import QueueListener
from devhost.storage import StorageAccount

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.storage.queue import QueueClient

    from tests.conftest import Eventually

pytestmark = pytest.mark.azurite

QUICK = HostOptions(
    queues=QueueOptions(
        batch_size=4,
        new_batch_threshold=2,
        max_dequeue_count=3,
        visibility_timeout=timedelta(seconds=1),
        max_polling_interval=timedelta(milliseconds=200),
    )
)


def app_of(work: Callable[[func.QueueMessage], None]) -> func.FunctionApp:
    app = func.FunctionApp()

    @app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="AzureWebJobsStorage")
    def jobs(msg: func.QueueMessage) -> None:
        work(msg)

    return app


@pytest.fixture
def queue(settings: dict[str, str]) -> QueueClient:
    client = StorageAccount(settings).queue(settings["QUEUE"])
    client.create_queue()
    return client


@pytest.fixture
def poison(settings: dict[str, str]) -> QueueClient:
    return StorageAccount(settings).queue(f"{settings['QUEUE']}-poison")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def length(queue: QueueClient) -> int:
    """Return how many messages there are, hidden ones included."""
    try:
        return queue.get_queue_properties().approximate_message_count or 0
    except ResourceNotFoundError:
        return 0


def test_message_is_decoded_handed_over_and_deleted(
    settings: dict[str, str], queue: QueueClient, eventually: Eventually
) -> None:
    seen: list[tuple[bytes, int | None, str | None]] = []
    sent = queue.send_message(encoded("grüß"))

    app = app_of(lambda msg: seen.append((msg.get_body(), msg.dequeue_count, msg.id)))
    with Host(app, settings=settings, host_json=QUICK):
        assert eventually(lambda: length(queue) == 0)

    assert seen == [("grüß".encode(), 1, sent.id)]


def test_failed_message_is_hidden_tried_again_and_put_aside_after_the_last_try(
    settings: dict[str, str], queue: QueueClient, poison: QueueClient, eventually: Eventually
) -> None:
    tries: list[tuple[int | None, float]] = []

    def fail(msg: func.QueueMessage) -> None:
        tries.append((msg.dequeue_count, time.monotonic()))
        raise LookupError

    queue.send_message(encoded("bad"))
    with Host(app_of(fail), settings=settings, host_json=QUICK):
        assert eventually(lambda: length(poison) == 1)
        assert eventually(lambda: length(queue) == 0)

    assert [count for count, _ in tries] == [1, 2, 3]
    pauses = [later - sooner for (_, sooner), (_, later) in pairwise(tries)]
    assert all(pause > 0.8 for pause in pauses)
    assert [it.content for it in poison.receive_messages()] == [encoded("bad")]


def test_message_that_is_not_base64_is_put_aside_untried(
    settings: dict[str, str], queue: QueueClient, poison: QueueClient, eventually: Eventually
) -> None:
    seen: list[bytes] = []
    queue.send_message('{"plain": "json"}')

    with Host(app_of(lambda msg: seen.append(msg.get_body())), settings=settings, host_json=QUICK):
        assert eventually(lambda: length(poison) == 1 and length(queue) == 0)

    assert seen == []
    assert [it.content for it in poison.receive_messages()] == ['{"plain": "json"}']


def test_with_plain_encoding_messages_are_taken_as_they_are(
    settings: dict[str, str], queue: QueueClient, eventually: Eventually
) -> None:
    seen: list[bytes] = []
    queue.send_message('{"plain": "json"}')

    plain = HostOptions(queues=QueueOptions(base64=False))
    with Host(app_of(lambda msg: seen.append(msg.get_body())), settings=settings, host_json=plain):
        assert eventually(lambda: seen == [b'{"plain": "json"}'])


def test_message_that_was_taken_too_often_is_put_aside_untried(
    settings: dict[str, str], queue: QueueClient, poison: QueueClient, eventually: Eventually
) -> None:
    seen: list[bytes] = []
    queue.send_message(encoded("worn"))
    for _ in range(3):
        [message] = queue.receive_messages(visibility_timeout=1000)
        queue.update_message(message.id, message.pop_receipt, visibility_timeout=0)

    with Host(app_of(lambda msg: seen.append(msg.get_body())), settings=settings, host_json=QUICK):
        assert eventually(lambda: length(poison) == 1 and length(queue) == 0)

    assert seen == []


def test_message_of_a_poison_queue_is_not_moved_on(
    settings: dict[str, str], poison: QueueClient, eventually: Eventually
) -> None:
    tries: list[int | None] = []

    def fail(msg: func.QueueMessage) -> None:
        tries.append(msg.dequeue_count)
        raise LookupError

    poison.create_queue()
    poison.send_message(encoded("bad"))
    settings["QUEUE"] += "-poison"
    once = HostOptions(queues=QueueOptions(max_dequeue_count=1))
    with Host(app_of(fail), settings=settings, host_json=once):
        assert eventually(lambda: len(tries) == 1)

    assert length(poison) == 1


def test_messages_are_worked_on_side_by_side_up_to_batch_and_threshold(
    settings: dict[str, str], queue: QueueClient, eventually: Eventually
) -> None:
    going_on = threading.Event()
    running: set[bytes] = set()
    most: list[int] = []
    lock = threading.Lock()

    def work(msg: func.QueueMessage) -> None:
        with lock:
            running.add(msg.get_body())
            most.append(len(running))
        going_on.wait(timeout=20)
        with lock:
            running.discard(msg.get_body())

    for number in range(8):
        queue.send_message(encoded(str(number)))
    with Host(app_of(work), settings=settings, host_json=QUICK):
        assert eventually(lambda: len(running) == 4)
        # More than the threshold of two are running: nothing else may be fetched yet.
        assert not eventually(lambda: len(running) > 4, within=0.5)
        going_on.set()
        assert eventually(lambda: length(queue) == 0)

    assert max(most) <= 6


def test_message_stays_hidden_for_as_long_as_its_function_runs(
    settings: dict[str, str], queue: QueueClient, eventually: Eventually
) -> None:
    tries: list[int | None] = []
    may_end = threading.Event()

    def work(msg: func.QueueMessage) -> None:
        tries.append(msg.dequeue_count)
        may_end.wait(timeout=20)

    [function] = index(app_of(work))
    queue.send_message(encoded("long"))
    listener = QueueListener(
        function,
        account=StorageAccount(settings),
        queue_name=settings["QUEUE"],
        options=QUICK.queues,
        invisible_for=timedelta(seconds=2),
    )
    listener.start()
    assert eventually(lambda: len(tries) == 1)
    # Twice as long as it would be hidden without renewal.
    assert not eventually(lambda: bool(list(queue.receive_messages())), within=4)
    may_end.set()
    assert eventually(lambda: length(queue) == 0)
    listener.begin_stop()
    listener.finish_stop(until=time.monotonic() + 10)

    assert tries == [1]


def test_message_that_another_has_by_now_is_left_alone(
    settings: dict[str, str], queue: QueueClient, eventually: Eventually
) -> None:
    tries: list[int | None] = []

    def work(msg: func.QueueMessage) -> None:
        tries.append(msg.dequeue_count)
        if msg.dequeue_count == 1:
            # From here on the listener's receipt is void.
            queue.update_message(str(msg.id), msg.pop_receipt, visibility_timeout=0)

    queue.send_message(encoded("contended"))
    with Host(app_of(work), settings=settings, host_json=QUICK):
        assert eventually(lambda: length(queue) == 0)

    assert tries == [1, 2]


def test_stop_lets_a_running_function_finish(
    settings: dict[str, str], queue: QueueClient, eventually: Eventually
) -> None:
    has_begun, may_end = threading.Event(), threading.Event()
    finished: list[bytes] = []

    def work(msg: func.QueueMessage) -> None:
        has_begun.set()
        may_end.wait(timeout=20)
        finished.append(msg.get_body())

    queue.send_message(encoded("slow"))
    host = Host(app_of(work), settings=settings, host_json=QUICK)
    host.start()
    assert has_begun.wait(timeout=10)
    stopping = threading.Thread(target=host.stop)
    stopping.start()
    assert not eventually(lambda: not stopping.is_alive(), within=0.3)
    may_end.set()
    stopping.join(timeout=10)

    assert finished == [b"slow"]
    assert length(queue) == 0


def test_stop_does_not_wait_for_ever(
    settings: dict[str, str], queue: QueueClient, caplog: pytest.LogCaptureFixture
) -> None:
    has_begun, may_end = threading.Event(), threading.Event()

    def work(_: func.QueueMessage) -> None:
        has_begun.set()
        may_end.wait(timeout=20)

    queue.send_message(encoded("stuck"))
    host = Host(app_of(work), settings=settings, host_json=QUICK)
    host.start()
    assert has_begun.wait(timeout=10)
    began = time.monotonic()
    host.stop(within=0.3)
    took = time.monotonic() - began
    may_end.set()

    assert took < 3
    assert "was cut off on 1 messages" in caplog.text


def test_queue_that_nobody_has_made_yet_is_waited_for(
    settings: dict[str, str], eventually: Eventually
) -> None:
    seen: list[bytes] = []
    queue = StorageAccount(settings).queue(settings["QUEUE"])

    with Host(app_of(lambda msg: seen.append(msg.get_body())), settings=settings, host_json=QUICK):
        assert not eventually(lambda: bool(seen), within=0.3)
        queue.create_queue()
        queue.send_message(encoded("first"))
        assert eventually(lambda: seen == [b"first"])
