from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Receiver


def test_every_change_of_an_item_is_told(
    sample: SampleOrganization, receiver: Receiver, subscribe: Callable[..., Any]
) -> None:
    kinds = ("created", "updated", "deleted", "restored")
    for kind in kinds:
        subscribe(f"workitem.{kind}")

    sample.add_work_item("Shop", 7, "New")
    sample.edit_work_item(7, state="Active")
    sample.attach_work_item(7, "web", branch="main")
    sample.delete_work_item(7)
    sample.restore_work_item(7)
    sample.wait_for_deliveries()

    told = {kind: [b["resource"] for b in receiver.of(f"workitem.{kind}")] for kind in kinds}
    assert [one["id"] for one in told["created"]] == [7]
    # Two deliveries on their way at once come in any order.
    edited, attached = sorted(told["updated"], key=lambda one: "relations" in one)
    assert edited["workItemId"] == attached["workItemId"] == 7
    assert edited["fields"]["System.State"] == {"oldValue": "New", "newValue": "Active"}
    assert len(attached["relations"]["added"]) == 1
    assert told["deleted"][0]["url"].endswith("/_apis/wit/recyclebin/7")
    assert [one["id"] for one in told["restored"]] == [7]
