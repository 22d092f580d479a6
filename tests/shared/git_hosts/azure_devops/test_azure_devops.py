from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.events import OtherEvent
from shared.git_hosts.azure_devops import AzureDevOps
from shared.interfaces.git_host_family import Credential
from tests.shared.git_hosts.azure_devops.conftest import Scripted, good

if TYPE_CHECKING:
    from devhost.sample_organization import Clock, SampleOrganization
    from tests.shared.git_hosts.azure_devops.conftest import Waits


def family_over(sessions: Scripted, clock: Clock, waits: Waits) -> AzureDevOps:
    return AzureDevOps(
        services_url="https://dev.azure.com/", sessions=sessions, clock=clock.now, wait=waits
    )


def test_organization_is_opened_without_a_call(
    family: AzureDevOps, sample: SampleOrganization
) -> None:
    family.open("contoso", url="", credential=Credential("pat", "of no use"))

    assert len(sample.calls) == 0


@pytest.mark.parametrize(
    ("organization", "path"), [("contoso", "contoso"), ("../x", "..%2Fx"), ("a?b#c", "a%3Fb%23c")]
)
def test_organization_is_one_segment_of_the_path_whatever_its_name(
    clock: Clock, waits: Waits, organization: str, path: str
) -> None:
    sessions = Scripted(good(b'{"value": []}'), good(b'{"value": []}'))

    family_over(sessions, clock, waits).open(
        organization, url="", credential=Credential("pat", "t")
    ).listing()

    assert sessions.urls[0].startswith(f"GET https://dev.azure.com/{path}/_apis/projects ")


def test_projects_that_are_on_their_way_in_or_out_are_told_from_the_others(
    clock: Clock, waits: Waits
) -> None:
    states = ["wellFormed", "new", "createPending", "deleting", "deleted", "unchanged"]
    listed = ",".join(f'{{"id": "{state}", "state": "{state}"}}' for state in states)
    sessions = Scripted(good(f'{{"value": [{listed}]}}'.encode()), good(b'{"value": []}'))

    listing = (
        family_over(sessions, clock, waits)
        .open("contoso", url="", credential=Credential("pat", "t"))
        .listing()
    )

    assert [p.id for p in listing.projects if p.is_settled] == ["wellformed", "unchanged"]
    assert [p.id for p in listing.projects if not p.is_settled] == [
        "new",
        "createpending",
        "deleting",
    ]


def test_address_token_and_event_are_read_without_a_connection(
    family: AzureDevOps, sample: SampleOrganization
) -> None:
    assert family.address(f"{sample.url}/Shop", ()).organizations == ("contoso",)
    given = Credential("pat", secret=" token ")
    assert family.credential(given, url=sample.url) == Credential("pat", secret="token")
    assert isinstance(family.read_event(b"{}"), OtherEvent)
