"""The pages for operators, and how their tables, code and headings are found."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OPERATE = (ROOT / "docs/operate.md").read_text()
TROUBLE = (ROOT / "docs/troubleshooting.md").read_text()
LINES = (ROOT / "docs/telemetry.md").read_text()
"""Another test compares it with what is written."""
BOTH = f"{OPERATE}\n{TROUBLE}"


def section(page: str, title: str) -> str:
    """Return what stands below a heading, up to the next of its level or above."""
    heading = re.search(rf"^(#+) {re.escape(title)}$", page, re.MULTILINE)
    assert heading, f"there is no section {title}"
    rest = page[heading.end() :]
    end = re.search(rf"^#{{1,{len(heading[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> list[list[str]]:
    """Return the cells of every line of every table, without those that draw it."""
    lines = [line for line in text.splitlines() if line.startswith("|") and "---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def in_code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def code_of(page: str) -> str:
    """Return all that is code: blocks, with continued lines made one, and spans."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    spans = in_code(re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL))
    return "\n".join([*(block.replace("\\\n", " ") for block in blocks), *spans])


def slugs(page: str) -> set[str]:
    """Return what the headings and marks of a page can be linked to as."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {text.replace(" ", "-") for text in plain} | set(re.findall(r'<a id="([^"]+)">', page))
