"""Asks everything that an installation depends on whether it answers, each within some seconds.

It is about the way there: a credential that is refused is an alarm of its integration, and tells
that the git host answers.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from shared.connections.opening import try_organization
from shared.errors import DevlinksError, UnavailableError
from shared.model import IntegrationId
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of
from shared.telemetry.operations import carried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shared.configuration import Integration
    from shared.services import Services

T = TypeVar("T")
PartName = Literal["storage", "queue", "keys", "git_hosts"]
WAITED_FOR: Final = 10.0
"""Seconds, for each part."""
_MOST_GIT_HOSTS: Final = 20
_log = log_of(__name__)


class Trouble(Struct, frozen=True):
    """Why a part is not ready."""

    part: PartName
    code: str
    """That of the error, or `no_answer` when none came in time."""
    text: str
    next_step: str = ""
    integration: IntegrationId | None = None
    """Of a git host: one that it is called for."""


class _Asked(Struct, frozen=True):
    """A part that is being asked."""

    part: PartName
    answer: Future[Any]
    integration: IntegrationId | None = None


def troubles_of(services: Services, *, seconds: float = WAITED_FOR) -> list[Trouble]:
    """Return what does not answer within *seconds*, nothing when everything does.

    Without storage nobody knows which git hosts there are: they are not asked then.
    """
    integrations = _begin(lambda: [r.value for r in services.integrations.list(ONE_GROUP)])
    asked = [
        _Asked("storage", integrations),
        _Asked("queue", _begin(services.storage.check_queues)),
        _Asked("keys", _begin(partial(_check_keys, services))),
    ]
    found = list(_troubles(asked, seconds))
    if not any(trouble.part == "storage" for trouble in found):
        hosts = [
            _Asked("git_hosts", _begin(partial(_check_git_host, services, one)), one.id)
            for one in _one_of_each_server(integrations.result())
        ]
        found += _troubles(hosts, seconds)
    for trouble in found:
        _log.warning(
            "part_not_ready part=%s integration=%s code=%s",
            trouble.part, trouble.integration, trouble.code,
        )  # fmt: skip
    return found


def _check_keys(services: Services) -> None:
    sealed = services.vault.seal("ready", purpose="check")
    services.vault.open(sealed, purpose="check")


def _check_git_host(services: Services, integration: Integration) -> None:
    """Return when the git host answers anything; UnavailableError when it does not."""
    organization = _organization_of(services, integration)
    if organization is None:
        return
    try:
        try_organization(services, integration, organization).about()
    except UnavailableError:
        raise
    except DevlinksError:
        return  # it answered, or what is wrong belongs to another part, or to the integration


def _organization_of(services: Services, integration: Integration) -> str | None:
    if integration.organizations:
        return integration.organizations[0]
    record = services.discoveries.get(ONE_GROUP, integration.id)
    known = record.value.known_projects.values() if record else ()
    return next(iter(known), None)


def _one_of_each_server(integrations: Iterable[Integration]) -> list[Integration]:
    """Return an integration for each server that is called at all."""
    called = (i for i in integrations if not (i.is_removed or i.is_paused or i.hooks_only))
    by_server = {urlsplit(one.url).netloc.rpartition("@")[2]: one for one in called}
    return list(by_server.values())[:_MOST_GIT_HOSTS]


def _begin(check: Callable[[], T]) -> Future[T]:
    """Return the answer to come; whoever waits for it need not wait to the end."""
    answer: Future[T] = Future()

    def ask() -> None:
        try:
            answer.set_result(check())
        except Exception as error:  # noqa: BLE001 — raised again by whoever reads the answer
            answer.set_exception(error)

    threading.Thread(target=carried(ask), name="readiness", daemon=True).start()
    return answer


def _troubles(asked: Iterable[_Asked], seconds: float) -> Iterable[Trouble]:
    until = time.monotonic() + seconds
    for one in asked:
        try:
            one.answer.result(timeout=max(0.0, until - time.monotonic()))
        except TimeoutError:
            text = f"There was no answer within {seconds:.0f} seconds."
            yield Trouble(one.part, "no_answer", text, integration=one.integration)
        except DevlinksError as error:
            yield Trouble(
                one.part, error.code, str(error), error.next_step, integration=one.integration
            )
