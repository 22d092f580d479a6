"""Start and stop the parts of the host around one app."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING

from devhost.admin import Admin
from devhost.attempts import succeeds
from devhost.doors import Keys, LoopbackDoor
from devhost.errors import SettingsError
from devhost.functions import QueueTrigger, TimerTrigger, http_routes, index
from devhost.host_json import HostOptions
from devhost.http_front import HttpFront
from devhost.http_server import HttpServer, close_sockets, open_sockets
from devhost.invocation import QueueItem, invoke_queue
from devhost.lease import Lease
from devhost.ncrontab import parse_schedule
from devhost.queues import QueueListener
from devhost.routes import RouteTable
from devhost.settings import resolve
from devhost.storage import StorageAccount, queue_name
from devhost.timer_status import HOST_CONTAINER, TimerStore
from devhost.timers import Timer, Timers

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence
    from typing import Self

    import azure.functions as func

    from devhost.functions import Function

DRAIN_SECONDS = 20.0
"""How long functions under way may go on when the host stops."""
_logger = logging.getLogger("devhost")


class Host:
    """Runs the functions of *app* from `start` to `stop`; a context manager.

    *settings* are what triggers refer to; the app itself reads the environment of the
    process, which is the caller's to fill. Making a host raises AppInvalidError or
    SettingsError with every mistake; starting it PortTakenError or StorageUnreachableError.
    """

    def __init__(
        self,
        app: func.FunctionRegister,
        *,
        settings: Mapping[str, str],
        host_json: HostOptions | None = None,
        port: int = 0,
        sockets: Sequence[socket.socket] = (),
        keys: Keys | None = None,
    ) -> None:
        self._options = host_json or HostOptions()
        self.functions = index(app, route_prefix=self._options.route_prefix)
        self.keys = keys or Keys.random()
        self.port = port
        """What it listens on; 0 becomes a free one at the start."""
        self._sockets = sockets
        self._settings = settings
        self._timers: dict[str, Timer] = {}
        self._listeners: list[QueueListener] = []
        self._scheduler: Timers | None = None
        self._server: HttpServer | None = None
        self._build()

    @property
    def url(self) -> str:
        """Return the address without a path: `http://localhost:7071`."""
        return f"http://localhost:{self.port}"

    @property
    def api(self) -> str:
        """Return the address that HTTP functions lie under."""
        prefix = self._options.route_prefix
        return f"{self.url}/{prefix}" if prefix else self.url

    def start(self) -> None:
        """Answer requests, poll queues, fire timers."""
        sockets = self._sockets or open_sockets(self.port)
        try:
            if self._timers or self._listeners:
                StorageAccount(self._settings).check()
        except BaseException:
            close_sockets(sockets)
            raise
        self.port = sockets[0].getsockname()[1]
        threads = worker_threads(self._settings)
        self._server = HttpServer(self._front(), sockets=sockets, threads=threads)
        self._server.start()
        for listener in self._listeners:
            listener.start()
        if self._scheduler is not None:
            self._scheduler.start()

    def stop(self, *, within: float = DRAIN_SECONDS) -> None:
        """Begin nothing new, wait up to *within* seconds for what runs, close; once is enough."""
        if self._server is None:
            return
        until = time.monotonic() + within
        parts: list[QueueListener | Timers] = [*self._listeners]
        if self._scheduler is not None:
            parts.append(self._scheduler)
        for part in parts:
            part.begin_stop()
        self._server.stop(within=within)
        self._server = None
        for part in parts:
            part.finish_stop(until=until)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _build(self) -> None:
        mistakes: list[str] = []
        for function in self.functions:
            try:
                if isinstance(function.trigger, QueueTrigger):
                    self._listeners.append(self._listener(function, function.trigger))
                elif isinstance(function.trigger, TimerTrigger):
                    self._timers[function.name] = self._timer(function, function.trigger)
            except SettingsError as error:
                mistakes += [f"function {function.name}: {text}" for text in error.mistakes]
        if mistakes:
            raise SettingsError(mistakes)
        if self._timers:
            path = f"locks/{self._host_id}/devhost.timers"
            lease = Lease(StorageAccount(self._settings).container(HOST_CONTAINER), path)
            self._scheduler = Timers(list(self._timers.values()), lease=lease)

    def _listener(self, function: Function, trigger: QueueTrigger) -> QueueListener:
        return QueueListener(
            function,
            account=StorageAccount(self._settings, trigger.connection),
            queue_name=queue_name(trigger.queue, self._settings),
            options=self._options.queues,
        )

    def _timer(self, function: Function, trigger: TimerTrigger) -> Timer:
        container = StorageAccount(self._settings).container(HOST_CONTAINER)
        try:
            schedule = parse_schedule(resolve(trigger.schedule, self._settings))
        except ValueError as error:
            raise SettingsError([f"its schedule {error}"]) from error
        return Timer(function, schedule, store=TimerStore(container, host_id=self._host_id))

    @property
    def _host_id(self) -> str:
        return self._settings.get("AzureFunctionsWebHost__hostid", "devhost").lower()

    def _front(self) -> HttpFront:
        return HttpFront(
            RouteTable(http_routes(self.functions, prefix=self._options.route_prefix)),
            door=LoopbackDoor(self.port),
            keys=self.keys,
            admin=Admin(self.functions, run=self._run_in_background),
        )

    def _run_in_background(self, function: Function, given: str) -> None:
        threading.Thread(
            target=self._run_now, args=(function, given), name=function.name, daemon=True
        ).start()

    def _run_now(self, function: Function, given: str) -> None:
        if function.name in self._timers:
            self._timers[function.name].run_now()
        elif isinstance(function.trigger, QueueTrigger):
            item = QueueItem(given.encode())
            succeeds(function.name, lambda: invoke_queue(function, item))
        else:
            _logger.error("%s failed: an HTTP function needs a request.", function.name)


def worker_threads(settings: Mapping[str, str]) -> int:
    """Return how many HTTP functions run at once: the worker's setting, or its own default."""
    text = settings.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 1000:  # noqa: PLR2004 — the worker's bound
        return int(text)
    return min(32, (os.cpu_count() or 1) + 4)
