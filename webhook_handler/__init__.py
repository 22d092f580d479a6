"""Receives service hooks: verify, keep, enqueue, answer.

It never calls the git host, so it answers at once and cannot fail because the git host is down.
Azure DevOps repeats what is answered 503 for about three minutes and takes hooks out of service
that are answered worse, so nothing but 202, 200, 401 and 503 ever leaves here.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import azure.functions as func

from shared.bootstrap import services
from shared.errors import NotSignedInError
from shared.hooks.receiving import Receipt, receive
from shared.telemetry.beginning import one_operation
from shared.telemetry.lines import log_of
from shared.web.routes import Route, describe_route

if TYPE_CHECKING:
    from shared.services import Services

blueprint = func.Blueprint()
_log = log_of(__name__)

_ANSWERS: Final[dict[Receipt, HTTPStatus]] = {
    "accepted": HTTPStatus.ACCEPTED,
    "repeated": HTTPStatus.OK,
    "unreadable": HTTPStatus.ACCEPTED,
}


@blueprint.function_name("receive_webhook")
@blueprint.route(
    route="webhooks/{webhook_id}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
def receive_webhook(req: func.HttpRequest) -> func.HttpResponse:
    """Answer one delivery."""
    with one_operation():
        try:
            return handle(req, services())
        except Exception:  # noqa: BLE001 — the last stop of this trigger
            # Wrong settings, storage down, or a fault of ours: the sender should try again.
            _log.exception("webhook_failed")
            return func.HttpResponse(status_code=HTTPStatus.SERVICE_UNAVAILABLE)


def handle(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Return the answer to a delivery; what kept it from being kept is raised."""
    try:
        receipt = receive(
            services,
            str(req.route_params["webhook_id"]),
            authorization=str(req.headers.get("authorization", "")),
            body=req.get_body(),
        )
    except NotSignedInError:
        _log.info("delivery_refused")
        headers = {"WWW-Authenticate": 'Basic realm="Devlinks"'}
        return func.HttpResponse(status_code=HTTPStatus.UNAUTHORIZED, headers=headers)
    return func.HttpResponse(status_code=_ANSWERS[receipt])


describe_route(
    Route(
        "POST",
        "webhooks/{webhook_id}",
        handle,
        None,
        "Take a delivery of a service hook, with the webhook's basic authentication.",
        status=HTTPStatus.ACCEPTED,
        explains_itself=False,
        named="receive_webhook",
    )
)
