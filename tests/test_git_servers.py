"""A repository of a git server, connected from the shell and followed by a running installation."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.installation import RunningInstallation
from tests.serving_git import ServedRepository, SshServer, WebServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Eventually

pytestmark = pytest.mark.azurite
PASSWORD = "s3cret canary"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    """Return an installation that may call this machine, and has connected nothing."""
    folder = tmp_path_factory.mktemp("devhost")
    with RunningInstallation(folder, GIT_SERVER_ALLOWLIST="localhost") as started:
        yield started


@pytest.fixture
def repository(tmp_path: Path) -> ServedRepository:
    """Return a repository of one commit, `acme/shop.git`."""
    made = ServedRepository(tmp_path)
    made.commit("GIT-1 Start")
    return made


def add(running: RunningInstallation, *words: str, typed: str = "") -> list[str]:
    """Return the lines that tell of a new integration."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "admin_console", "integration", "add", *words],
        cwd=running.folder,
        env=running.environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def follows(
    running: RunningInstallation,
    repository: ServedRepository,
    integration: str,
    eventually: Eventually,
) -> bool:
    """Whether a repository is indexed, and what is pushed to it once somebody asks for that."""
    first = repository.git("rev-parse", "main")
    issue = f"GIT-{int(integration[:6], 16)}"
    if not eventually(lambda: first in {link["id"] for link in running.links("GIT-1")}, within=60):
        return False
    pushed = repository.commit(f"{issue} Next")
    assert running.command("reindex", integration).returncode == 0
    return eventually(lambda: [link["id"] for link in running.links(issue)] == [pushed], within=60)


def test_repository_is_followed_over_https_with_a_password(
    running: RunningInstallation, repository: ServedRepository, eventually: Eventually
) -> None:
    with WebServer(repository.root, user_name="reader", password=PASSWORD) as web:
        url = f"{web.url}/acme/shop.git"
        words = ("--git-host", "git", "--connection", "basic", "--user-name", "reader")
        [integration] = add(running, *words, "--url", url, typed=f"{PASSWORD}\n")

        assert follows(running, repository, integration, eventually)
    assert PASSWORD not in running.log()


def test_repository_is_followed_over_ssh_once_the_key_was_added(
    running: RunningInstallation, repository: ServedRepository, eventually: Eventually
) -> None:
    with SshServer(repository.root) as ssh:
        url = f"{ssh.url}/acme/shop.git"
        words = ("--git-host", "git", "--connection", "ssh_key", "--url", url)
        integration, public_key = add(running, *words)
        waiting = running.command("integration", "status", integration).stdout
        ssh.add(public_key)
        # The timer would try again within minutes; any change of the integration does so at once.
        assert running.call("PATCH", f"integrations/{integration}", {}).status == 200

        assert follows(running, repository, integration, eventually)
    assert public_key in waiting
