"""Describes routes as OpenAPI 3.1, from the types that they really take and answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from shared import __version__
from shared.access.sessions import COOKIE
from shared.web.answers import Problem
from shared.web.calls import CSRF_HEADER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.web.routes import Route

_PART: Final = re.compile(r"\{([a-z_]+)\}")
_REFERENCE: Final = "#/components/schemas/{name}"


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the description of *routes*."""
    types = {kind for r in routes for kind in (r.answer, r.body, r.patch)} | {Problem}
    named = [kind for kind in types if kind is not None]
    named.sort(key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(named, ref_template=_REFERENCE)
    schema_of = dict(zip(named, schemas, strict=True))
    paths: dict[str, Any] = {}
    for route in routes:
        operation = _operation(route, schema_of, components)
        paths.setdefault(f"/{route.path}", {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Devlinks", "version": __version__, "license": {"name": "MIT"}},
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": f"Of the console; to change something, with {CSRF_HEADER}.",
                },
            },
        },
    }


def _operation(
    route: Route, schema_of: dict[type[Any], dict[str, Any]], components: dict[str, Any]
) -> dict[str, Any]:
    success: dict[str, Any] = {"description": route.summary}
    if route.answer is not None:
        success["content"] = {"application/json": {"schema": schema_of[route.answer]}}
    refused: dict[str, Any] = {"description": "What went wrong."}
    if route.explains_itself:
        refused["content"] = {"application/problem+json": {"schema": schema_of[Problem]}}
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {
            str(route.status): success,
            "default": refused,
        },
        "security": [] if route.scope is None else [{"token": []}, {"session": []}],
    }
    if route.scope is not None:
        operation["x-scope"] = route.scope
    if route.body is not None:
        content = {"application/json": {"schema": schema_of[route.body]}}
        operation["requestBody"] = {"required": not route.is_body_optional, "content": content}
    if route.patch is not None:
        # Any part of the whole: nothing is required, and null takes a field away.
        whole = components[route.patch.__name__]
        part = {key: value for key, value in whole.items() if key != "required"}
        content = {"application/merge-patch+json": {"schema": part}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    parts = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PART.findall(route.path)
    ]
    query = [
        {"name": p.name, "in": "query", "description": p.text, "schema": p.schema}
        for p in route.query
    ]
    return [*parts, *query]
