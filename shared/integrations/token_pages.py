"""Links to the page of a git host on which a credential for an address is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from shared.integrations.token_instructions import TOKEN_PAGES, TokenPage

if TYPE_CHECKING:
    from shared.model import GitHostKind

__all__ = ["TOKEN_PAGES", "TokenPage", "token_page"]

_OLD_SERVICES: Final = ".visualstudio.com"
_SERVICES: Final = "dev.azure.com"
_BY_HOST: Final = {
    "github.com": "https://github.com/settings/personal-access-tokens/new",
    "gitlab.com": "https://gitlab.com/-/user_settings/personal_access_tokens",
}


def token_page(git_host: GitHostKind, url: str) -> str:
    """Return the page on which to make a token for *url*; "" where nothing tells it.

    *url* is as it was typed so far. What is returned is an address of http or https.
    """
    try:
        parts = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
        host, port = quote(parts.hostname or "", safe=":"), parts.port
    except ValueError:
        return ""
    folders = [quote(folder, safe="%") for folder in parts.path.split("/") if folder]
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    if git_host == "git":
        return _BY_HOST.get(host, "")
    site = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    if git_host == "azure_devops" and host.endswith(_OLD_SERVICES):
        folders, site = [host.removesuffix(_OLD_SERVICES)], _SERVICES
    if git_host == "azure_devops_server":
        folders = folders[: 2 if folders[:1] == ["tfs"] else 1]
    else:
        folders = folders[:1]
    if not folders or folders == ["tfs"]:
        return ""
    return f"{parts.scheme}://{site}/{'/'.join(folders)}/_usersSettings/tokens"
