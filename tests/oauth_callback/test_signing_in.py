"""Signing in to the console: begun in a browser, completed in the same one, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from shared.access import sessions
from shared.errors import (
    ForeignSignInError,
    IdentityServerUnavailableError,
    SignInRefusedError,
)
from shared.services import ONE_GROUP, SignIn
from tests.oauth_callback.browser import Browser

if TYPE_CHECKING:
    from shared.errors import DevlinksError
    from shared.services import Services
    from tests.shared.connections.identity_servers import StrictServer
    from tests.shared.web.in_memory import Installation


def actions(services: Services) -> list[str]:
    found = services.storage.audit.page(now=services.clock(), limit=100)
    return [stored.entry.action for stored in found]


def test_browser_is_led_away_by_a_page_and_not_by_a_redirect(services: Services) -> None:
    page = Browser(services).start("console")

    assert page.status == 200
    assert page.leads_to.startswith("https://login.example/authorize?to=https://links.example.com")
    assert page.headers["cache-control"] == "no-store"


def test_cookie_of_a_sign_in_holds_nothing_but_a_secret_and_ends_with_it(
    services: Services,
) -> None:
    page = Browser(services).start("console")

    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-dvl-flow-")
    assert cookie.endswith("; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=600")
    assert page.state not in cookie


def test_nothing_of_a_sign_in_is_kept_that_could_complete_it(services: Services) -> None:
    browser = Browser(services)

    page = browser.start("console")

    [record] = services.authorizations.list(ONE_GROUP)
    [(value, _)] = browser.cookies.values()
    assert page.state not in f"{record}"
    assert value not in f"{record}"
    assert "flow of" not in f"{record}"


def test_person_is_signed_in_and_led_to_where_they_wanted(services: Services) -> None:
    browser = Browser(services)
    page = browser.start("console", return_to="/api/console/integrations")

    back = browser.come_back(state=page.state, code="c")

    assert (back.status, back.location) == (303, "/api/console/integrations")
    session = sessions.find(services, browser.cookies[sessions.COOKIE][0])
    assert (session.name, session.role) == ("Administrator", "admin")
    assert actions(services) == ["signed_in"]
    assert services.authorizations.list(ONE_GROUP) == []


def test_answer_that_is_sent_again_is_refused(services: Services) -> None:
    browser = Browser(services)
    page = browser.start("console")
    browser.come_back(state=page.state, code="c")

    again = browser.come_back(state=page.state, code="c")

    assert again.status == 400
    assert "not begun here, or is over" in again.html
    assert actions(services) == ["signed_in"]


def test_answer_in_another_browser_is_refused_and_disturbs_nobody(services: Services) -> None:
    browser, other = Browser(services), Browser(services)
    page = browser.start("console")
    other.start("console")

    stolen = other.come_back(state=page.state, code="c")

    assert stolen.status == 400
    assert "another browser" in stolen.html
    assert sessions.COOKIE not in other.cookies
    assert browser.come_back(state=page.state, code="c").status == 303


def test_what_completes_a_sign_in_completes_no_other_one(services: Services) -> None:
    browser = Browser(services)
    browser.start("console")
    ours = browser.start("console")
    first, second = services.authorizations.list(ONE_GROUP)

    for to, source in ((first, second), (second, first)):
        moved = structs.replace(to.value, sealed_flow=source.value.sealed_flow)
        services.authorizations.replace(to, moved)

    assert browser.come_back(state=ours.state, code="c").status == 503
    assert sessions.COOKIE not in browser.cookies


@pytest.mark.parametrize(
    "state", ["", "forged", "P-1' or PartitionKey ne 'x", "/\\#?\x00", "é" * 999]
)
def test_forged_or_absent_state_is_refused(services: Services, state: str) -> None:
    browser = Browser(services)
    browser.start("console")

    assert browser.come_back(state=state, code="c").status == 400
    assert browser.come_back(code="c").status == 400


@pytest.mark.parametrize(("minutes", "status"), [(9, 303), (10, 400)])
def test_sign_in_ends_after_ten_minutes(
    services: Services, installation: Installation, minutes: int, status: int
) -> None:
    browser = Browser(services)
    page = browser.start("console")

    installation.clock.advance(timedelta(minutes=minutes))

    assert browser.come_back(state=page.state, code="c").status == status
    assert services.authorizations.list(ONE_GROUP) == []


def test_sign_ins_that_nobody_completes_do_not_pile_up(
    services: Services, installation: Installation
) -> None:
    for _ in range(30):
        Browser(services).start("console")
    installation.clock.advance(timedelta(minutes=11))

    Browser(services).start("console")

    assert len(services.authorizations.list(ONE_GROUP)) == 1


@pytest.mark.parametrize("is_reversed", [False, True])
def test_two_tabs_at_once_both_work(services: Services, *, is_reversed: bool) -> None:
    browser = Browser(services)
    pages = [
        browser.start("console", return_to=f"/api/console/{place}")
        for place in ("integrations", "users")
    ]
    assert len(browser.cookies) == 2

    order = list(reversed(pages)) if is_reversed else pages
    found = {page.state: browser.come_back(state=page.state, code="c").location for page in order}

    assert [found[page.state] for page in pages] == [
        "/api/console/integrations",
        "/api/console/users",
    ]


@pytest.mark.parametrize(
    "return_to",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/api/console",
        "%2f%2fevil.example",
        "/api/console/%2e%2e/%2f%2fevil.example/x//",
        "/api/console/../../evil",
        "javascript:alert(1)",
        "/api/console\r\nLocation: https://evil.example",
        "/api/integrations",
        "",
    ],
)
def test_browser_is_led_to_pages_of_the_console_alone(services: Services, return_to: str) -> None:
    browser = Browser(services)
    page = browser.start("console", return_to=return_to)

    assert browser.come_back(state=page.state, code="c").location == "/api/console"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "null"},
        {"origin": "", "sec-fetch-site": ""},
    ],
    ids=["another site", "null", "nothing"],
)
def test_no_other_site_begins_a_sign_in(services: Services, headers: dict[str, str]) -> None:
    page = Browser(services).start("console", headers=headers)

    assert page.status == 403
    assert services.authorizations.list(ONE_GROUP) == []


REFUSALS: dict[str, tuple[DevlinksError, int]] = {
    "no": (SignInRefusedError("You said <b>no</b>."), 400),
    "another tenant": (ForeignSignInError("It vouches for somebody else."), 403),
    "it is down": (IdentityServerUnavailableError("503"), 502),
}


@pytest.mark.parametrize(("failure", "status"), REFUSALS.values(), ids=REFUSALS.keys())
def test_failure_is_a_plain_page_and_the_sign_in_is_over(
    services: Services, server: StrictServer, failure: DevlinksError, status: int
) -> None:
    browser = Browser(services)
    page = browser.start("console")
    server.fails = failure

    told = browser.come_back(state=page.state, code="c")

    assert told.status == status
    assert "<b>" not in told.html
    assert sessions.COOKIE not in browser.cookies
    server.fails = None
    assert browser.come_back(state=page.state, code="c").status == 400


def test_refusal_that_comes_in_the_address_is_told(services: Services) -> None:
    browser = Browser(services)
    page = browser.start("console")

    told = browser.load(state=page.state, error="access_denied")

    assert told.status == 400
    assert "access_denied" in told.html


def test_code_in_an_address_is_not_used(services: Services) -> None:
    browser = Browser(services)
    page = browser.start("console")

    told = browser.load(state=page.state, code="c")

    assert told.status == 400
    assert browser.come_back(state=page.state, code="c").status == 303


@pytest.mark.parametrize("purpose", ["", "else"])
def test_sign_in_for_nothing_is_refused(services: Services, purpose: str) -> None:
    assert Browser(services).start(purpose).status == 400


def test_installation_without_an_identity_server_says_what_to_set(
    installation: Installation,
) -> None:
    page = Browser(installation.services).start(
        "console", headers={"sec-fetch-site": "same-origin"}
    )

    assert page.status >= 500
    assert "ENTRA_TENANT_ID" in page.html


def test_installation_without_an_address_says_what_to_set(
    services: Services, server: StrictServer
) -> None:
    nowhere = replace(services, sign_in=SignIn("", server))

    page = Browser(nowhere).start("console", headers={"origin": ""})

    assert page.status >= 500
    assert "PUBLIC_URL" in page.html


@pytest.mark.parametrize("body", ["state=%ff", "&".join(f"a{n}=1" for n in range(100))])
def test_answer_that_cannot_be_read_is_refused(services: Services, body: str) -> None:
    assert Browser(services).come_back_with(body.encode()).status == 400
