from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
import requests

from devhost.sample_organization import SampleOrganization

if TYPE_CHECKING:
    from pathlib import Path


def test_it_listens_on_one_loopback_address_and_on_no_other(tmp_path: Path) -> None:
    with SampleOrganization(tmp_path) as sample:
        port = int(sample.base_url.rpartition(":")[2])

        assert _connects("127.0.0.1", port)
        assert not _connects("127.0.0.2", port)


def _connects(host: str, port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(5)
        return caller.connect_ex((host, port)) == 0


def test_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    with SampleOrganization(tmp_path / "a") as first:
        port = int(first.base_url.rpartition(":")[2])

        with pytest.raises(OSError, match="in use"):
            SampleOrganization(tmp_path / "b", port=port)


def test_it_answers_from_start_to_stop(tmp_path: Path) -> None:
    sample = SampleOrganization(tmp_path)
    url = f"{sample.url}/_apis/projects"

    sample.start()
    answered = requests.get(url, auth=("", sample.token), timeout=10).status_code
    sample.stop()

    assert answered == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10)


def test_it_may_be_stopped_without_having_been_started(tmp_path: Path) -> None:
    sample = SampleOrganization(tmp_path)
    port = int(sample.base_url.rpartition(":")[2])

    sample.stop()

    assert not _connects("127.0.0.1", port)
