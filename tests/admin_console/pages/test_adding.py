"""Adding an integration in the browser: a way, what it needs, a test, and on to choosing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.configuration import Selection
from shared.services import ONE_GROUP
from tests.shared.connections.identity_servers import Apps, StrictServer
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.people import Role
    from tests.shared.web.in_memory import Installation

NEW = "/integrations/new"


def token_form(sample: SampleOrganization, **more: str) -> dict[str, str]:
    return {"way": "azure_devops.pat", "url": sample.url, "token": sample.token, **more}


def kept(installation: Installation) -> list[Integration]:
    return [record.value for record in installation.services.integrations.list(ONE_GROUP)]


def sign_in_at_microsoft(installation: Installation) -> None:
    clock = installation.clock.now
    sign_in = replace(
        installation.services.sign_in, server=StrictServer(clock), identities=Apps(clock, "given")
    )
    installation.services = replace(installation.services, sign_in=sign_in)


def test_two_fields_and_three_clicks_lead_from_nothing_to_links(
    installation: Installation, sample: SampleOrganization
) -> None:
    visitor = Visitor(installation.services)

    assert "integrations/new" in visitor.get("").html
    connected = visitor.post(NEW, token_form(sample))
    chosen_from = visitor.follow(connected)
    here = connected.location.removeprefix("/api/console").partition("?")[0]
    begun = visitor.post(here, {"mode": "all", "jmespath": ""})
    installation.work()
    seen = visitor.follow(begun)

    assert "Start indexing" in chosen_from.text
    assert "3 of 4 repositories will be indexed." in chosen_from.text
    assert "What was chosen is being indexed." in seen.text
    assert "Links 3" in seen.text


def test_nothing_is_indexed_before_somebody_chooses(
    installation: Installation, sample: SampleOrganization
) -> None:
    Visitor(installation.services).post(NEW, token_form(sample))

    installation.work()

    (made,) = kept(installation)
    assert made.repositories == Selection("selected")
    assert not [r for r in installation.services.repositories.list(made.id) if r.value.is_live]


def test_a_refused_token_is_explained_step_by_step_and_nothing_is_kept(
    installation: Installation, sample: SampleOrganization
) -> None:
    seen = Visitor(installation.services).post(NEW, token_form(sample, token="wrong"))

    assert seen.status == 422
    assert "Authorization denied" in seen.text
    assert "What to do:" in seen.text
    assert kept(installation) == []


def test_what_was_typed_is_shown_again_and_the_secret_never_is(
    installation: Installation, sample: SampleOrganization
) -> None:
    form = token_form(sample, token="secretword", expires_on="2027-01-31")

    seen = Visitor(installation.services).post(NEW, form)

    assert f'value="{sample.url}"' in seen.html
    assert 'value="2027-01-31"' in seen.html
    assert "secretword" not in seen.html
    assert "type the secret once more" in seen.text


def test_an_address_in_a_link_is_not_filled_in_for_somebody(installation: Installation) -> None:
    seen = Visitor(installation.services).get(f"{NEW}?url=https://evil.example&way=git.pat")

    assert "evil.example" not in seen.html


def test_a_day_that_is_none_is_named_where_it_stands(
    installation: Installation, sample: SampleOrganization
) -> None:
    form = token_form(sample, expires_on="soon")

    seen = Visitor(installation.services).post(NEW, form)

    assert seen.status == 400
    assert "write it as 2027-01-31" in seen.text
    assert kept(installation) == []


def test_the_day_on_which_a_token_expires_is_kept(
    installation: Installation, sample: SampleOrganization
) -> None:
    Visitor(installation.services).post(NEW, token_form(sample, expires_on="2027-01-31"))

    (made,) = kept(installation)
    record = installation.services.connections.get(ONE_GROUP, made.id)
    assert record is not None
    assert record.value.expires_at is not None
    assert f"{record.value.expires_at:%Y-%m-%d %H:%M}" == "2027-01-31 00:00"


@pytest.mark.parametrize(
    ("way", "fields"),
    [
        ("azure_devops.pat", {"url", "token", "expires_on", "email", "name"}),
        ("azure_devops.hooks", {"url", "name"}),
        ("azure_devops_server.pat", {"url", "collection", "token", "expires_on", "email", "name"}),
        ("azure_devops_server.basic", {"url", "collection", "user_name", "password", "name"}),
        ("git.pat", {"url", "token", "expires_on", "user_name", "name"}),
        ("git.ssh_key", {"url", "host_key", "name"}),
        ("git.none", {"url", "name"}),
        ("azure_devops.oauth", {"url", "name"}),
        ("azure_devops.managed_identity", {"url", "client_id", "name"}),
        ("azure_devops.service_principal",
         {"url", "tenant_id", "client_id", "client_secret", "certificate", "name"}),
    ],
)  # fmt: skip
def test_only_what_a_way_needs_is_asked_for(
    installation: Installation, way: str, fields: set[str]
) -> None:
    sign_in_at_microsoft(installation)

    seen = Visitor(installation.services).get(f"{NEW}?way={way}")

    asked = {part.partition('"')[0] for part in seen.html.split(' name="')[1:]}
    assert asked - {"viewport", "color-scheme", "csrf", "way"} == fields


def test_the_way_that_needs_the_least_comes_first(installation: Installation) -> None:
    without = Visitor(installation.services).get(NEW)

    sign_in_at_microsoft(installation)
    with_microsoft = Visitor(installation.services).get(NEW)

    assert 'value="azure_devops.pat"' in without.html
    assert "Managed identity" not in without.text
    assert 'value="azure_devops.oauth"' in with_microsoft.html
    assert "Managed identity" in with_microsoft.text


def test_a_sign_in_with_microsoft_is_finished_on_the_page_of_the_connection(
    installation: Installation, sample: SampleOrganization
) -> None:
    sign_in_at_microsoft(installation)
    visitor = Visitor(installation.services)

    made = visitor.post(NEW, {"way": "azure_devops.oauth", "url": sample.base_url})
    seen = visitor.follow(made)

    assert "/connection?done=added" in made.location
    assert 'action="/api/oauth/start"' in seen.html
    assert "Nobody has allowed access yet." in seen.text


def test_service_hooks_alone_lead_to_how_they_are_set_up(
    installation: Installation, sample: SampleOrganization
) -> None:
    form = {"way": "azure_devops.hooks", "url": sample.url}

    made = Visitor(installation.services).post(NEW, form)

    (integration,) = kept(installation)
    assert integration.hooks_only
    assert integration.repositories == Selection()
    assert made.location.startswith(f"/api/console/integrations/{integration.id}/webhook")


def test_the_doctor_found_limits_and_the_next_page_says_so(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = Visitor(installation.services).post(NEW, token_form(sample))

    assert made.location.endswith("/repositories/choose?done=connected_limited")


def test_who_added_it_stands_in_the_audit(
    installation: Installation, sample: SampleOrganization
) -> None:
    Visitor(installation.services).post(NEW, token_form(sample))

    entries = installation.call("GET", "audit").json["entries"]
    added = next(entry for entry in entries if entry["action"] == "integration_added")
    assert added["by"]["kind"] == "user"


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_nobody_but_an_admin_adds_one(
    installation: Installation, sample: SampleOrganization, role: Role
) -> None:
    visitor = Visitor(installation.services, role=role)

    statuses = visitor.get(NEW).status, visitor.post(NEW, token_form(sample)).status

    assert statuses == (403, 403)
    assert kept(installation) == []
