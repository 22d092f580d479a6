"""What a browser sees where Azure DevOps would show a repository, a commit or a pull request."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = {"commit": "commit", "pullrequest": "pull request", "_workitems": "work item"}
_STYLE = "body{font:16px system-ui;max-width:40em;margin:4em auto}code{word-break:break-all}"


def page_for(segments: Sequence[str]) -> Answer:
    """Return a page that names what the address leads to; nothing of the repository is in it."""
    kind = next((_KINDS[part] for part in segments if part in _KINDS), "repository")
    what = escape(segments[-1]) if segments else ""
    html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>Sample organization</title><style>{_STYLE}</style></head><body>"
        f"<h1>Sample organization</h1><p>Azure DevOps would show the {kind} "
        f"<code>{what}</code> here.</p></body></html>"
    )
    headers = (("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),)
    return Answer(200, html.encode(), "text/html; charset=utf-8", headers)
