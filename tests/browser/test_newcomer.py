"""Somebody who has never seen Devlinks connects an organization, in a browser, by each way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from devhost.sample_organization import SampleOrganization, tell_stories
from devhost.sample_organization.model import Person
from tests.browser.chromium import window
from tests.identity_server.process import IdentityServerProcess
from tests.installation import RunningInstallation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.chromium import Watched

pytestmark = pytest.mark.system

ADMIN, _ = IdentityServerProcess.people
_HAS_LINKS = """least => [...document.querySelectorAll("dl.figures div")].some(e =>
  /Links/.test(e.innerText) && e.querySelector("dd").innerText.replace(/,/g, "") >= least)"""
_WITHIN = 60_000
"""Milliseconds in which the sample's stories are indexed, on a busy machine."""


class Newcomer:
    """Somebody at the browser, whose clicks and typing are counted."""

    def __init__(self, seen: Watched) -> None:
        self.seen = seen
        self.page = seen.page
        self.clicks = 0
        self.typed = 0

    def click(self, role: str, name: str) -> None:
        """Click on what a screen reader calls by this name."""
        self.clicks += 1
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def type(self, label: str, text: str) -> None:
        """Fill in a field."""
        self.typed += 1
        self.page.get_by_role("textbox", name=label, exact=True).fill(text)

    def sees(self, text: str, *, within: int = 20_000) -> None:
        """Wait until the page says something."""
        self.page.get_by_text(text).first.wait_for(timeout=within)

    def links(self) -> int:
        """Return how many links the page of an integration says that there are."""
        figure = self.page.locator("dl.figures div", has_text="Links").locator("dd")
        return int(figure.inner_text().replace(",", ""))

    def waits_for_links(self, at_least: int = 1) -> None:
        """Wait, without touching anything, until the page says that there are links."""
        self.page.wait_for_function(_HAS_LINKS, arg=at_least, timeout=_WITHIN)


def sign_in(newcomer: Newcomer, installation: RunningInstallation) -> None:
    link = installation.command("sign-in-link").stdout.strip()
    newcomer.seen.visit(link)
    newcomer.page.wait_for_url(installation.addresses.console)


def netloc(url: str) -> str:
    return urlsplit(url).netloc


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleOrganization]:
    organization = SampleOrganization(tmp_path_factory.mktemp("sample"))
    tell_stories(organization)
    with organization:
        yield organization


@pytest.fixture
def install(
    tmp_path: Path, sample: SampleOrganization, running_identity_server: IdentityServerProcess
) -> Iterator[Callable[..., RunningInstallation]]:
    """Return a way to start an installation; with OAuth, the identity server stands by it."""
    running: list[RunningInstallation] = []

    def start(*, has_identity_server: bool = False) -> RunningInstallation:
        server = running_identity_server
        identity = {
            "ENTRA_TENANT_ID": server.tenant_id,
            "ENTRA_CLIENT_ID": server.client_id,
            "ENTRA_CLIENT_SECRET": server.client_secret,
            "ENTRA_AUTHORITY": server.url,
            "ENTRA_CA_BUNDLE": server.ca_bundle,
        }
        settings = {"AZURE_DEVOPS_URL": sample.base_url}
        running.append(
            RunningInstallation(tmp_path, **settings, **(identity if has_identity_server else {}))
        )
        return running[0]

    yield start
    for one in running:
        one.stop()


def test_a_newcomer_connects_by_a_token(
    install: Callable[..., RunningInstallation], sample: SampleOrganization, browser: Browser,
    axe: str,
) -> None:  # fmt: skip
    installation = install()
    found: list[str] = []
    with window(browser, ours=netloc(installation.addresses.api)) as seen:
        newcomer = Newcomer(seen)
        sign_in(newcomer, installation)
        found += seen.look("newcomer-1-nothing-yet", axe=axe)
        newcomer.click("link", "Add integration")
        newcomer.click("link", "Token")
        newcomer.type("Organization address", sample.url)
        newcomer.type("Token", sample.token)
        found += seen.look("newcomer-2-adding", axe=axe)
        newcomer.click("button", "Test and connect")
        newcomer.sees("Which repositories are indexed?")
        newcomer.page.get_by_text("Examples", exact=True).click()
        newcomer.page.locator("li", has_text="All but one project").get_by_role("button").click()
        newcomer.clicks += 2
        newcomer.page.locator("#outcome ~ details", has_text="filter").first.wait_for()
        found += seen.look("newcomer-3-choosing", axe=axe)
        newcomer.click("button", "Start indexing")
        newcomer.waits_for_links()
        found += seen.look("newcomer-4-indexing", axe=axe)
        newcomer.sees("Everything is indexed", within=_WITHIN)
        found += seen.look("newcomer-5-indexed", axe=axe)

    kept = installation.call("GET", "integrations").body["integrations"][0]["repositories"]
    assert kept == {"mode": "all", "jmespath": "[?project.name!='Sandbox']", "selected": []}
    assert newcomer.clicks <= 8
    assert newcomer.typed <= 2
    assert installation.links("PAY-101")
    assert found == []


def test_a_token_that_is_refused_is_explained_and_nothing_is_kept(
    install: Callable[..., RunningInstallation], sample: SampleOrganization, browser: Browser,
    axe: str,
) -> None:  # fmt: skip
    installation = install()
    with window(browser, ours=netloc(installation.addresses.api)) as seen:
        newcomer = Newcomer(seen)
        sign_in(newcomer, installation)
        newcomer.click("link", "Add integration")
        newcomer.click("link", "Token")
        newcomer.type("Organization address", sample.url)
        newcomer.type("Token", "a" * 52)
        newcomer.click("button", "Test and connect")
        newcomer.sees("It could not be connected like this.")
        said = newcomer.page.locator("main").inner_text()
        # A form that is refused is told by its status too, which a browser logs.
        seen.troubles = [t for t in seen.troubles if "422" not in t]
        found = seen.look("newcomer-refused", axe=axe)

    assert "Authorization denied" in said
    assert "a" * 52 not in said
    assert installation.call("GET", "integrations").body["integrations"] == []
    assert found == []


def test_a_newcomer_connects_by_oauth_and_reconnects_without_losing_a_link(
    install: Callable[..., RunningInstallation], sample: SampleOrganization, browser: Browser,
    axe: str, identity_server: IdentityServerProcess,
) -> None:  # fmt: skip
    owner = Person("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "Administrator", ADMIN)
    sample.accept_people(lambda token: owner if identity_server.knows_access_token(token) else None)
    installation = install(has_identity_server=True)
    found: list[str] = []
    with window(
        browser, ours=netloc(installation.addresses.api), others={netloc(identity_server.url)}
    ) as seen:
        newcomer = Newcomer(seen)
        newcomer.seen.visit(installation.addresses.console)
        newcomer.click("button", "Sign in with Microsoft")
        allow(newcomer)
        newcomer.page.wait_for_url(installation.addresses.console)
        newcomer.click("link", "Add integration")
        newcomer.click("link", "Sign in with Microsoft")
        newcomer.type("Organization address", sample.url)
        newcomer.click("button", "Go on to sign in")
        newcomer.click("button", "Sign in with Microsoft")
        allow(newcomer)
        newcomer.sees("Which of them are indexed?")
        found += seen.look("oauth-1-organizations", axe=axe)
        newcomer.click("button", "Go on to the repositories")
        newcomer.sees("Which repositories are indexed?")
        newcomer.click("button", "Start indexing")
        newcomer.sees("Everything is indexed", within=_WITHIN)
        before = newcomer.links()
        kept = installation.links("PAY-101")

        identity_server.revoke_all()
        newcomer.click("button", "Reindex all")
        newcomer.page.locator("[data-part=alarms] li").first.wait_for(timeout=_WITHIN)
        found += seen.look("oauth-2-revoked", axe=axe)
        newcomer.click("link", "Reconnect")
        newcomer.click("button", "Sign in with Microsoft")
        allow(newcomer)
        newcomer.sees("Everything is indexed", within=_WITHIN)
        after = newcomer.links()

    assert kept
    assert installation.links("PAY-101") == kept
    assert after == before > 0
    assert found == []


def test_a_newcomer_rotates_the_password_of_a_webhook(
    install: Callable[..., RunningInstallation], sample: SampleOrganization, browser: Browser,
    axe: str,
) -> None:  # fmt: skip
    installation = install()
    connection = {"kind": "pat", "token": sample.token}
    body = {"git_host": "azure_devops", "url": sample.url, "connection": connection}
    made = installation.call("POST", "integrations", body).body["id"]
    with window(browser, ours=netloc(installation.addresses.api)) as seen:
        newcomer = Newcomer(seen)
        sign_in(newcomer, installation)
        seen.visit(f"{installation.addresses.console}/integrations/{made}/webhook")
        newcomer.click("link", "Make a new one")
        newcomer.click("button", "Make a new password")
        newcomer.sees("Copy it now")
        shown = newcomer.page.locator("[data-copied]").all_inner_texts()
        found = seen.look("webhook-rotated", axe=axe)
        seen.visit(f"{installation.addresses.console}/integrations/{made}/webhook")
        after = newcomer.page.content()

    assert any(len(text) >= 32 and text not in after for text in shown)
    assert found == []


def allow(newcomer: Newcomer) -> None:
    """Sign in at the identity server, unless it still knows who it is, and allow what is asked."""
    page = newcomer.page
    page.wait_for_url(re.compile(r"^https://localhost:\d+/"))
    while page.url.startswith("https://"):
        if page.get_by_label("Account").count():
            page.get_by_label("Account").fill(ADMIN)
        before = page.url
        page.get_by_role("button", name="Continue").click()
        page.wait_for_function("before => location.href !== before", arg=before)
        page.wait_for_load_state()
