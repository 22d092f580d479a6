"""Carries out jobs: one repository, one project's pull requests, one delivery, one discovery.

Each queue has a poison queue, where the Functions host puts a message that failed five times.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import azure.functions as func
import msgspec

from shared import jobs
from shared.bootstrap import services
from shared.messages import Job

if TYPE_CHECKING:
    from shared.messages import QueueName
    from shared.services import Services

blueprint = func.Blueprint()
_log = logging.getLogger(__name__)
_CONNECTION = "AzureWebJobsStorage"
_LONGEST_WAIT = 120.0
"""Seconds; a message that waits longer goes to the end of its queue."""
_history = threading.Lock()


@blueprint.function_name("index_hooks")
@blueprint.queue_trigger(arg_name="msg", queue_name="hooks", connection=_CONNECTION)
def index_hooks(msg: func.QueueMessage) -> None:
    """Carry out what a delivery asks for."""
    handle(msg, "hooks", services())


@blueprint.function_name("index_reindex")
@blueprint.queue_trigger(arg_name="msg", queue_name="reindex", connection=_CONNECTION)
def index_reindex(msg: func.QueueMessage) -> None:
    """Catch up on a repository or a project, or list repositories."""
    handle(msg, "reindex", services())


@blueprint.function_name("index_history")
@blueprint.queue_trigger(arg_name="msg", queue_name="history", connection=_CONNECTION)
def index_history(msg: func.QueueMessage) -> None:
    """Index a repository for the first time, one at a time in a process."""
    if not _history.acquire(timeout=_LONGEST_WAIT):
        _put_back(msg, services())
        return
    try:
        handle(msg, "history", services())
    finally:
        _history.release()


@blueprint.function_name("give_up_hooks")
@blueprint.queue_trigger(arg_name="msg", queue_name="hooks-poison", connection=_CONNECTION)
def give_up_hooks(msg: func.QueueMessage) -> None:
    """Record that a delivery failed every time."""
    give_up(msg, services())


@blueprint.function_name("give_up_reindex")
@blueprint.queue_trigger(arg_name="msg", queue_name="reindex-poison", connection=_CONNECTION)
def give_up_reindex(msg: func.QueueMessage) -> None:
    """Record that catching up failed every time."""
    give_up(msg, services())


@blueprint.function_name("give_up_history")
@blueprint.queue_trigger(arg_name="msg", queue_name="history-poison", connection=_CONNECTION)
def give_up_history(msg: func.QueueMessage) -> None:
    """Record that a first index failed every time."""
    give_up(msg, services())


def handle(msg: func.QueueMessage, queue: QueueName, services: Services) -> None:
    """Carry out a message; what it raises makes the queue try again."""
    job = _read(msg)
    if job is not None:
        jobs.run(services, queue, job, attempt=msg.dequeue_count or 1)


def give_up(msg: func.QueueMessage, services: Services) -> None:
    """Record a message's failure, and never loop: what cannot be read is dropped with a line."""
    job = _read(msg)
    if job is not None:
        jobs.give_up(services, job)


def _put_back(msg: func.QueueMessage, services: Services) -> None:
    job = _read(msg)
    if job is not None:
        services.storage.jobs.put("history", job)


def _read(msg: func.QueueMessage) -> Job | None:
    try:
        return msgspec.json.decode(msg.get_body(), type=Job)
    except msgspec.MsgspecError:
        _log.exception("message_unreadable id=%s", msg.id)
        return None
