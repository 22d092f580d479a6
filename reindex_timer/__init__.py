"""Every few minutes: what is due? enqueue it."""

from __future__ import annotations

import azure.functions as func

from shared.bootstrap import services
from shared.scheduling.ticking import tick

blueprint = func.Blueprint()


@blueprint.function_name("reindex_timer")
@blueprint.timer_trigger(
    arg_name="timer", schedule="%REINDEX_SCHEDULE%", run_on_startup=False, use_monitor=True
)
def reindex_timer(timer: func.TimerRequest) -> None:
    """Enqueue what is due now; a tick that comes late finds the same."""
    del timer
    known = services()
    tick(known, now=known.clock())
