"""Every few minutes: what is due? enqueue it."""

from __future__ import annotations

import azure.functions as func

from shared.bootstrap import services
from shared.scheduling.ticking import tick
from shared.schema import upgrade
from shared.telemetry.beginning import one_operation
from shared.telemetry.lines import log_of

blueprint = func.Blueprint()
_log = log_of(__name__)


@blueprint.function_name("reindex_timer")
@blueprint.timer_trigger(
    arg_name="timer", schedule="%REINDEX_SCHEDULE%", run_on_startup=False, use_monitor=True
)
def reindex_timer(timer: func.TimerRequest) -> None:
    """Enqueue what is due now; a tick that comes late finds the same.

    What this version keeps in another form than the one before is then brought to that form.
    """
    del timer
    with one_operation() as operation:
        known = services()
        done = tick(known, now=known.clock())
        _log.info(
            "ticked due=%d enqueued=%d deliveries=%d hours=%d seconds=%.3f",
            done.due, done.enqueued, done.deliveries, done.hours, operation.seconds,
        )  # fmt: skip
        # Last, so that a step that fails stops nothing but the steps behind it.
        upgrade(known)
