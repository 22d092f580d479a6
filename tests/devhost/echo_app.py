"""A small app to send requests to, and a way to send them byte by byte."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import azure.functions as func

if TYPE_CHECKING:
    from devhost.host import Host

ANONYMOUS = func.AuthLevel.ANONYMOUS


def echo_app() -> func.FunctionApp:
    app = func.FunctionApp()

    @app.route(route="echo/{*rest}", auth_level=ANONYMOUS)
    def echo(req: func.HttpRequest) -> func.HttpResponse:
        seen: dict[str, Any] = {
            "method": req.method,
            "url": req.url,
            "headers": dict(req.headers),
            "params": dict(req.params),
            "route_params": dict(req.route_params),
            "body": req.get_body().hex(),
        }
        return func.HttpResponse(json.dumps(seen), mimetype="application/json")

    @app.route(route="read", methods=["GET"], auth_level=ANONYMOUS)
    def read(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse("read", status_code=int(req.params.get("status", "200")))

    @app.route(route="head", methods=["GET", "HEAD"], auth_level=ANONYMOUS)
    def head(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(f"{req.method} has a body")

    @app.route(route="fail", auth_level=ANONYMOUS)
    def fail(req: func.HttpRequest) -> func.HttpResponse:
        raise LookupError(f"the reason for {req.method}")

    @app.route(route="odd", auth_level=ANONYMOUS)
    def odd(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(req.method, headers={"X-Odd": req.params["value"]})

    @app.route(route="cookies", auth_level=ANONYMOUS)
    def cookies(req: func.HttpRequest) -> func.HttpResponse:
        response = func.HttpResponse(req.method)
        response.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly")
        response.headers.add("Set-Cookie", "b=2; Path=/")
        return response

    @app.route(route="level/function", auth_level=func.AuthLevel.FUNCTION)
    def needs_function_key(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(f"in by {req.method}")

    @app.route(route="level/admin", auth_level=func.AuthLevel.ADMIN)
    def needs_master_key(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(f"in by {req.method}")

    return app


def raw_request(host: Host, request: bytes) -> bytes:
    """Return everything that comes back until the connection closes."""
    with socket.create_connection(("127.0.0.1", host.port), timeout=10) as connection:
        connection.sendall(request.replace(b"PORT", str(host.port).encode()))
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received
