"""A whole installation is backed up and restored from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import BadRequestError, ConflictError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.admin_console.commands.conftest import Shell


def test_backup_is_a_file_of_the_owner_alone_and_is_noted(
    shell: Shell, contoso: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup.jsonl"

    lines = shell.run("backup", str(file))

    written = file.read_bytes().splitlines()
    assert lines == [f"{len(written)} lines are written: {file}"]
    assert file.stat().st_mode & 0o077 == 0
    assert contoso.encode() in file.read_bytes()
    assert shell.noted() == ["configuration_exported"]


def test_backup_that_broke_off_in_a_line_is_carried_on(
    shell: Shell, contoso: str, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    shell.run("backup", str(whole))
    lines = whole.read_bytes().splitlines(keepends=True)
    broken.write_bytes(b"".join(lines[:20]) + lines[20][:30])

    said = shell.run("backup", str(broken))

    assert said[0] == "carrying on after 20 lines"
    again = broken.read_bytes().splitlines(keepends=True)
    assert again[:-1] == lines[:-1] or set(lines[:-1]) <= set(again)
    assert again[-1] == b'{"is":"end","lines":%d}\n' % (len(again) - 1)


def test_whole_backup_is_not_written_over(shell: Shell, contoso: str, tmp_path: Path) -> None:
    shell.run("backup", str(tmp_path / "backup.jsonl"))

    with pytest.raises(ConflictError):
        shell.run("backup", str(tmp_path / "backup.jsonl"))


def test_installation_in_use_is_not_restored_into(
    shell: Shell, contoso: str, tmp_path: Path
) -> None:
    shell.run("backup", str(tmp_path / "backup.jsonl"))

    with pytest.raises(ConflictError):
        shell.run("restore", str(tmp_path / "backup.jsonl"))


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"is":"backup"'])
def test_what_is_no_whole_backup_is_refused(shell: Shell, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "backup.jsonl").write_bytes(content)

    with pytest.raises(BadRequestError):
        shell.run("restore", str(tmp_path / "backup.jsonl"))


def test_file_that_there_is_not_is_refused(shell: Shell) -> None:
    with pytest.raises(BadRequestError) as refused:
        shell.run("restore", "/nowhere/backup.jsonl")

    assert list(refused.value.fields) == ["file"]
