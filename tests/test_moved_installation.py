"""An installation that was moved to another storage account answers as it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.installation import RunningInstallation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Eventually

pytestmark = [pytest.mark.system, pytest.mark.azurite]

_KEYS = [*(f"PAY-{number}" for number in range(1, 60)), "AB#1", "AB#2", "AB#3"]


Answer = tuple[int, Any, str]
"""Status, body and entity tag."""


def answers(installation: RunningInstallation, token: str) -> dict[str, Answer]:
    """Return what each issue is answered with, and several at once; the tag is of the bytes."""
    found: dict[str, Answer] = {}
    for key in _KEYS:
        path = f"links/{key.replace('#', '%23')}?limit=100"
        found[key] = _answer(installation, "GET", path, None, token)
    question = {"issues": _KEYS, "limit_per_issue": 20}
    found["several"] = _answer(installation, "POST", "links/query", question, token)
    return found


def back_up_at_rest(installation: RunningInstallation, file: Path) -> dict[str, Answer]:
    """Take a backup during which nothing changes, and return the answers before and after it.

    The sample's own service hooks may still have something to tell.
    """
    for _ in range(5):
        before = answers(installation, installation.token)
        file.unlink(missing_ok=True)
        taken = installation.command("backup", str(file))
        assert taken.returncode == 0, taken.stderr
        if answers(installation, installation.token) == before:
            return before
    raise AssertionError("the installation never came to rest")


def _answer(
    installation: RunningInstallation, method: str, path: str, body: object, token: str
) -> Answer:
    answer = installation.call(method, path, body, token=token)
    return answer.status, answer.body, answer.headers.get("etag", "")


def test_moved_installation_answers_the_same_and_goes_on_once_it_is_connected(
    tmp_path: Path, eventually: Eventually
) -> None:
    backup = tmp_path / "backup.jsonl"
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    with RunningInstallation(tmp_path / "old", "--sample") as old:
        [integration] = old.call("GET", "integrations").body["integrations"]
        # A branch that a work item names may be linked by the second look only.
        old.call("POST", f"integrations/{integration['id']}/reindex", {})
        assert eventually(lambda: len(old.links("AB#2")) == 2, within=60)
        before = back_up_at_rest(old, backup)
        sample = old.addresses.sample_organization
        assert sample is not None
        elsewhere = {"AZURE_DEVOPS_URL": sample.url.rpartition("/")[0]}
        with RunningInstallation(tmp_path / "new", **elsewhere) as new:
            restored = new.command("restore", str(backup))
            assert restored.returncode == 0, restored.stderr
            # The token of the old one opens the new one: its hash came along.
            moved = eventually(lambda: answers(new, old.token) == before, within=60)
            waiting = new.call("GET", f"integrations/{integration['id']}/status").body["state"]
            body = {"kind": "pat", "token": sample.token}
            path = f"integrations/{integration['id']}/connection"
            connected = new.call("PUT", path, body)
            works = eventually(
                lambda: (
                    new.call("GET", f"integrations/{integration['id']}/status").body["state"]
                    == "idle"
                    and answers(new, old.token) == before
                ),
                within=120,
            )

    shown = [body["links"] for _, body, _ in before.values() if "links" in body]
    assert sum(map(len, shown)) > 30
    assert moved
    assert waiting == "needs_reconnect"
    assert connected.status == 200, connected.body
    assert works
