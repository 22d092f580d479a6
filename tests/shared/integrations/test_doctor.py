from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.configuration import IndexSwitches
from shared.integrations import doctor
from shared.integrations.connections import Changes, NewConnection
from shared.services import ONE_GROUP
from tests.shared.integrations.conftest import connect, wanted
from tests.shared.web.in_memory import NOW, NOWHERE, Installation

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.integrations.doctor import Examination
    from shared.interfaces.examining import Step
    from shared.model import GitHostKind

PUBLIC_URL = "https://devlinks.example.com"
TOKEN = NewConnection("abc")


@pytest.fixture
def installation(sample: SampleOrganization) -> Installation:
    return Installation(clock=sample.clock, services_url=sample.base_url, public_url=PUBLIC_URL)


def by_name(examined: Examination) -> dict[str, Step]:
    return {step.step: step for step in examined.steps}


def test_connection_that_works_is_told_so_in_each_step_and_nothing_is_kept(
    installation: Installation, sample: SampleOrganization
) -> None:
    given = NewConnection(sample.token, expires_at=NOW + timedelta(days=100))

    examined = doctor.examine(installation.services, "azure_devops", wanted(sample, name=""), given)

    assert examined.ok
    assert [step.step for step in examined.steps if step.ok is False] == []
    assert examined.steps[0].step == "address"
    assert examined.steps[-1].step == "webhook"
    steps = by_name(examined)
    assert steps["repositories"].message == "15 repositories seen."
    assert steps["expiry"].message == "It expires on 01 March 2027, in 100 days."
    services = installation.services
    assert services.integrations.list(ONE_GROUP) == []
    assert services.connections.list(ONE_GROUP) == []
    assert installation.waiting() == []


def test_steps_come_while_they_are_asked(
    installation: Installation, sample: SampleOrganization
) -> None:
    steps = doctor.examine_steps(
        installation.services, "azure_devops", wanted(sample), NewConnection(sample.token)
    )

    first = next(steps)

    assert first.step == "address"
    assert len(sample.calls) == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("{0}/Shop/_git/part-01", "is used as {0}. This is the address of a repository"),
        ("{0}/_settings", "Only what names the organization"),
        ("{0}", "{0} is used."),
    ],
)
def test_address_that_is_used_otherwise_is_shown_with_the_reason(
    installation: Installation, sample: SampleOrganization, url: str, said: str
) -> None:
    changes = wanted(sample, url=url.format(sample.url))

    step = next(doctor.examine_steps(installation.services, "azure_devops", changes, TOKEN))

    assert step.ok is True
    assert said.format(sample.url) in step.message


def test_token_that_was_pasted_into_the_address_is_not_shown_again(
    installation: Installation, sample: SampleOrganization
) -> None:
    url = sample.url.replace("http://", "http://tokenintheurl@")
    changes = wanted(sample, url=f"{url}/Shop/_git/part-01")

    examined = doctor.examine(installation.services, "azure_devops", changes, TOKEN)

    assert "tokenintheurl" not in repr(examined)


@pytest.mark.parametrize(
    "organization",
    ["../x", "a/b", "a%2f..", "a?x=", "a#", "a" * 51, "\N{CYRILLIC SMALL LETTER A}b"],
)
def test_organization_that_can_be_none_ends_the_examination(
    installation: Installation, sample: SampleOrganization, organization: str
) -> None:
    changes = wanted(sample, url=sample.base_url, organizations=(organization,))

    examined = doctor.examine(installation.services, "azure_devops", changes, TOKEN)

    [step] = examined.steps
    assert (step.step, step.ok, examined.ok) == ("address", False, False)
    assert "is no name of an organization" in step.message
    assert len(sample.calls) == 0


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c id",
        "--upload-pack=id",
        "file:///etc/passwd",
        "ssh://-oProxyCommand=id/x",
        "https://reader:secret@git.example.com/acme/shop.git",
    ],
)
def test_git_address_that_is_a_trap_is_refused_by_its_first_step(url: str) -> None:
    services = Installation().services

    examined = doctor.examine(services, "git", Changes("", url), NewConnection(kind="none"))

    [step] = examined.steps
    assert (step.step, step.ok) == ("address", False)
    assert "secret" not in step.message


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (NewConnection(), "connection.token: needed"),
        (NewConnection("abc", kind="basic"), "connection.kind"),
        (NewConnection("to\nken"), "copy it again"),
    ],
)
def test_connection_that_does_not_fit_is_told_by_field_and_shown_to_nobody(
    installation: Installation, sample: SampleOrganization, given: NewConnection, said: str
) -> None:
    examined = doctor.examine(installation.services, "azure_devops", wanted(sample), given)

    assert not examined.ok
    assert said in by_name(examined)["sign_in"].message
    assert len(sample.calls) == 0


def test_identity_without_an_identity_server_says_who_can_set_it_up(
    installation: Installation, sample: SampleOrganization
) -> None:
    given = NewConnection(kind="managed_identity")

    examined = doctor.examine(installation.services, "azure_devops", wanted(sample), given)

    step = by_name(examined)["sign_in"]
    assert step.ok is False
    assert "ENTRA_TENANT_ID" in step.next_step


def test_stored_connection_is_examined_with_what_is_kept(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = connect(installation, sample, index=IndexSwitches(work_items=True))

    good = doctor.examine_stored(installation.services, integration)
    sample.revoke_token()
    bad = doctor.examine_stored(installation.services, integration)

    assert (good.ok, bad.ok) == (True, False)
    assert by_name(good)["email"].ok is False
    assert "Authorization denied" in by_name(bad)["sign_in"].message
    assert sample.token not in repr(bad)


def test_connection_that_was_refused_before_is_examined_all_the_same(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = connect(installation, sample)
    record = installation.services.connections.get(ONE_GROUP, integration.id)
    assert record is not None
    refused = replace(record.value, refused_since=NOW, refusal="It was revoked.")
    installation.services.connections.replace(record, refused)

    assert doctor.examine_stored(installation.services, integration).ok


def test_integration_that_lives_on_hooks_alone_is_called_by_nobody(
    installation: Installation, sample: SampleOrganization
) -> None:
    changes = wanted(sample, hooks_only=True)

    examined = doctor.examine(
        installation.services, "azure_devops", changes, NewConnection(kind="none")
    )

    assert examined.ok
    assert {step.step: step.ok for step in examined.steps} == {
        "address": True,
        "sign_in": None,
        "webhook": True,
    }
    assert len(sample.calls) == 0


@pytest.mark.parametrize(
    ("days", "ok", "said", "has_advice"),
    [
        (None, None, "cannot be read", True),
        (-1, False, "It expired on 20 November 2026.", True),
        (7, True, "in 7 days", True),
        (90, True, "in 90 days", False),
    ],
)
def test_expiry_of_a_token_is_counted_down(
    installation: Installation,
    sample: SampleOrganization,
    days: int | None,
    ok: bool | None,
    said: str,
    has_advice: bool,
) -> None:
    expires_at = None if days is None else NOW + timedelta(days=days)
    given = NewConnection(sample.token, expires_at=expires_at)

    steps = by_name(doctor.examine(installation.services, "azure_devops", wanted(sample), given))

    assert steps["expiry"].ok is ok
    assert said in steps["expiry"].message
    assert bool(steps["expiry"].next_step) is has_advice


@pytest.mark.parametrize(
    ("git_host", "public_url", "ok", "said"),
    [
        ("azure_devops", "", False, "no address"),
        ("azure_devops", "http://devlinks.example.com", False, "https:// alone"),
        ("azure_devops", "https://localhost:7071", False, "public addresses alone"),
        ("azure_devops", "https://10.1.2.3", False, "public addresses alone"),
        ("azure_devops", "https://devlinks", False, "public addresses alone"),
        ("azure_devops", PUBLIC_URL, True, PUBLIC_URL),
        ("azure_devops_server", "http://devlinks.example.com", False, "https:// alone"),
        ("azure_devops_server", "https://devlinks", True, "https://devlinks"),
    ],
)
def test_address_for_service_hooks_must_be_one_that_azure_devops_reaches(
    git_host: GitHostKind, public_url: str, ok: bool, said: str
) -> None:
    services = Installation(services_url="https://dev.azure.com", public_url=public_url).services
    url = "https://dev.azure.com/acme" if git_host == "azure_devops" else "https://tfs.example/Main"
    changes = Changes("", url, hooks_only=True)

    examined = doctor.examine(services, git_host, changes, NewConnection(kind="none"))

    assert examined.ok is ok
    assert by_name(examined)["webhook"].ok is ok
    assert said in by_name(examined)["webhook"].message


def test_git_host_on_the_same_machine_reaches_us_there(sample: SampleOrganization) -> None:
    services = Installation(
        services_url=sample.base_url, clock=sample.clock, public_url="http://localhost:7071"
    ).services

    examined = doctor.examine(services, "azure_devops", wanted(sample), NewConnection(sample.token))

    assert by_name(examined)["webhook"].ok is True


def test_address_for_hooks_limits_what_can_be_read_as_well(sample: SampleOrganization) -> None:
    services = Installation(services_url=sample.base_url, clock=sample.clock).services

    examined = doctor.examine(services, "azure_devops", wanted(sample), NewConnection(sample.token))

    assert by_name(examined)["webhook"].ok is False
    assert examined.ok


def test_address_for_hooks_is_needed_where_there_is_nothing_else(
    sample: SampleOrganization,
) -> None:
    services = Installation(services_url=sample.base_url).services
    changes = wanted(sample, hooks_only=True)

    assert not doctor.examine(services, "azure_devops", changes, NewConnection(kind="none")).ok


def test_services_that_nobody_answers_for_are_told_of_in_the_way_there() -> None:
    services = Installation(services_url=NOWHERE).services
    changes = Changes("", f"{NOWHERE}/contoso")

    steps = by_name(doctor.examine(services, "azure_devops", changes, TOKEN))

    assert steps["reach"].ok is False
    assert steps["sign_in"].ok is None
