"""An installation that no git host belongs to."""

from __future__ import annotations

import pytest

from tests.shared.web.in_memory import Installation


@pytest.fixture
def installation() -> Installation:
    """Return an installation in memory."""
    return Installation()
