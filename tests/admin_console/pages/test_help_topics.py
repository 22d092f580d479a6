"""Help: every topic can be read, and whatever leads to help leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from admin_console.pages.help_topics import TOPICS
from shared.integrations.token_pages import TOKEN_PAGES
from tests.shared.web.in_memory import Installation
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[3]
_LINK = re.compile(r"help/([a-z]+(?:-[a-z]+)*)(?:#([a-z][a-z_-]*))?(?=[\"'])")
_NAMED = re.compile(rf"\"({'|'.join(TOPICS)})#([a-z_-]+)\"")
_NO_TOPICS = {"topic", "parts"}
"""Templates that topics are made of."""


@pytest.fixture(scope="module")
def visitor() -> Visitor:
    return Visitor(Installation().services, role="viewer")


def links() -> Iterator[tuple[str, str]]:
    """Yield every topic and place that code or a template names."""
    for folder in ("admin_console", "shared"):
        for path in (_ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".html"}:
                text = path.read_text()
                yield from _LINK.findall(text)
                yield from _NAMED.findall(text)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_read_by_anybody_who_is_signed_in(visitor: Visitor, topic: str) -> None:
    seen = visitor.get(f"/help/{topic}")

    assert seen.status == 200
    assert TOPICS[topic].title in seen.text
    assert seen.html.count("<h1>") == 1
    ids = re.findall(r' id="([^"]+)"', seen.html)
    assert len(ids) == len(set(ids))
    assert "http://" not in re.sub(r"<code>[^<]*</code>", "", seen.html)


def test_all_topics_are_listed(visitor: Visitor) -> None:
    seen = visitor.get("/help")

    assert all(f'href="/api/console/help/{topic}"' in seen.html for topic in TOPICS)


def test_an_unknown_topic_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/help/nothing").status == 404


def test_whatever_leads_to_help_leads_somewhere(visitor: Visitor) -> None:
    wanted = {link for link in links() if link[0] not in _NO_TOPICS}
    pages = {topic: visitor.get(f"/help/{topic}").html for topic in TOPICS}

    lost = {
        f"{topic}#{place}"
        for topic, place in wanted
        if topic not in pages or (place and f'id="{place}"' not in pages[topic])
    }

    assert len(wanted) > len(TOPICS)
    assert lost == set()


def test_tokens_of_every_git_host_are_explained(visitor: Visitor) -> None:
    seen = visitor.get("/help/tokens")

    for page in TOKEN_PAGES:
        assert f'id="{page.id}"' in seen.html
        assert page.name in seen.text
    assert "1 December 2026" in seen.text
    assert "Copy it now" in seen.text
