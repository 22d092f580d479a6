"""Calls the REST API of one organization: signs in, waits when told to, reads every answer once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from shared.errors import ThrottledError, UnavailableError
from shared.git_hosts.azure_devops import answers
from shared.git_hosts.azure_devops.answers import VersionRefusedError
from shared.git_hosts.azure_devops.pacing import Pace
from shared.git_hosts.azure_devops.reading import decode
from shared.git_hosts.azure_devops.route_names import route_of
from shared.git_hosts.azure_devops.streaming import Streams
from shared.git_hosts.azure_devops.turns import turns_of
from shared.git_hosts.azure_devops.versions import Versions
from shared.git_hosts.basic import basic, bearer
from shared.git_hosts.egress import CutOffError, OversizedError
from shared.git_hosts.times import USUAL_PAUSE
from shared.telemetry.operations import counted_call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.git_hosts.egress import Answer, Sessions
    from shared.interfaces import Clock
    from shared.interfaces.answers import Budget

T = TypeVar("T")

_TRIES: Final = 3
_RETRIED_AFTER: Final = 1.0
"""Seconds, and twice as long the next time."""
_SMALLEST_PAGE: Final = 100


class Told(Struct, Generic[T]):
    """An answer, and the service's clock when it gave it."""

    value: T
    at: datetime
    continuation: str | None = None
    """Of a list: what to ask the next page with; None at the end."""
    most: int = 0
    """Of a list: how many were asked for in the end, less than at first after failures."""


class Client:
    """One organization, seen with one credential. Usable from several threads.

    A list that fails is asked for again in smaller pages: what is too much for a busy service, or
    takes it too long, may still come in parts.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str,
        sessions: Sessions,
        clock: Clock,
        wait: Callable[[float], None],
        versions: Versions | None = None,
        user_name: str | None = "",
    ) -> None:
        """Sign in with *token*, with which a user name is sent; None: it is an access token."""
        self.base_url = base_url.rstrip("/")
        self._headers = {
            **(bearer(token) if user_name is None else basic(user_name, token)),
            "Accept": "application/json",
            "User-Agent": "Devlinks",
            # Else a refused token is led to a sign-in page. The official clients send both.
            "X-TFS-FedAuthRedirect": "Suppress",
            "X-VSS-ForceMsaPassThrough": "true",
        }
        self._sessions = sessions
        self.clock = clock
        self._wait = wait
        self._server = urlsplit(base_url).netloc
        self._versions = versions or Versions(clock)
        self._pace = Pace(clock, wait)
        self._turns = turns_of(self._server, self._headers["Authorization"])

    @property
    def budget(self) -> Budget | None:
        """What the service last told of our budget; it does so near the limit alone."""
        return self._pace.budget

    @property
    def version(self) -> str:
        """The api-version that is asked with, as far as the server was asked yet."""
        return self._versions.of(self._server)

    def get(
        self,
        path: str,
        kind: type[T],
        *,
        what: str,
        params: Mapping[str, str] | None = None,
        is_preview: bool = False,
    ) -> Told[T]:
        """Return the answer to a GET as *kind*; *what* names it in errors.

        *is_preview* is for what was never released, in no version.
        """
        answer, at, _ = self._call("GET", path, what=what, params=params, is_preview=is_preview)
        return Told(decode(answer.body, kind, what=what), at)

    def whole(self, path: str, kind: type[T], *, what: str) -> Told[T]:
        """Return the answer to a GET that can be asked for in parts as well.

        UnavailableError when it does not come, which is not taken for throttling.
        """
        answer, at, _ = self._ask("GET", path, what=what)
        return Told(decode(answer.body, kind, what=what), at)

    def query(
        self,
        path: str,
        body: object,
        kind: type[T],
        *,
        what: str,
        params: Mapping[str, str] | None = None,
    ) -> T:
        """Return the answer to a POST that only asks something, and can be repeated."""
        answer, _, _ = self._call("POST", path, what=what, params=params, body=body)
        return decode(answer.body, kind, what=what)

    def search(
        self,
        path: str,
        body: object,
        kind: type[T],
        *,
        what: str,
        params: Mapping[str, str],
    ) -> Told[T]:
        """Return the same with how many were asked for in the end, of those in `$top`."""
        answer, at, most = self._call("POST", path, what=what, params=params, body=body)
        return Told(decode(answer.body, kind, what=what), at, most=most)

    def create(self, path: str, body: object, kind: type[T], *, what: str) -> T:
        """Return what a POST created; it is sent once, whatever happens to the answer."""
        answer, _, _ = self._call("POST", path, what=what, body=body, tries=1)
        return decode(answer.body, kind, what=what)

    def replace(self, path: str, body: object, kind: type[T], *, what: str) -> T:
        """Return what a PUT made of a thing; it can be repeated."""
        answer, _, _ = self._call("PUT", path, what=what, body=body)
        return decode(answer.body, kind, what=what)

    def page(
        self,
        path: str,
        kind: type[T],
        *,
        what: str,
        params: Mapping[str, str],
        body: object = None,
    ) -> Told[list[T]]:
        """Return one page of a list: of a GET, or of a POST that asks *body*."""
        method = "GET" if body is None else "POST"
        answer, at, most = self._call(method, path, what=what, params=params, body=body)
        listed = decode(answer.body, _Listed, what=what)
        values = decode(listed.value, list[kind], what=what)  # type: ignore[valid-type]
        return Told(values, at, answer.headers.get("x-ms-continuationtoken") or None, most)

    def delete(self, path: str, *, what: str) -> None:
        """Delete; MissingError when there is no such thing."""
        self._call("DELETE", path, what=what)

    @property
    def streams(self) -> Streams:
        """Sends what is not of the API, as the same identity and within the same budget."""
        return Streams(
            self._sessions, self._pace, self._turns, headers=self._headers, clock=self.clock
        )

    def _call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        params: Mapping[str, str] | None = None,
        body: object = None,
        tries: int = _TRIES,
        is_preview: bool = False,
    ) -> tuple[Answer, datetime, int]:
        """Return what `_ask` returns; whoever is left without an answer is throttled."""
        try:
            return self._ask(
                method, path, what=what, params=params, body=body, tries=tries,
                is_preview=is_preview,
            )  # fmt: skip
        except UnavailableError as error:
            raise self._given_up(error) from error

    def _ask(
        self,
        method: str,
        path: str,
        *,
        what: str,
        params: Mapping[str, str] | None = None,
        body: object = None,
        tries: int = _TRIES,
        is_preview: bool = False,
    ) -> tuple[Answer, datetime, int]:
        """Return the answer, the service's clock when it came, and how many were asked for."""
        asked = {"api-version": "", **(params or {})}
        most = int(asked.get("$top", 0))
        failures = 0
        while True:
            self._pace.keep()
            version = self.version
            asked["api-version"] = f"{version}-preview" if is_preview else version
            try:
                answer, at = self._try(method, path, what=what, params=asked, body=body)
            except VersionRefusedError as refused:
                # Nothing was done: that is no failure, and not one of the tries.
                is_preview = self._give_way(refused, version, is_preview=is_preview)
            except ThrottledError:
                failures += 1
                if failures >= tries:
                    raise
            except UnavailableError as error:
                failures += 1
                if most > _SMALLEST_PAGE:
                    most = max(_SMALLEST_PAGE, most // (4 if _is_too_much(error) else 2))
                    asked["$top"] = str(most)
                elif failures >= tries or _is_too_much(error):
                    raise
                self._wait(_RETRIED_AFTER * failures)
            else:
                if not is_preview:
                    self._versions.note_served(self._server, version)
                return answer, at, most

    def _give_way(self, refused: VersionRefusedError, version: str, *, is_preview: bool) -> bool:
        """Ask with an older version from now on; return whether to ask for a preview instead."""
        # A version that the server has answered to before is refused for this path alone.
        is_alone = refused.is_preview and self._versions.is_served(self._server, version)
        if is_preview or not is_alone:
            self._versions.step_down(self._server, version, refused)
        return is_preview or is_alone

    def _given_up(self, error: UnavailableError) -> UnavailableError | ThrottledError:
        """Return what a failure is that lasts.

        A busy service often says nothing at all before it says that it is busy: whoever is left
        without an answer asks nothing for some minutes.
        """
        if not isinstance(error, CutOffError):
            return error
        until = self.clock() + USUAL_PAUSE
        self._pace.pause(until)
        text = f"{error} Devlinks waits as if asked to."
        return ThrottledError(text, retry_at=until, is_asked=False)

    def _try(
        self, method: str, path: str, *, what: str, params: dict[str, str], body: object
    ) -> tuple[Answer, datetime]:
        answer = self._send(method, path, params=params, body=body)
        now = self.clock()
        self._pace.note(answer, now=now)
        try:
            answers.check(answer, what=what, now=now)
        except ThrottledError as error:
            self._pace.pause(error.retry_at)
            raise
        return answer, answers.told_at(answer, now=now)

    def _send(self, method: str, path: str, *, params: dict[str, str], body: object) -> Answer:
        headers, content = self._headers, None
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
            content = msgspec.json.encode(body)
        url = f"{self.base_url}{path}"
        with self._turns, counted_call(route_of(path)) as answered:
            answer = self._sessions.send(method, url, headers=headers, params=params, body=content)
            answered(answer.status)
            return answer


def _is_too_much(error: UnavailableError) -> bool:
    """Whether asking for the same again would take as long, and fail as well."""
    return isinstance(error, OversizedError) or (isinstance(error, CutOffError) and error.is_late)


class _Listed(Struct):
    value: msgspec.Raw
