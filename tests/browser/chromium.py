"""A real browser, driven as a person would, that notices what a person would not like."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from devhost import npm
from devhost.node import find_node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Request, Response

WIDTHS: Final = {"wide": 1280, "phone": 390}
_HEIGHT: Final = 900
_NAMES: Final = ("chromium", "google-chrome")
_AXE: Final = Path(__file__).resolve().parent / "axe"
_SERIOUS: Final = frozenset({"serious", "critical"})
_SCREENSHOTS: Final = os.environ.get("DEVLINKS_SCREENSHOTS", "")
"""A folder to keep what was seen in; nothing is kept without."""

_SIDEWAYS: Final = (
    "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
)
_CUT: Final = """() => [...document.querySelectorAll("body *")]
  .filter(e => e.clientWidth > 1 && getComputedStyle(e).overflowX === "hidden"
    && getComputedStyle(e).clipPath === "none" && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.outerHTML.slice(0, 200))"""
_WRONG: Final = """async () => (await axe.run(document)).violations.map(v => ({
  id: v.id, impact: v.impact || "", nodes: v.nodes.map(n => n.html.slice(0, 200))}))"""


class Violation(msgspec.Struct):
    """What keeps people from using a page, as axe says."""

    id: str
    impact: str
    nodes: list[str]


def find_chromium() -> str | None:
    """Return where Chromium is; None where it is not installed."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def read_axe() -> str:
    """Return the script that looks for what keeps people from using a page."""
    place = npm.place_of(_AXE, tools=npm.TOOLS / "axe")
    if not place.exists():
        npm.install(find_node(), locked=_AXE, place=place)
    return (place / "node_modules" / "axe-core" / "axe.min.js").read_text()


class Watched:
    """A window of the browser, and all that went wrong in it."""

    def __init__(self, context: BrowserContext, *, name: str, ours: str, others: set[str]) -> None:
        self.name = name
        self.page: Page = context.new_page()
        self.troubles: list[str] = []
        self._ours = ours
        self._others = others
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("request", self._look_at)
        self.page.on("response", self._look_at_answer)

    def visit(self, url: str) -> None:
        """Load a page."""
        self.page.goto(url)

    def look(self, name: str, *, axe: str) -> list[str]:
        """Return what is wrong with the page as it is, in light and dark; it is loaded once.

        A picture of each is kept where that is wanted.
        """
        found = [f"{name}: {trouble}" for trouble in self.troubles]
        self.troubles.clear()
        if sideways := self.page.evaluate(_SIDEWAYS):
            found.append(f"{name}: scrolls sideways by {sideways} px")
        found += [f"{name}: cut off: {html}" for html in self.page.evaluate(_CUT)]
        self.page.evaluate(axe)
        for theme in ("light", "dark"):
            self.page.emulate_media(color_scheme=theme)
            violations = msgspec.convert(self.page.evaluate(_WRONG), list[Violation])
            found += [
                f"{name}, {theme}: {v.id} ({v.impact}): {v.nodes[0]}"
                for v in violations
                if v.impact in _SERIOUS
            ]
            if _SCREENSHOTS:
                self._keep_picture(f"{name} {theme}")
        return found

    def _keep_picture(self, name: str) -> None:
        folder = Path(_SCREENSHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        file = re.sub(r"[^a-z0-9]+", "-", f"{name}-{self.name}".lower()).strip("-")
        self.page.screenshot(path=folder / f"{file}.png", full_page=True)

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and urlsplit(self.page.url).netloc == self._ours:
            self.troubles.append(f"console: {text}")

    def _look_at(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.netloc not in {self._ours, *self._others}:
            self.troubles.append(f"asks another origin: {request.url[:200]}")

    def _look_at_answer(self, response: Response) -> None:
        if response.status >= 400 and urlsplit(response.url).netloc == self._ours:
            self.troubles.append(f"{response.status} from {response.url[:200]}")


@contextmanager
def window(
    browser: Browser, *, width: str = "wide", ours: str, others: set[str] | None = None
) -> Iterator[Watched]:
    """Open a window of a browser that knows nothing yet.

    *ours* is the host, with its port, whose pages are looked at; *others* may be asked besides.
    """
    context = browser.new_context(
        viewport={"width": WIDTHS[width], "height": _HEIGHT},
        reduced_motion="reduce",
        # The identity server of the tests vouches for itself.
        ignore_https_errors=True,
    )
    context.set_default_timeout(20_000)
    try:
        yield Watched(context, name=width, ours=ours, others=others or set())
    finally:
        context.close()
