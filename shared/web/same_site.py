"""Tells whether a request that changes something was sent by a page of ours.

Browsers say where a request comes from (`Origin`, `Sec-Fetch-Site`), and no page can change that.
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.errors import CrossSiteError

if TYPE_CHECKING:
    import azure.functions as func

    from shared.services import Services


def check_same_site(request: func.HttpRequest, services: Services) -> None:
    """Return when a page of ours sent it; CrossSiteError otherwise, and when nothing tells."""
    site = str(request.headers.get("sec-fetch-site", ""))
    origin = str(request.headers.get("origin", ""))
    if site and site != "same-origin":
        raise _refused()
    if origin and origin not in _ours(request, services):
        raise _refused()
    if not site and not origin:
        raise _refused()


def _ours(request: func.HttpRequest, services: Services) -> set[str]:
    """Return what our own pages have as their origin: it is not always the settings' address."""
    return {
        f"{parts.scheme}://{parts.netloc}"
        for parts in (urlsplit(str(request.url)), urlsplit(services.sign_in.console_url))
        if parts.netloc
    }


def _refused() -> CrossSiteError:
    return CrossSiteError("The request was sent by another site.")
