"""A tracker of each test's own, and its links on storage of both kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.configuration import Tracker
from shared.model import TrackerId
from tests.making import DAY

if TYPE_CHECKING:
    from shared.interfaces.links import Links
    from shared.interfaces.storage import Storage


@pytest.fixture
def tracker(unique: str) -> Tracker:
    return Tracker(TrackerId("default"), unique, "Default", DAY)


@pytest.fixture
def links(storage: Storage, tracker: Tracker) -> Links:
    return storage.links(tracker)
