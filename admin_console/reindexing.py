"""What is being indexed, over HTTP: start it, stop it, pause and resume an integration."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.audit import note
from shared.connections.opening import integration_of
from shared.integrations.status import Status, status_of
from shared.model import RepositoryId
from shared.scheduling import pausing
from shared.scheduling.cancelling import cancel
from shared.scheduling.runs import start_run
from shared.web.answers import Answer
from shared.web.calls import Moment, in_utc
from shared.web.routes import Route

if TYPE_CHECKING:
    from shared.web.calls import Call

_ACCEPTED: Final = 202


class ReindexBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be reindexed."""

    repositories: tuple[str, ...] | None = None
    only_failed: bool = False
    since: Moment | None = None
    """Pull requests that were closed from then on are read again, beyond the window too."""


class RunAnswer(Struct, frozen=True):
    """A reindex that was started, or that is going on."""

    run: str
    started_at: datetime
    repositories: int


def reindex_integration(call: Call) -> Answer:
    """Reindex an integration's repositories."""
    integration = integration_of(call.services, call.path("integration_id"))
    body = call.body(ReindexBody) if call.content() else ReindexBody()
    chosen = body.repositories
    run = start_run(
        call.services,
        integration,
        repositories=None if chosen is None else {RepositoryId(r.lower()) for r in chosen},
        only_failed=body.only_failed,
        since=in_utc(body.since),
    )
    note(call, "reindex_started", integration.id, detail=f"{run.repositories} repositories")
    return Answer(RunAnswer(run.id, run.started_at, run.repositories), _ACCEPTED)


def cancel_reindex(call: Call) -> Status:
    """Stop what is being indexed; what is stored stays, and the next reindex carries on."""
    integration = integration_of(call.services, call.path("integration_id"))
    cancel(call.services, integration)
    note(call, "reindex_cancelled", integration.id)
    return status_of(call.services, integration)


def pause_integration(call: Call) -> Status:
    """Pause an integration: its git host is left alone, and what is delivered is kept."""
    paused = pausing.pause(call.services, call.path("integration_id"))
    note(call, "integration_paused", paused.id)
    return status_of(call.services, paused)


def resume_integration(call: Call) -> Status:
    """Resume an integration, and catch up."""
    resumed = pausing.resume(call.services, call.path("integration_id"))
    note(call, "integration_resumed", resumed.id)
    return status_of(call.services, resumed)


_ONE: Final = "integrations/{integration_id}"

ROUTES: Final = (
    Route("POST", f"{_ONE}/reindex", reindex_integration, "admin", "Reindex its repositories.",
          body=ReindexBody, answer=RunAnswer, status=_ACCEPTED, is_body_optional=True,
          is_for_operators=True),
    Route("POST", f"{_ONE}/cancel", cancel_reindex, "admin", "Stop what is being indexed.",
          answer=Status,
          is_for_operators=True),
    Route("POST", f"{_ONE}/pause", pause_integration, "admin", "Leave its git host alone.",
          answer=Status),
    Route("POST", f"{_ONE}/resume", resume_integration, "admin", "Go on, and catch up.",
          answer=Status),
)  # fmt: skip
