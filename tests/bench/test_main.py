"""The command line says what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", ["score", "keys", "histories"])
def test_without_histories_it_says_so_and_fails(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DEVLINKS_DATA", str(tmp_path))

    status = main([command])

    assert status == 2
    assert str(tmp_path) in capsys.readouterr().err
