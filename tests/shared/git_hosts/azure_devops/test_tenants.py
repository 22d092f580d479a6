from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import MissingError, UnavailableError
from shared.git_hosts.azure_devops.tenants import tenant_of
from shared.git_hosts.egress import Answer, Sessions
from shared.interfaces.git_host_family import PERSONAL_ACCOUNTS
from tests.shared.git_hosts.azure_devops.conftest import Scripted

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization

TENANT = "1da4bba9-6fb5-501c-b3ef-ac901f96abd1"
URL = "https://dev.azure.com/acme"


def answer(status: int, tenant: str) -> Answer:
    return Answer(status, {"x-vss-resourcetenant": tenant} if tenant else {}, b"")


def test_tenant_of_an_organization_is_told_to_who_has_not_signed_in(
    sample: SampleOrganization,
) -> None:
    assert tenant_of(Sessions(), sample.url) == sample.organization.tenant_id


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(401, TENANT), TENANT),
        (answer(200, f" {TENANT.upper()} "), TENANT),
        (answer(404, TENANT), TENANT),
        (answer(401, PERSONAL_ACCOUNTS), PERSONAL_ACCOUNTS),
        (answer(401, ""), None),
        (answer(401, "not-a-tenant"), None),
    ],
)
def test_header_tells_the_tenant_whatever_the_status(given: Answer, expected: str | None) -> None:
    assert tenant_of(Scripted(given), URL) == expected


def test_nothing_that_signs_in_is_sent() -> None:
    sessions = Scripted(answer(401, TENANT))

    tenant_of(sessions, URL)

    assert "Authorization" not in sessions.headers[0]


def test_organization_that_there_is_not_is_missing() -> None:
    with pytest.raises(MissingError, match="There is no organization acme"):
        tenant_of(Scripted(answer(404, "")), URL)


def test_service_that_is_down_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        tenant_of(Scripted(answer(503, "")), URL)
