"""What becomes of service hooks when an integration's are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.sample_organization import SampleOrganization, Where
from shared.configuration import HookState
from shared.hooks import reconciling
from shared.model import ProjectId
from shared.services import ONE_GROUP
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization.hooks.subscriptions import Subscription
    from shared.configuration import Integration


QUERY = Where(route="subscriptionsquery")


@pytest.fixture
def world(sample: SampleOrganization) -> World:
    """Return a world whose address is known; nobody listens there."""
    return World(sample, public_url="http://localhost:9")


def hooks(sample: SampleOrganization, event_type: str = "") -> list[Subscription]:
    found = sample.organization.subscriptions.all()
    return [one for one in found if event_type in {"", one.event_type}]


def only(sample: SampleOrganization, event_type: str = "git.push") -> Subscription:
    [found] = hooks(sample, event_type)
    return found


def state(world: World, integration: Integration) -> HookState:
    record = world.services.hook_states.get(ONE_GROUP, integration.id)
    return record.value if record else HookState()


def project(sample: SampleOrganization, name: str = "Shop") -> ProjectId:
    return ProjectId(sample.organization.project(name).id)


def look(world: World, integration: Integration) -> None:
    """Have the hooks looked at as a minute later, and all that follows done."""
    world.clock.pass_by(minutes=1)
    current = world.services.integrations.get(ONE_GROUP, integration.id)
    assert current is not None
    reconciling.ask(world.services, current.value)
    world.work()


def alarms(world: World, integration: Integration) -> dict[str, str]:
    return {alarm.code: alarm.text for alarm in world.status(integration).alarms}


def add_project(sample: SampleOrganization, name: str) -> None:
    sample.add_project(name)
    sample.create_repository(name, name.lower())
    sample.push(name.lower(), "main", "PAY-50 Begin")


def like(one: Subscription, **changes: object) -> Subscription:
    return msgspec.structs.replace(one, **changes)
