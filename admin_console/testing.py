"""Examinations over HTTP: of a connection before it is made, and of one that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.integration_values import IntegrationBody
from admin_console.integrations import given_of, wanted_of
from shared.connections.opening import integration_of
from shared.integrations import doctor
from shared.interfaces.examining import TITLES
from shared.web.routes import Route

if TYPE_CHECKING:
    from shared.interfaces.examining import Step
    from shared.web.calls import Call


class StepRow(Struct, frozen=True):
    """What was found out about one thing."""

    step: str
    title: str
    ok: bool | None
    """None: it could not be told, or was not asked since a step before failed."""
    message: str
    next_step: str
    """Where `ok` is true it is advice; empty where there is none."""
    help_url: str | None
    command: str
    """A line for a shell that asks the same by hand, with `$TOKEN` in place of the secret."""
    organization: str
    """Which of several; empty where it is about all of them."""
    is_needed: bool
    """False: what is wrong here limits what is indexed, and keeps nothing from being connected."""


class ExaminationAnswer(Struct, frozen=True):
    """An examination, from the address to what may be written."""

    ok: bool
    """Nothing stands in the way of connecting."""
    steps: tuple[StepRow, ...]


def test_connection(call: Call) -> ExaminationAnswer:
    """Examine what an integration would be connected with; nothing is kept."""
    body = call.body(IntegrationBody)
    found = doctor.examine(call.services, body.git_host, wanted_of(body), given_of(body.connection))
    return _answer(found)


def test_integration(call: Call) -> ExaminationAnswer:
    """Examine how an integration is connected now."""
    known = integration_of(call.services, call.path("integration_id"))
    return _answer(doctor.examine_stored(call.services, known))


def _answer(found: doctor.Examination) -> ExaminationAnswer:
    return ExaminationAnswer(found.ok, tuple(_row(step) for step in found.steps))


def _row(step: Step) -> StepRow:
    return StepRow(
        step=step.step,
        title=TITLES[step.step],
        ok=step.ok,
        message=step.message,
        next_step=step.next_step,
        help_url=step.help_url or None,
        command=step.command,
        organization=step.organization,
        is_needed=step.is_needed,
    )


ROUTES: Final = (
    Route("POST", "integrations/test", test_connection, "admin",
          "Examine a connection, a step at a time; nothing is kept.",
          body=IntegrationBody, answer=ExaminationAnswer),
    Route("POST", "integrations/{integration_id}/test", test_integration, "admin",
          "Examine an integration as it is connected.", answer=ExaminationAnswer),
)  # fmt: skip
