"""Answer HTTP requests with the app's functions (a WSGI application).

`environ` must carry the headers as they came, under RAW_HEADERS: WSGI itself loses which
header was repeated, and HttpServer adds them.
"""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import msgspec

from devhost.answers import Answer, header_lines
from devhost.functions import Function, HttpTrigger
from devhost.http_request import (
    UnreadableRequestError,
    read_headers,
    read_path,
    read_query,
    write_path,
)
from devhost.invocation import Request, invoke_http

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO
    from wsgiref.types import StartResponse, WSGIEnvironment

    from devhost.admin import Admin
    from devhost.doors import Keys, LoopbackDoor
    from devhost.routes import RouteTable

RAW_HEADERS = "devhost.raw_headers"
"""Where `environ` holds the pairs of name and value, as bytes."""
_logger = logging.getLogger("devhost.http")


class _Target(msgspec.Struct, frozen=True):
    """What a request asks for, decoded."""

    method: str
    path: str
    query_string: str
    query: dict[str, str]
    headers: dict[str, str]


class HttpFront:
    """The WSGI application."""

    def __init__(
        self, routes: RouteTable[Function], *, door: LoopbackDoor, keys: Keys, admin: Admin
    ) -> None:
        self._routes = routes
        self._door = door
        self._keys = keys
        self._admin = admin

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._answer(environ)
        try:
            lines = header_lines(answer)
        except ValueError as error:
            _logger.error("An answer could not be sent: %s.", error)  # noqa: TRY400 — the text says it all
            answer, lines = Answer(500, {}, b""), []
        bodiless = answer.status in (204, 304) or answer.status < 200  # noqa: PLR2004 — HTTP's own numbers
        if not bodiless:
            lines.append(("content-length", str(len(answer.body))))
        start_response(_status_line(answer.status), lines)
        return [] if bodiless or environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        try:
            target = _read_target(environ)
        except UnreadableRequestError as error:
            return _refuse(400, str(error))
        refusal = self._door.refusal(target.headers, path=target.path)
        if refusal is not None:
            return _refuse(*refusal)
        if self._admin.owns(target.path):
            content_type = target.headers.get("content-type", "")
            body = _read_body(environ, target.headers)
            status = self._admin.status(
                target.method, target.path, content_type=content_type, body=body
            )
            return Answer(status, {}, b"")
        return self._call(target, environ)

    def _call(self, target: _Target, environ: WSGIEnvironment) -> Answer:
        match = self._routes.find(target.method, target.path)
        if match is None:
            return Answer(404, {}, b"")
        function = match.target
        assert isinstance(function.trigger, HttpTrigger)
        level = function.trigger.auth_level
        if not self._keys.fit(level, headers=target.headers, query=target.query):
            return Answer(401, {}, b"")
        query = f"?{target.query_string}" if target.query_string else ""
        request = Request(
            method=target.method,
            url=f"http://{target.headers['host']}{write_path(target.path)}{query}",
            headers=target.headers,
            query=target.query,
            params=match.values,
            body=_read_body(environ, target.headers),
        )
        return _invoke(function, request)


def _invoke(function: Function, request: Request) -> Answer:
    began = time.perf_counter()
    try:
        answer = invoke_http(function, request)
    except Exception:
        _logger.exception("%s failed.", function.name)
        return Answer(500, {}, b"")
    if _logger.isEnabledFor(logging.INFO):
        taken = (time.perf_counter() - began) * 1000
        _logger.info("%s answered %d in %.0f ms.", function.name, answer.status, taken)
    return answer


def _read_target(environ: WSGIEnvironment) -> _Target:
    raw_path, _, query_string = cast("str", environ["REQUEST_URI"]).partition("?")
    if not raw_path.startswith("/"):
        raise UnreadableRequestError("the request target is no path")
    return _Target(
        method=environ["REQUEST_METHOD"],
        path=read_path(raw_path),
        query_string=query_string,
        query=read_query(query_string),
        headers=read_headers(environ[RAW_HEADERS]),
    )


def _read_body(environ: WSGIEnvironment, headers: dict[str, str]) -> bytes:
    if "content-length" not in headers:
        if "transfer-encoding" in headers:
            # `GrpcMessageConversionExtensions.ToRpcHttp` looks at Content-Length only.
            _logger.warning("A chunked body was dropped, as Azure does: send Content-Length.")
        return b""
    return cast("BinaryIO", environ["wsgi.input"]).read()


def _refuse(status: int, reason: str) -> Answer:
    _logger.warning("A request was refused: %s.", reason)
    return Answer(status, {"content-type": "text/plain; charset=utf-8"}, f"{reason}\n".encode())


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} "
