"""Answers that are not of the API, read as they come: how git itself is spoken with."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from shared.errors import ThrottledError
from shared.git_hosts.azure_devops import answers
from shared.git_hosts.azure_devops.route_names import route_of
from shared.git_hosts.egress import Answer
from shared.telemetry.operations import counted_call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shared.git_hosts.azure_devops.pacing import Pace
    from shared.git_hosts.azure_devops.turns import Turns
    from shared.git_hosts.egress import Sessions, Stream
    from shared.interfaces import Clock

_GIT: Final = "application/x-git-"


class Streams:
    """Sends requests as one identity, at its pace and in its turn; each is sent once."""

    def __init__(
        self,
        sessions: Sessions,
        pace: Pace,
        turns: Turns,
        *,
        headers: Mapping[str, str],
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._pace = pace
        self._turns = turns
        self._headers = headers
        self._clock = clock

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Iterator[Stream]:
        """Return a good answer as soon as it begins; what another one means is raised.

        The turn lasts until the answer is left: a pack is made while it is sent.
        """
        self._pace.keep()
        named = {**self._headers, **headers}
        with (
            self._turns,
            counted_call(route_of(url)) as answered,
            self._sessions.stream(method, url, headers=named, params=params, body=body) as stream,
        ):
            answered(stream.status)
            self._note(stream)
            yield stream

    def _note(self, stream: Stream) -> None:
        now = self._clock()
        kind = stream.headers.get("content-type", "")
        is_good = stream.status == HTTPStatus.OK and kind.startswith(_GIT)
        answer = Answer(stream.status, stream.headers, b"" if is_good else stream.whole())
        self._pace.note(answer, now=now)
        if is_good:
            return
        try:
            answers.check(answer, what="history", now=now)
        except ThrottledError as error:
            self._pace.pause(error.retry_at)
            raise
