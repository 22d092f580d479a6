"""Service hooks of a server of any age: made, found, set right and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.git_hosts.dialling import Egress
from shared.interfaces.git_host_family import Credential
from tests.shared.git_hosts.azure_devops.conftest import NOW, project_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devhost.sample_organization import Clock
    from tests.shared.git_hosts.azure_devops.conftest import Waits

URL = "http://localhost:9/api/webhooks/1"


@pytest.fixture
def collection(tmp_path: Path, clock: Clock) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path, name="Main", clock=clock, server_folder="tfs") as server:
        server.add_project("Shop")
        yield server


@pytest.mark.parametrize("ceiling", ["3.0", "4.1", "5.0", "6.0", "7.0", "7.1"])
def test_hook_is_made_found_set_right_and_removed(
    collection: SampleOrganization, clock: Clock, waits: Waits, ceiling: str
) -> None:
    collection.behaviour.newest_api_version = ceiling
    family = AzureDevOpsServer(
        egress=Egress(AllowList.read("localhost")), clock=clock.now, wait=waits
    )
    host = family.open("Main", url=collection.url, credential=Credential("pat", collection.token))
    project = project_of(collection)

    made = host.subscribe("git.push", project, url=URL, user_name="devlinks", password="a" * 20)
    collection.set_subscription_status(made.id, "disabledBySystem")
    found = host.subscriptions(project, url=URL)
    mended = host.replace_subscription(made, url=URL, user_name="devlinks", password="b" * 20)
    lost = host.lost_events([made.id], since=NOW, until=NOW, limit=5)
    host.unsubscribe(made.id)

    assert [(hook.id, hook.status) for hook in found] == [(made.id, "disabledBySystem")]
    assert (mended.id, mended.status) == (made.id, "enabled")
    assert lost == []
    assert host.subscriptions(project, url=URL) == []
