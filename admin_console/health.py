"""Whether the installation lives, and whether it can work; and what all of it can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from shared import __version__
from shared.web.openapi import describe
from shared.web.routes import Route, registered

if TYPE_CHECKING:
    from shared.web.calls import Call


class Health(Struct, frozen=True):
    """That it lives."""

    status: str
    version: str


class Readiness(Struct, frozen=True):
    """That what it depends on answers."""

    status: str
    storage: str
    keys: str


def get_health(call: Call) -> Health:
    """Return that the installation lives."""
    del call
    return Health("ok", __version__)


def get_readiness(call: Call) -> Readiness:
    """Return that storage and keys can be used; what cannot is the error."""
    services = call.services
    services.storage.check()
    services.vault.open(services.vault.seal("ready", purpose="check"), purpose="check")
    return Readiness("ok", "ok", "ok")


def get_openapi(call: Call) -> dict[str, Any]:
    """Return the description of every route."""
    del call
    return describe(registered())


ROUTES: Final = (
    Route("GET", "health", get_health, None, "That the installation lives.", answer=Health),
    Route("GET", "health/ready", get_readiness, "admin", "That storage and keys can be used.",
          answer=Readiness),
    Route("GET", "openapi.json", get_openapi, None, "This description."),
)  # fmt: skip
