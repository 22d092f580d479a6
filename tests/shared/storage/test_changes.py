"""The feed of changed issues, on storage of both kinds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.issue_keys import IssueKey

if TYPE_CHECKING:
    from shared.configuration import Tracker
    from shared.interfaces.storage import Storage

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_changed_issues_are_read_once_from_a_minute_on(storage: Storage, tracker: Tracker) -> None:
    storage.changes.note(tracker, {IssueKey("PAY", 1), IssueKey("AB", 2)}, at=NOON)
    storage.changes.note(tracker, {IssueKey("PAY", 1)}, at=NOON + timedelta(seconds=20))
    storage.changes.note(tracker, {IssueKey("#", 3)}, at=NOON + timedelta(minutes=2))
    storage.changes.note(tracker, {IssueKey("PAY", 9)}, at=NOON + timedelta(minutes=9))

    found, following = storage.changes.read(
        tracker, since=NOON, until=NOON + timedelta(minutes=5), limit=50
    )

    assert set(found) == {("PAY", 1), ("AB", 2), ("#", 3)}
    assert len(found) == 3
    assert following == NOON + timedelta(minutes=5)


def test_many_changes_at_once_are_one_mark_for_each_project(
    storage: Storage, tracker: Tracker
) -> None:
    keys = {IssueKey("PAY", n) for n in range(1, 99)} | {IssueKey("#", n) for n in range(1, 9)}

    storage.changes.note(tracker, keys, at=NOON)

    found, _ = storage.changes.read(
        tracker, since=NOON, until=NOON + timedelta(minutes=1), limit=50
    )
    assert set(found) == {("PAY", None), ("#", None)}


def test_nothing_changed_is_nothing_noted(storage: Storage, tracker: Tracker) -> None:
    storage.changes.note(tracker, set(), at=NOON)

    found, _ = storage.changes.read(
        tracker, since=NOON, until=NOON + timedelta(minutes=1), limit=50
    )
    assert found == []


def test_a_long_time_is_read_in_parts(storage: Storage, tracker: Tracker) -> None:
    storage.changes.note(tracker, {IssueKey("PAY", 1)}, at=NOON + timedelta(hours=3))

    seen, since, until = [], NOON, NOON + timedelta(hours=4)
    while since < until:
        found, since = storage.changes.read(tracker, since=since, until=until, limit=50)
        seen += found

    assert seen == [("PAY", 1)]
