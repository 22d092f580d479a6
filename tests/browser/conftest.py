"""A browser for all tests of a process; they are skipped where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import find_chromium, read_axe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Chromium, running."""
    path = find_chromium()
    if path is None:
        pytest.skip("there is no Chromium, which only root can install (apt-get install chromium)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 — only where it is used

    with sync_playwright() as playwright:
        # Containers have no user namespaces for its sandbox.
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the script that looks for what keeps people from using a page."""
    return read_axe()
