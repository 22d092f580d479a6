"""An installation, and how somebody says what links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization import Clock, SampleOrganization
from tests.making import REPOSITORY, sha
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.audit_entries import AuditEntry
    from shared.model import Kind


ITEMS: list[tuple[Kind, str]] = [
    ("branch", "feature/x"),
    ("pull_request", "7"),
    ("commit", sha(1)),
]


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path, clock=Clock(NOW, running=False)) as organization:
        organization.add_project("Shop")
        organization.create_repository("Shop", "shop")
        organization.push("shop", "main", "Begin")
        yield organization


@pytest.fixture
def connected(sample: SampleOrganization) -> Installation:
    """Return an installation that a real organization can be connected to."""
    return Installation(clock=sample.clock, services_url=sample.base_url)


def say(
    installation: Installation,
    what: str,
    kind: str,
    item_id: str,
    *,
    issue: str = "PAY-1",
    repository: str = REPOSITORY,
    token: str | None = None,
) -> int:
    """Attach or detach something; return the status."""
    body = {"repository_id": repository, "kind": kind, "id": item_id}
    return installation.call("POST", f"links/{issue}/{what}", body, token=token).status


def links(installation: Installation, issue: str = "PAY-1") -> dict[str, Any]:
    """Return what an issue shows, by id."""
    found = installation.call("GET", f"links/{issue}?limit=200").json["links"]
    return {link["id"]: link for link in found}


def audited(installation: Installation) -> list[AuditEntry]:
    page = installation.services.storage.audit.page(now=installation.clock.now(), limit=50)
    return [s.entry for s in page if s.entry.action in {"link_attached", "link_detached"}]
