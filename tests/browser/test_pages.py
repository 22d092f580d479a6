"""Every page of the console, wide and on a phone, in light and dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from admin_console.pages.table import PAGES
from tests.browser.chromium import WIDTHS, window
from tests.installation import RunningInstallation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    with RunningInstallation(tmp_path_factory.mktemp("console"), "--sample") as running:
        yield running


def addresses(installation: RunningInstallation) -> list[str]:
    """Return the address of every page that there is, below the console."""
    integration = installation.call("GET", "integrations").body["integrations"][0]["id"]
    listed = installation.call("GET", f"integrations/{integration}/repositories?state=idle").body
    repository = listed["repositories"][0]["id"]
    key = quote("PAY-101")
    found = []
    for page in PAGES:
        if page.method != "GET" or page.path.endswith(("/progress", "/download")):
            continue
        path = page.path.replace("{integration_id}", integration).replace("{tracker_id}", "default")
        path = path.replace("{repository_id}", repository)
        if "{topic}" in path:
            continue  # below
        assert "{" not in path, f"the test does not know what {page.path} is about"
        found.append(f"/{path}" + (f"?key={key}" if path == "issues" else ""))
    return found


def topics(html: str) -> list[str]:
    """Return the topics that the page of help leads to."""
    return sorted(set(re.findall(r'href="/api/console(/help/[a-z0-9_-]+)"', html)))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_fit_to_be_used(
    installation: RunningInstallation, browser: Browser, axe: str, width: str
) -> None:
    api = installation.addresses.api
    link = installation.command("sign-in-link").stdout.strip()
    found: list[str] = []
    with window(browser, width=width, ours=urlsplit(api).netloc) as seen:
        seen.visit(f"{api}/console/sign-in")
        found += seen.look("sign-in", axe=axe)
        seen.visit(link)
        seen.page.wait_for_url(f"{api}/console")
        seen.visit(f"{api}/console/help")
        pages = [*addresses(installation), *topics(seen.page.content())]
        for page in pages:
            seen.visit(f"{api}/console{page}")
            found += seen.look(re.sub(r"[0-9a-f]{32}", "one", page) or "dashboard", axe=axe)

    assert len(pages) > 20
    assert found == []
