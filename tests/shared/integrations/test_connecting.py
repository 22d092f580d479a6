from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.configuration import Selection
from shared.connections.presenting import secret_purpose
from shared.errors import (
    BadRequestError,
    DevlinksError,
    ForbiddenError,
    MissingError,
    NoRepositoriesError,
    SignedOutError,
    ThrottledError,
    UnavailableError,
    UnknownThingError,
)
from shared.integrations import connections
from shared.model import TrackerId
from shared.services import ONE_GROUP
from tests.shared.integrations.conftest import EXPIRES, connect, wanted
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration


def everything_kept(installation: Installation) -> list[object]:
    services = installation.services
    return [
        *services.integrations.list(ONE_GROUP),
        *services.connections.list(ONE_GROUP),
        *services.webhooks.list(ONE_GROUP),
        *installation.waiting(),
    ]


def token_of(installation: Installation, integration: Integration) -> str:
    record = installation.services.connections.get(ONE_GROUP, integration.id)
    assert record is not None
    purpose = secret_purpose(integration.id)
    return installation.services.vault.open(record.value.sealed_secret, purpose=purpose)


def test_connected_integration_is_kept_and_discovered_in_the_background(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample, url=f"{sample.url}/Shop/_git/part-01/", name=" Contoso ")

    assert installation.integration(made.id) == made
    assert (made.name, made.url, made.organizations) == ("Contoso", sample.url, ("contoso",))
    assert made.created_at == NOW
    [job] = installation.waiting()
    assert (job.integration, job.reason) == (made.id, "discover")


def test_integrations_have_ids_and_webhooks_that_nobody_guesses(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = [connect(installation, sample) for _ in range(2)]

    secrets = {made[0].id, made[1].id, made[0].webhook_id, made[1].webhook_id}
    assert len(secrets) == 4
    assert all(len(secret) == 32 for secret in secrets)


def test_token_is_kept_sealed_for_this_integration_alone(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample, token=f" {sample.token}\n")

    record = installation.services.connections.get(ONE_GROUP, made.id)
    assert record is not None
    assert sample.token not in record.value.sealed_secret
    assert token_of(installation, made) == sample.token
    assert (record.value.email, record.value.expires_at) == ("admin@example.com", EXPIRES)


def test_webhook_is_made_with_a_password_that_no_other_has(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = [connect(installation, sample) for _ in range(2)]

    headers = [installation.hook_credentials(integration.id) for integration in made]
    assert len(set(headers)) == 2


def test_organization_is_looked_at_once(
    installation: Installation, sample: SampleOrganization
) -> None:
    connect(installation, sample)

    assert len(sample.calls.to("git/repositories")) == 1


REFUSALS: dict[str, tuple[Callable[[SampleOrganization], object], type[DevlinksError]]] = {
    "wrong token": (lambda s: s.revoke_token(), SignedOutError),
    "expired token": (lambda s: s.expire_token(), SignedOutError),
    "token without code": (lambda s: s.limit_token("vso.work"), SignedOutError),
    "conditional access": (
        lambda s: s.faults.refuse(403, "AccessDenied", "VS403463: The conditional access policy"),
        ForbiddenError,
    ),
    "no such project": (
        lambda s: s.faults.refuse(404, "NotFound", "TF200016: The project does not exist"),
        MissingError,
    ),
    "throttled": (lambda s: s.faults.throttle(retry_after=120), ThrottledError),
    "outage": (lambda s: s.faults.outage(times=None), UnavailableError),
    "page in place of JSON": (lambda s: s.faults.html(times=None), UnavailableError),
    "nothing to see": (
        lambda s: s.deny(project="Shop"),
        NoRepositoriesError,
    ),
}


@pytest.mark.parametrize(("spoil", "error"), REFUSALS.values(), ids=REFUSALS.keys())
def test_nothing_is_kept_of_an_integration_that_the_git_host_refuses(
    installation: Installation,
    sample: SampleOrganization,
    spoil: Callable[[SampleOrganization], object],
    error: type[DevlinksError],
) -> None:
    spoil(sample)

    with pytest.raises(error):
        connect(installation, sample)

    assert everything_kept(installation) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"trackers": ()}, "trackers"),
        ({"trackers": (TrackerId("default"), TrackerId("jira"))}, "trackers"),
        ({"pull_request_window_days": 0}, "pull_request_window_days"),
        ({"pull_request_window_days": 36_501}, "pull_request_window_days"),
        ({"organizations": ("fabrikam",)}, "organizations"),
        ({"url": "https://evil.example/contoso"}, "url"),
        ({"repositories": Selection(jmespath="[?")}, "repositories.jmespath"),
        ({"token": "two words"}, "connection.token"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_integration_that_makes_no_sense_is_refused_by_field_before_any_call(
    installation: Installation, sample: SampleOrganization, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        connect(installation, sample, **more)

    assert set(refused.value.fields) == {field}
    assert len(sample.calls) == 0
    assert everything_kept(installation) == []


def test_removed_integration_is_not_found_and_deleted_in_the_background(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)
    installation.work()

    connections.remove(installation.services, made.id)

    assert [job.reason for job in installation.waiting()] == ["remove"]
    with pytest.raises(UnknownThingError):
        connections.change(installation.services, made.id, wanted(sample))
    assert installation.call("GET", "links/PAY-1").json["links"] == []
    installation.work()
    with pytest.raises(UnknownThingError):
        connections.remove(installation.services, made.id)


def test_removal_that_is_asked_for_again_is_begun_again(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)
    installation.work()

    for _ in range(2):
        connections.remove(installation.services, made.id)

    assert [job.reason for job in installation.waiting()] == ["remove", "remove"]


def test_unknown_integration_is_not_found(
    installation: Installation, sample: SampleOrganization
) -> None:
    with pytest.raises(UnknownThingError):
        connections.remove(installation.services, "nothing")
    with pytest.raises(UnknownThingError):
        connections.change(installation.services, "nothing", wanted(sample))


@pytest.mark.parametrize("limit", [1, 2, 3, 6])
def test_integrations_are_listed_page_by_page_without_those_removed(
    installation: Installation, sample: SampleOrganization, limit: int
) -> None:
    made = sorted(connect(installation, sample).id for _ in range(6))
    for removed in (made[0], made[2], made[3]):
        connections.remove(installation.services, removed)

    found: list[str] = []
    while page := connections.list_integrations(
        installation.services, after=found[-1] if found else "", limit=limit
    ):
        assert len(page) <= limit
        found += [record.key for record in page]

    assert found == [made[1], made[4], made[5]]
