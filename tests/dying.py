"""Workers whose process ends in the middle of their work on service hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.git_hosts.azure_devops.organization import AzureDevOpsOrganization
from tests.world import Killed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.world import World


def kill_after(world: World, patched: pytest.MonkeyPatch, *, steps: int) -> None:
    """Kill the worker after so many steps: calls that change a hook, records kept, jobs put."""
    left = steps

    def dying(do: Callable[..., object]) -> Callable[..., object]:
        def step(*given: object, **named: object) -> object:
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            return do(*given, **named)

        return step

    for name in ("subscribe", "replace_subscription", "unsubscribe"):
        change = getattr(AzureDevOpsOrganization, name)
        patched.setattr(AzureDevOpsOrganization, name, dying(change))
    for records in (world.services.hook_states, world.services.webhooks):
        for name in ("put", "replace"):
            patched.setattr(records, name, dying(getattr(records, name)))
    patched.setattr(world.storage.queues, "put", dying(world.storage.queues.put))
