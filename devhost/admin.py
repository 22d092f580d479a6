"""The host's `/admin/functions/{name}`: run a timer or queue function now.

As with Core Tools on one machine, no master key is asked for; the door keeps web pages out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from devhost.functions import Function

_ADMIN = re.compile(r"/admin(/.*)?", re.IGNORECASE | re.DOTALL)
_INVOKE = re.compile(r"/admin/functions/([^/]+)/?", re.IGNORECASE)
_JSON = re.compile(r"application/(?:[^;]+\+)?json\s*(?:;.*)?", re.IGNORECASE)


class _Invocation(msgspec.Struct, frozen=True):
    input: str | int | float | bool | None = None


class Admin:
    """Answers under `/admin`; `run` starts a function in the background with an input."""

    def __init__(
        self, functions: Iterable[Function], *, run: Callable[[Function, str], None]
    ) -> None:
        self._functions = {function.name.lower(): function for function in functions}
        self._run = run

    @staticmethod
    def owns(path: str) -> bool:
        """Tell whether the path belongs to the host and can be no function's."""
        return _ADMIN.fullmatch(path) is not None

    def status(self, method: str, path: str, *, content_type: str, body: bytes) -> int:
        """Return the status of the answer, which is empty; on 202 the function was started.

        An HTTP function is "started" as well and then fails for want of a request, as it
        does in the real host.
        """
        match = _INVOKE.fullmatch(path)
        if match is None or method != "POST":
            return 404
        if not _JSON.fullmatch(content_type):
            return 415
        try:
            given = msgspec.json.decode(body, type=_Invocation).input
        except (msgspec.DecodeError, UnicodeDecodeError):
            return 400
        function = self._functions.get(match[1].lower())
        if function is None:
            return 404
        self._run(function, _text(given))
        return 202


def _text(given: str | float | None) -> str:
    if given is None:
        return ""
    return given if isinstance(given, str) else msgspec.json.encode(given).decode()
