"""Subscribing, for the tests of service hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api, Receiver

    Subscribe = Callable[..., dict[str, Any]]


@pytest.fixture
def wanted(sample: SampleOrganization, receiver: Receiver) -> Callable[..., dict[str, Any]]:
    """Make the body of a subscription to an event type, with filters and consumer inputs."""

    def body(event_type: str = "git.push", /, **inputs: str) -> dict[str, Any]:
        consumer = {"httpHeaders", "basicAuthUsername", "basicAuthPassword", "url"}
        own = {k: v for k, v in inputs.items() if k in consumer or k.endswith("ToSend")}
        filters = {k: v for k, v in inputs.items() if k not in own}
        return {
            "publisherId": "tfs",
            "eventType": event_type,
            "consumerId": "webHooks",
            "consumerActionId": "httpRequest",
            "publisherInputs": {"projectId": sample.organization.project("Shop").id} | filters,
            "consumerInputs": {"url": receiver.url} | own,
        }

    return body


@pytest.fixture
def subscribe(api: Api, wanted: Subscribe) -> Subscribe:
    """Subscribe, and return the subscription as it was answered."""

    def made(event_type: str = "git.push", /, **inputs: str) -> dict[str, Any]:
        answer: dict[str, Any] = api.post("hooks/subscriptions", wanted(event_type, **inputs))
        return answer

    return made
