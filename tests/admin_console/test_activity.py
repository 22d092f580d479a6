"""What happens to an integration, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.hooks.receiving import keep

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


def test_hours_and_usage_are_told(installation: Installation, sample: SampleOrganization) -> None:
    made = installation.connect(sample)
    installation.work()
    known = installation.integration(made)
    body = b'{"id": "e1", "eventType": "git.push", "createdDate": "2026-11-21T09:00:01Z"}'
    keep(installation.services, known.webhook_id, known.id, body)

    answered = installation.call("GET", f"integrations/{made}/activity?days=1")

    assert answered.status == 200, answered.body
    assert answered.json["since"] == "2026-11-20T09:00:00Z"
    assert len(answered.json["hours"]) == 25
    assert answered.json["hours"][-1] == {
        "at": "2026-11-21T09:00:00Z", "pushes": 1, "deliveries": 1, "failed": 0, "links": 3,
    }  # fmt: skip
    assert answered.json["usage"] == {
        "repositories": 3, "branches": 3, "commits": 3, "pull_requests": 0, "work_items": 0,
        "links": 3,
    }  # fmt: skip


@pytest.mark.parametrize(("query", "days"), [("", 7), ("?days=90", 90)])
def test_days_are_those_that_were_asked_for(
    installation: Installation, sample: SampleOrganization, query: str, days: int
) -> None:
    made = installation.connect(sample)

    answered = installation.call("GET", f"integrations/{made}/activity{query}")

    assert len(answered.json["hours"]) == timedelta(days=days) // timedelta(hours=1) + 1


@pytest.mark.parametrize("days", ["0", "91", "-1", "x"])
def test_days_that_are_not_kept_are_refused(
    installation: Installation, sample: SampleOrganization, days: str
) -> None:
    made = installation.connect(sample)

    answered = installation.call("GET", f"integrations/{made}/activity?days={days}")

    assert list(answered.fields) == ["days"]


def test_integration_that_there_is_not_has_none(installation: Installation) -> None:
    answered = installation.call("GET", "integrations/nothing/activity")

    assert answered.problem == (404, "not_found")
