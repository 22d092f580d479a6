"""Two installations beside one organization: one exports, the other imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization import Clock, SampleOrganization
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path, clock=Clock(NOW, running=False)) as started:
        started.add_project("Shop")
        started.create_repository("Shop", "shop")
        started.push("shop", "main", "PAY-1 Start")
        yield started


@pytest.fixture
def source(sample: SampleOrganization) -> Installation:
    """Return an installation with two trackers and an integration of many settings."""
    installation = _installation(sample)
    tracker = {
        "id": "jira",
        "name": "Jira",
        "kind": "jira",
        "projects": ["PAY"],
        "sources": {"tags": True},
        "aliases": {"OLD": "PAY"},
        "number_since": "2026-01-01T00:00:00Z",
    }
    assert installation.call("POST", "trackers", tracker).status == 201
    installation.connect(
        sample,
        trackers=["default", "jira"],
        index={"work_items": True},
        repositories={"mode": "all", "jmespath": "[?name=='shop']"},
        pull_request_window_days=30,
        connection={"kind": "pat", "token": sample.token, "email": "admin@example.com"},
    )
    return installation


@pytest.fixture
def target(sample: SampleOrganization) -> Installation:
    """Return an installation in which nothing is set up."""
    return _installation(sample)


@pytest.fixture
def exported(source: Installation) -> dict[str, Any]:
    """Return what the source exports."""
    document: dict[str, Any] = source.call("GET", "export").json
    return document


def _installation(sample: SampleOrganization) -> Installation:
    return Installation(
        clock=sample.clock, services_url=sample.base_url, public_url="https://links.example.com"
    )
