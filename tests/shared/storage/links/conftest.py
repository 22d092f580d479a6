"""Links, stored and read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.issue_keys import IssueKey
from shared.links import KINDS
from tests.making import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.interfaces.links import Links, StoredLink
    from shared.model import Mention


PAY_1 = IssueKey("PAY", 1)


def later(**more: int) -> datetime:
    return DAY + timedelta(**more)


def store(links: Links, mentions: Sequence[Mention]) -> None:
    writer = links.writer()
    writer.put(mentions)
    writer.flush()


def read(links: Links, key: IssueKey = PAY_1, *, limit: int = 100) -> list[StoredLink]:
    return links.read(key, kinds=KINDS, after="", limit=limit)


def ids(found: Sequence[StoredLink]) -> list[str]:
    return [stored.link.item.id for stored in found]
