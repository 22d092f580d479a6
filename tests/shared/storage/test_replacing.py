"""What becomes of links when two workers write the same item at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.issue_keys import IssueKey
from shared.links import KINDS
from shared.storage.links import LinkTables
from shared.storage.memory import MemoryRows
from tests.making import DAY, REPOSITORY, mention

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.model import Kind
    from shared.storage.rows import Operation


class InterruptedRows(MemoryRows):
    """Lets somebody else in just before the next write to a table of mentions."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None

    def write(self, table: str, operations: Sequence[Operation]) -> None:
        if table.startswith("mentions") and self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        super().write(table, operations)


@pytest.fixture
def rows() -> InterruptedRows:
    return InterruptedRows()


@pytest.fixture
def links(rows: InterruptedRows) -> LinkTables:
    return LinkTables(rows, "t1")


def issues_of(links: LinkTables) -> dict[int, str]:
    """Return number of issue → title, of the links that there are."""
    found = {}
    for number in range(1, 10):
        for stored in links.read(IssueKey("PAY", number), kinds=KINDS, after="", limit=9):
            found[number] = stored.link.item.title
    return found


@pytest.mark.parametrize("first_is_new", [True, False])
def test_a_newer_observation_that_comes_between_wins(
    rows: InterruptedRows, links: LinkTables, first_is_new: bool
) -> None:
    if not first_is_new:
        links.replace([mention("pull_request", "7", "PAY-1", title="first")])
    older = mention(
        "pull_request", "7", "PAY-2", "PAY-3", title="older", observed_at=DAY + timedelta(hours=1)
    )
    newer = mention(
        "pull_request", "7", "PAY-3", "PAY-4", title="newer", observed_at=DAY + timedelta(hours=2)
    )
    rows.meanwhile = lambda: links.replace([newer])

    links.replace([older])

    assert issues_of(links) == {3: "newer", 4: "newer"}
    stored = links.stored(REPOSITORY, "pull_request", ["7"])["7"]
    assert stored.mention.item.title == "newer"


def test_an_older_observation_that_comes_between_is_replaced(
    rows: InterruptedRows, links: LinkTables
) -> None:
    older = mention("pull_request", "7", "PAY-2", title="older", observed_at=DAY)
    newer = mention(
        "pull_request", "7", "PAY-4", title="newer", observed_at=DAY + timedelta(hours=2)
    )
    rows.meanwhile = lambda: links.replace([older])

    links.replace([newer])

    assert issues_of(links) == {4: "newer"}


def test_one_lost_race_in_a_batch_does_not_hold_up_the_others(
    rows: InterruptedRows, links: LinkTables
) -> None:
    newer = mention(
        "pull_request", "1", "PAY-9", title="newer", observed_at=DAY + timedelta(hours=2)
    )
    rows.meanwhile = lambda: links.replace([newer])

    links.replace([mention("pull_request", str(n), f"PAY-{n}", title=f"no {n}") for n in (1, 2, 3)])

    assert issues_of(links) == {2: "no 2", 3: "no 3", 9: "newer"}


def test_a_branch_put_back_while_it_is_deleted_keeps_its_links(
    rows: InterruptedRows, links: LinkTables
) -> None:
    links.replace([mention("branch", "a", "PAY-1", title="a")])
    back = mention("branch", "a", "PAY-1", title="a again", observed_at=DAY + timedelta(hours=2))
    rows.meanwhile = lambda: links.replace([back])

    links.delete(REPOSITORY, "branch", ["a"], observed_at=DAY + timedelta(hours=1))

    assert issues_of(links) == {1: "a again"}


@pytest.mark.parametrize("kind", ["pull_request", "branch"])
def test_item_that_changes_while_other_rules_are_applied_keeps_no_link_of_before(
    rows: InterruptedRows, links: LinkTables, kind: Kind
) -> None:
    links.replace([mention(kind, "7", "PAY-1", title="before")])
    [stored] = links.mentions(REPOSITORY)
    later = DAY + timedelta(hours=2)
    rows.meanwhile = lambda: links.replace(
        [mention(kind, "7", "PAY-4", title="after", observed_at=later)]
    )

    left = links.restate([(stored, mention(kind, "7", "PAY-2", title="before", rules="r2"))])

    assert left == 1
    assert issues_of(links) == {4: "after"}


@pytest.mark.parametrize("kind", ["pull_request", "branch", "commit"])
def test_item_that_goes_while_other_rules_are_applied_leaves_no_link(
    rows: InterruptedRows, links: LinkTables, kind: Kind
) -> None:
    if kind == "commit":
        writer = links.writer()
        writer.put([mention(kind, "7", "PAY-1")])
        writer.flush()
    else:
        links.replace([mention(kind, "7", "PAY-1")])
    [stored] = links.mentions(REPOSITORY)
    rows.meanwhile = lambda: links.remove_repository(REPOSITORY)

    left = links.restate([(stored, mention(kind, "7", "PAY-2", rules="r2"))])

    assert left == 0
    assert issues_of(links) == {}
