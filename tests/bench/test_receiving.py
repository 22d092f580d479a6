"""What a webhook's handler is measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.receiving import measure_receiving
from bench.stand import Stand

if TYPE_CHECKING:
    from devhost.azurite import Azurite


@pytest.mark.azurite
def test_a_webhook_is_measured_against_the_two_writes_that_it_makes(azurite: Azurite) -> None:
    stand = Stand(azurite.connection_string, project="PAY")

    found = measure_receiving(stand, times=3)

    assert found.queries == 2
    assert found.ratio.rounds > 0
    assert found.ratio.floor > 0
