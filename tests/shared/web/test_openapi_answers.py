from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from msgspec import Struct
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

import function_app
from shared.web.openapi import describe
from shared.web.routes import registered
from tests.installation import RunningInstallation

if TYPE_CHECKING:
    from collections.abc import Iterator

assert function_app.app, "importing it registers every route"
Case = schemathesis.Case[Any]
schema = schemathesis.openapi.from_dict(describe(registered()))
few = settings(
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
pytestmark = pytest.mark.azurite


class Running(Struct):
    """A running installation."""

    api: str
    token: str
    integration: str

    def hold(self, case: Case) -> None:
        """Send a request, and hold the answer against the description.

        Parameters that are not described mean nothing, and the host drops those without a value.
        """
        described = {parameter.name for parameter in case.operation.query}
        if set(case.query) - described or any(v in ("", [], {}) for v in case.query.values()):
            return
        case.call_and_validate(
            base_url=self.api,
            headers={"Authorization": f"Bearer {self.token}"},
            excluded_checks=[
                unsupported_method,  # a method that no function takes is 404 to the host
                positive_data_acceptance,  # what fits may name things that there are not
            ],
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("devhost")
    with RunningInstallation(folder, "--sample") as started:
        [integration] = started.call("GET", "integrations").body["integrations"]
        yield Running(started.addresses.api, started.token, integration["id"])


@schema.parametrize()
@few
def test_any_request_is_answered_as_described(case: Case, running: Running) -> None:
    running.hold(case)


@(
    schema.include(path_regex=r"\{(issue_key|tracker_id|integration_id)\}")
    .exclude(method="DELETE")
    .parametrize()
)
@few
def test_request_about_what_there_is_is_answered_as_described(case: Case, running: Running) -> None:
    known = {
        "issue_key": "PAY-101",
        "tracker_id": "default",
        "integration_id": running.integration,
    }
    given = case.path_parameters
    case.path_parameters = {name: known.get(name, given[name]) for name in given}

    running.hold(case)
