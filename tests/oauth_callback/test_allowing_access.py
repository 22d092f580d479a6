"""Allowing an integration access: begun by an admin of the console, kept as its connection."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.access import sessions
from shared.connections.refreshing import access_token
from shared.errors import SignedOutError
from shared.integrations import connections
from shared.integrations.status import status_of
from shared.people import User
from shared.services import ONE_GROUP
from tests.oauth_callback.browser import Browser

if TYPE_CHECKING:
    from shared.model import IntegrationId
    from shared.people import Role
    from shared.services import Services
    from tests.shared.connections.identity_servers import StrictServer
    from tests.shared.web.in_memory import Installation


def allow(services: Services, integration: IntegrationId) -> None:
    """Have an admin allow access in a browser of their own."""
    browser = Browser(services, role="admin")
    page = browser.start("connection", integration=integration)
    assert page.status == 200, page.html
    back = browser.come_back(state=page.state, code="c")
    assert back.status == 303, back.html


def state_of(services: Services, integration: IntegrationId) -> str:
    record = services.integrations.get(ONE_GROUP, integration)
    assert record is not None
    return status_of(services, record.value).state


def test_admin_is_led_on_to_choose_organizations(
    services: Services, waiting: IntegrationId
) -> None:
    browser = Browser(services, role="admin")
    page = browser.start("connection", integration=waiting)

    back = browser.come_back(state=page.state, code="c")

    assert back.location == f"/api/console/integrations/{waiting}/organizations"
    assert access_token(services, waiting).text.startswith("access-")
    assert [name for name in browser.cookies if name.startswith("__Host-dvl-flow")] == []


def test_admin_is_led_back_to_the_page_they_came_from(
    services: Services, waiting: IntegrationId
) -> None:
    browser = Browser(services, role="admin")
    wanted = f"/api/console/integrations/{waiting}"
    page = browser.start("connection", integration=waiting, return_to=wanted)

    assert browser.come_back(state=page.state, code="c").location == wanted


def test_audit_says_who_allowed_it_and_as_whom(services: Services, waiting: IntegrationId) -> None:
    allow(services, waiting)

    told = [s.entry for s in services.storage.audit.page(now=services.clock(), limit=100)]
    [entry] = [one for one in told if one.action == "connection_authorised"]
    assert (entry.integration, entry.detail) == (waiting, "admin@contoso.example")
    assert (entry.by.kind, entry.by.name) == ("user", "Operator")


def test_integration_waits_for_somebody_until_then(
    services: Services, waiting: IntegrationId
) -> None:
    before = state_of(services, waiting)

    allow(services, waiting)

    assert (before, state_of(services, waiting)) == ("needs_reconnect", "new")
    record = services.connections.get(ONE_GROUP, waiting)
    assert record is not None
    assert (record.value.kind, record.value.email) == ("oauth", "admin@contoso.example")


def test_nothing_is_read_while_somebody_may_be_choosing_and_all_after_a_while(
    services: Services, installation: Installation, waiting: IntegrationId
) -> None:
    allow(services, waiting)

    assert installation.waiting() == []
    assert [r.value.integration for r in services.due.list(ONE_GROUP)] == [waiting]


def test_named_organizations_are_read_at_once(
    services: Services, installation: Installation
) -> None:
    wanted = connections.Changes("", "http://localhost:9/contoso")
    given = connections.NewConnection(kind="oauth")
    made = connections.connect(services, "azure_devops", wanted, given)
    assert installation.waiting() == []

    allow(services, made.id)

    assert [job.reason for job in installation.waiting()] == ["discover"]


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("viewer", 403), ("operator", 403)])
def test_only_admins_allow_access(
    services: Services, waiting: IntegrationId, role: Role | None, status: int
) -> None:
    page = Browser(services, role=role).start("connection", integration=waiting)

    assert page.status == status
    assert services.authorizations.list(ONE_GROUP) == []


def test_admin_who_lost_the_role_meanwhile_allows_nothing(
    services: Services, waiting: IntegrationId
) -> None:
    identity = "tenant.admin"
    services.users.put(ONE_GROUP, identity, User(identity, role="admin"))
    browser = Browser(services)
    made = sessions.begin(services, user=identity, name="Administrator", role="admin")
    browser.cookies[sessions.COOKIE] = (made.cookie, "Lax")
    page = browser.start("connection", integration=waiting)

    services.users.put(ONE_GROUP, identity, User(identity, role="operator"))
    back = browser.come_back(state=page.state, code="c")

    assert back.status == 403
    assert services.grants.get(ONE_GROUP, waiting) is None


def test_form_of_another_session_is_refused(services: Services, waiting: IntegrationId) -> None:
    page = Browser(services, role="admin").start("connection", integration=waiting, csrf="x" * 64)

    assert page.status == 403


def test_integration_that_is_not_there_is_not_found(
    services: Services, waiting: IntegrationId
) -> None:
    browser = Browser(services, role="admin")
    assert browser.start("connection", integration="nothing").status == 404
    page = browser.start("connection", integration=waiting)
    connections.remove(services, waiting)

    assert browser.come_back(state=page.state, code="c").status == 404
    assert services.grants.list(ONE_GROUP) == []


def test_git_host_that_knows_no_oauth_is_told_before_anybody_is_led_away(
    services: Services,
) -> None:
    wanted = connections.Changes("", "http://localhost/tfs/Main", hooks_only=True)
    given = connections.NewConnection(kind="none")
    made = connections.connect(services, "azure_devops_server", wanted, given)

    page = Browser(services, role="admin").start("connection", integration=made.id)

    assert page.status == 400
    assert "pat, basic" in page.html


def test_person_who_says_no_changes_nothing(services: Services, waiting: IntegrationId) -> None:
    allow(services, waiting)
    before = access_token(services, waiting)
    browser = Browser(services, role="admin")
    page = browser.start("connection", integration=waiting)

    told = browser.come_back(state=page.state, error="access_denied")

    assert told.status == 400
    assert access_token(services, waiting) == before


def test_who_signed_in_before_is_suggested(services: Services, waiting: IntegrationId) -> None:
    allow(services, waiting)

    page = Browser(services, role="admin").start("connection", integration=waiting)

    assert "hint=admin@contoso.example" in page.leads_to


def test_two_tabs_connect_two_integrations_at_once(
    services: Services, waiting: IntegrationId
) -> None:
    wanted = connections.Changes("Other", "http://localhost:9/other")
    given = connections.NewConnection(kind="oauth")
    other = connections.connect(services, "azure_devops", wanted, given).id
    browser = Browser(services, role="admin")
    first = browser.start("connection", integration=waiting)
    second = browser.start("connection", integration=other)

    assert browser.come_back(state=first.state, code="c").status == 303
    assert browser.come_back(state=second.state, code="c").status == 303

    assert access_token(services, waiting) != access_token(services, other)


def test_reconnecting_ends_a_refusal(
    services: Services,
    installation: Installation,
    waiting: IntegrationId,
    server: StrictServer,
) -> None:
    allow(services, waiting)
    server.is_revoked = True
    installation.clock.advance(timedelta(hours=2))
    with pytest.raises(SignedOutError):
        access_token(services, waiting)

    allow(services, waiting)

    assert access_token(services, waiting).text.startswith("access-")
