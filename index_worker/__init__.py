"""Carries out jobs: one repository, one project's pull requests, one delivery, one discovery.

Each queue has a poison queue, where the Functions host puts a message that failed five times.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

import azure.functions as func
import msgspec

from shared import jobs
from shared.bootstrap import services
from shared.integrations.telling import tell_alarms
from shared.messages import Job
from shared.telemetry.beginning import one_operation
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from datetime import datetime

    from shared.jobs import Outcome
    from shared.messages import QueueName
    from shared.services import Services

blueprint = func.Blueprint()
_log = log_of(__name__)
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
    give_up(msg, "hooks", services())


@blueprint.function_name("give_up_reindex")
@blueprint.queue_trigger(arg_name="msg", queue_name="reindex-poison", connection=_CONNECTION)
def give_up_reindex(msg: func.QueueMessage) -> None:
    """Record that catching up failed every time."""
    give_up(msg, "reindex", services())


@blueprint.function_name("give_up_history")
@blueprint.queue_trigger(arg_name="msg", queue_name="history-poison", connection=_CONNECTION)
def give_up_history(msg: func.QueueMessage) -> None:
    """Record that a first index failed every time."""
    give_up(msg, "history", services())


def handle(msg: func.QueueMessage, queue: QueueName, services: Services) -> None:
    """Carry out a message; what it raises makes the queue try again."""
    job = _read(msg, queue)
    if job is None:
        return
    with one_operation(job.operation) as operation:
        attempt = msg.dequeue_count or 1
        outcome: Outcome | Literal["raised"] = "raised"
        try:
            outcome = jobs.run(services, queue, job, attempt=attempt)
        finally:
            now = services.clock()
            _log.info(
                "job_ended queue=%s reason=%s outcome=%s attempt=%d integration=%s repository=%s "
                "project=%s delivery=%s run=%s seconds=%.3f calls=%d waited=%.3f links=%d "
                "latency=%s",
                queue, job.reason, outcome, attempt, job.integration, job.repository,
                job.project, job.delivery, job.run, operation.seconds,
                sum(calls.count for calls in operation.calls.values()), operation.waited,
                operation.links, _latency(operation.event_at, now) if outcome == "done" else None,
            )  # fmt: skip
        if job.reason == "discover":
            # As often as repositories are listed: about hourly.
            tell_alarms(services, job.integration)


def give_up(msg: func.QueueMessage, queue: QueueName, services: Services) -> None:
    """Record a message's failure, and never loop: what cannot be read is dropped with a line."""
    job = _read(msg, queue)
    if job is None:
        return
    with one_operation(job.operation):
        _log.error(
            "message_given_up queue=%s integration=%s repository=%s project=%s delivery=%s "
            "reason=%s",
            queue, job.integration, job.repository, job.project, job.delivery, job.reason,
        )  # fmt: skip
        jobs.give_up(services, job)


def _latency(event_at: datetime | None, now: datetime) -> float | None:
    """Return the seconds since what a job told of; none below zero, whatever the clocks say."""
    return None if event_at is None else max(0.0, round((now - event_at).total_seconds(), 3))


def _put_back(msg: func.QueueMessage, services: Services) -> None:
    job = _read(msg, "history")
    if job is not None:
        services.storage.jobs.put("history", job)


def _read(msg: func.QueueMessage, queue: QueueName) -> Job | None:
    try:
        return msgspec.json.decode(msg.get_body(), type=Job)
    except msgspec.MsgspecError:
        _log.exception("message_unreadable queue=%s id=%s", queue, msg.id)
        return None
