"""Whether the installation lives, and whether it can work; and what all of it can be asked."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal

from msgspec import Struct

from shared import __version__
from shared.integrations.readiness import Trouble, troubles_of
from shared.web.answers import Answer
from shared.web.openapi import describe
from shared.web.routes import Route, registered

if TYPE_CHECKING:
    from shared.services import Services
    from shared.web.calls import Call

State = Literal["ok", "not_ready"]


class Health(Struct, frozen=True):
    """That it lives."""

    status: str
    version: str


class Readiness(Struct, frozen=True):
    """Whether what it depends on answers, by part."""

    status: State
    storage: State
    queue: State
    keys: State
    git_hosts: State
    """Those of all integrations that call one."""
    troubles: tuple[Trouble, ...]


def get_health(call: Call) -> Health:
    """Return that the installation lives."""
    del call
    return Health("ok", __version__)


def get_readiness(call: Call) -> Answer:
    """Return whether everything can be used, with 503 unless it can."""
    found = readiness_of(call.services)
    is_ready = found.status == "ok"
    return Answer(found, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


def readiness_of(services: Services) -> Readiness:
    """Return what answers, and what does not; each part has some seconds to."""
    found = tuple(troubles_of(services))
    troubled = {trouble.part for trouble in found}
    return Readiness(
        status="not_ready" if troubled else "ok",
        storage="not_ready" if "storage" in troubled else "ok",
        queue="not_ready" if "queue" in troubled else "ok",
        keys="not_ready" if "keys" in troubled else "ok",
        git_hosts="not_ready" if "git_hosts" in troubled else "ok",
        troubles=found,
    )


def get_openapi(call: Call) -> dict[str, Any]:
    """Return the description of every route."""
    del call
    return describe(registered())


ROUTES: Final = (
    Route("GET", "health", get_health, None, "That the installation lives.", answer=Health),
    Route("GET", "health/ready", get_readiness, "admin",
          "Whether storage, queues, keys and git hosts answer; 503 unless all do.",
          answer=Readiness),
    Route("GET", "openapi.json", get_openapi, None, "This description."),
)  # fmt: skip
