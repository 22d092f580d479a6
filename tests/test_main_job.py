"""The main job from end to end, as its users see it: over HTTP, with real git, from outside."""

from __future__ import annotations

import base64
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.installation import RunningInstallation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Eventually

pytestmark = pytest.mark.azurite


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    with RunningInstallation(tmp_path_factory.mktemp("devhost"), "--sample") as running:
        yield running


def git(installation: RunningInstallation, *words: str, folder: Path) -> str:
    """Run git with the credentials of the sample organization."""
    sample = installation.addresses.sample_organization
    assert sample is not None
    credentials = base64.b64encode(f":{sample.token}".encode()).decode()
    done = subprocess.run(
        ["git", "-c", f"http.extraHeader=Authorization: Basic {credentials}", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def clone_url(installation: RunningInstallation, name: str) -> str:
    [integration] = installation.call("GET", "integrations").body["integrations"]
    path = f"integrations/{integration['id']}/repositories?limit=200"
    rows = installation.call("GET", path).body["repositories"]
    return str(next(row["url"] for row in rows if row["name"] == name))


def test_everything_is_indexed_when_the_addresses_are_told(
    installation: RunningInstallation,
) -> None:
    [integration] = installation.call("GET", "integrations").body["integrations"]

    status = installation.call("GET", f"integrations/{integration['id']}/status").body

    assert status["state"] == "idle"
    assert status["alarms"] == []
    assert status["progress"]["repositories_done"] == status["progress"]["repositories_total"]
    assert "connection" in integration
    assert "token" not in integration["connection"]


def test_an_issue_shows_branches_then_pull_requests_then_commits(
    installation: RunningInstallation,
) -> None:
    links = installation.links("PAY-101")

    kinds = [link["kind"] for link in links]
    assert kinds == sorted(kinds, key=["branch", "pull_request", "commit"].index)
    pull_request = next(link for link in links if link["kind"] == "pull_request")
    assert pull_request["status"] == "open"
    assert pull_request["url"].endswith(f"/pullrequest/{pull_request['id']}")
    assert pull_request["repository"]["name"] == "shop"


def test_a_commit_pushed_with_git_is_linked_within_seconds(
    installation: RunningInstallation, tmp_path: Path, eventually: Eventually
) -> None:
    git(installation, "clone", "-q", clone_url(installation, "shop"), "clone", folder=tmp_path)
    clone = tmp_path / "clone"
    identity = ("-c", "user.name=Backend developer", "-c", "user.email=backend@example.com")
    message = "Push it with git\n\nThe body names PAY-777."
    git(installation, *identity, "commit", "-q", "--allow-empty", "-m", message, folder=clone)
    commit = git(installation, "rev-parse", "HEAD", folder=clone)
    began = time.monotonic()

    git(installation, "push", "-q", "origin", "HEAD", folder=clone)

    assert eventually(lambda: installation.links("PAY-777"), within=15)
    [link] = installation.links("PAY-777")
    assert link["id"] == commit
    assert link["title"] == "Push it with git"
    assert link["evidence"] == [{"source": "message", "text": "PAY-777", "closes": False}]
    assert time.monotonic() - began < 15


def test_a_branch_pushed_with_git_is_linked_and_its_deletion_takes_the_link_away(
    installation: RunningInstallation, tmp_path: Path, eventually: Eventually
) -> None:
    git(installation, "clone", "-q", clone_url(installation, "shop"), "clone", folder=tmp_path)
    clone = tmp_path / "clone"
    branch = "fix/#12-PAY-778-é"

    git(installation, "push", "-q", "origin", f"HEAD:refs/heads/{branch}", folder=clone)
    assert eventually(lambda: installation.links("PAY-778"))
    [link] = installation.links("PAY-778")
    git(installation, "push", "-q", "origin", f":refs/heads/{branch}", folder=clone)

    assert link["id"] == branch
    assert "%2312" in link["url"]
    assert eventually(lambda: installation.links("PAY-778") == [])


def test_the_timer_runs_when_it_is_asked_to(installation: RunningInstallation) -> None:
    url = installation.addresses.api.replace("/api", "/admin/functions/reindex_timer")
    done = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "-d",
         '{"input": ""}', "-H", "Content-Type: application/json", url],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip

    assert done.stdout == "202"


def test_a_reindex_can_be_asked_for_and_one_that_goes_on_is_the_answer(
    installation: RunningInstallation, eventually: Eventually
) -> None:
    [integration] = installation.call("GET", "integrations").body["integrations"]
    path = f"integrations/{integration['id']}"

    first = installation.call("POST", f"{path}/reindex")

    assert first.status == 202
    assert first.body["repositories"] >= 3
    assert eventually(
        lambda: installation.call("GET", f"{path}/status").body["state"] == "idle", within=30
    )


def test_the_command_line_works_on_the_same_storage(installation: RunningInstallation) -> None:
    listed = installation.command("integration", "list")
    identifier = listed.stdout.split()[0]

    status = installation.command("integration", "status", identifier)
    links = installation.command("links", "PAY-101")

    assert listed.returncode == status.returncode == links.returncode == 0
    assert "idle" in status.stdout
    assert "no_public_url" not in status.stdout
    assert "left_out (empty)" in status.stdout
    assert "pull_request" in links.stdout


def test_the_command_line_shows_a_title_that_the_shell_has_no_letters_for(
    installation: RunningInstallation,
) -> None:
    links = installation.command("links", "PAY-22", PYTHONIOENCODING="ascii")

    assert (links.returncode, links.stderr) == (0, "")
    assert "PAY-22 Ship it ?" in links.stdout


def test_the_answer_is_kept_by_its_tag(installation: RunningInstallation) -> None:
    first = installation.call("GET", "links/PAY-101")

    again = installation.call(
        "GET", "links/PAY-101", headers={"If-None-Match": first.headers["etag"]}
    )
    foreign = installation.call(
        "GET", "links/PAY-101", headers={"If-None-Match": first.headers["etag"]}, token="none"
    )

    assert again.status == 304
    assert foreign.status == 401


def test_nothing_unexpected_was_logged(installation: RunningInstallation) -> None:
    lines = [line for line in installation.log().splitlines() if "Traceback" in line]

    assert lines == []
    assert installation.token not in installation.log()
    sample = installation.addresses.sample_organization
    assert sample is not None
    log = installation.log().replace(f"Its token  {sample.token}", "")
    assert sample.token not in log
