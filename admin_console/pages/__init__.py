"""The console: pages for admins, operators and viewers, by server-rendered HTML and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admin_console.pages.serving import blueprint_of_pages
from shared.bootstrap import services

if TYPE_CHECKING:
    from admin_console.pages.pages import Page


def _pages() -> tuple[Page, ...]:
    """Return all pages; they are loaded with the first visit, which webhooks do not wait for."""
    from admin_console.pages.table import PAGES  # noqa: PLC0415 — slow to import

    return PAGES


blueprint = blueprint_of_pages(_pages, services)
