"""What a person does in the pages of the identity server, without a browser."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

_PAGES = 10
"""More of them in a row than there are: something is wrong."""
_SECONDS = 30


class Person:
    """Somebody with a browser of their own, which keeps its cookies."""

    def __init__(self, ca_bundle: str) -> None:
        self._session = requests.Session()
        self._ca_bundle = ca_bundle

    def allow(self, url: str, *, account: str) -> dict[str, str]:
        """Sign in and consent at *url*; return the form that the browser is sent back with."""
        return self._answer(url, {"answer": "continue", "account": account})

    def cancel(self, url: str) -> dict[str, str]:
        """Press Cancel on the first page at *url*; return the same."""
        return self._answer(url, {"answer": "cancel"})

    def _answer(self, url: str, answer: dict[str, str]) -> dict[str, str]:
        with self._session:
            page = self._session.get(url, verify=self._ca_bundle, timeout=_SECONDS)
            for _ in range(_PAGES):
                form = _Form(page.text)
                if form.fields:
                    return form.fields
                if not form.is_there:
                    break
                page = self._session.post(
                    urljoin(page.url, form.action or page.url),
                    data=answer,
                    verify=self._ca_bundle,
                    timeout=_SECONDS,
                )
        raise AssertionError(f"The identity server said {page.status_code}: {page.text}")


class _Form(HTMLParser):
    """The form of a page; `fields` are those that nobody sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.is_there = False
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_there = True
            self.action = told.get("action", "")
        elif tag == "input" and told.get("type") == "hidden":
            self.fields[told["name"]] = told.get("value", "")
