from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization.git_command import git_environment

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api, Receiver


def git(*arguments: str, folder: Path | None = None, fails: bool = False) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=git_environment() | {"GIT_AUTHOR_NAME": "Backend developer"},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert bool(done.returncode) == fails, done.stderr
    return done.stderr if fails else done.stdout


def address(sample: SampleOrganization, repository: str = "web", *, token: str = "") -> str:
    credentials = f"http://me:{token or sample.token}@"
    return sample.url.replace("http://", credentials) + f"/Shop/_git/{repository}"


def clone(sample: SampleOrganization, folder: Path) -> Path:
    git("clone", "--quiet", address(sample), str(folder))
    git("config", "user.name", "Backend developer", folder=folder)
    git("config", "user.email", "backend.developer@example.com", folder=folder)
    return folder


@pytest.mark.parametrize("object_filter", ["tree:0", "blob:none"])
def test_partial_clone_has_all_messages_and_no_files(
    sample: SampleOrganization, tmp_path: Path, object_filter: str
) -> None:
    sample.push("web", "main", "PAY-1 First\n\nbody", "PAY-2 Second")
    target = tmp_path / "clone.git"

    git("clone", "--quiet", "--bare", f"--filter={object_filter}", address(sample), str(target))

    assert "body" in git("log", "--format=%B", "main", folder=target)
    missing = git("rev-list", "--objects", "--missing=print", "--all", folder=target).count("?")
    assert missing > 0


def test_commit_that_no_branch_reaches_any_more_can_be_fetched(
    sample: SampleOrganization, tmp_path: Path
) -> None:
    sample.push("web", "main", "PAY-1 First")
    lost = sample.push("web", "main", "PAY-2 Second")
    sample.force_push("web", "main", "PAY-3 Instead")
    folder = clone(sample, tmp_path / "clone")

    git("fetch", "--quiet", "origin", lost, folder=folder)

    assert "PAY-2" in git("log", "-1", "--format=%s", "FETCH_HEAD", folder=folder)


def test_push_over_git_is_journalled_and_told(
    sample: SampleOrganization, api: Api, web: str, receiver: Receiver, tmp_path: Path
) -> None:
    first = sample.push("web", "main", "PAY-1 First")
    api.post(
        "hooks/subscriptions",
        {
            "publisherId": "tfs",
            "eventType": "git.push",
            "consumerId": "webHooks",
            "consumerActionId": "httpRequest",
            "consumerInputs": {"url": receiver.url},
        },
    )
    folder = clone(sample, tmp_path / "clone")
    (folder / "a.txt").write_text("one")
    git("add", "a.txt", folder=folder)
    git("commit", "--quiet", "-m", "PAY-2 By hand\n\nwith a body", folder=folder)

    git("push", "--quiet", "origin", "HEAD:main", "HEAD:refs/tags/v1", folder=folder)
    sample.wait_for_deliveries()

    pushed = git("rev-parse", "HEAD", folder=folder).strip()
    push = api.get(f"{web}/pushes", searchCriteria__includeRefUpdates="true")["value"][0]
    main = push["refUpdates"][0]
    assert (main["name"], main["oldObjectId"], main["newObjectId"]) == (
        "refs/heads/main",
        first,
        pushed,
    )
    assert push["pushedBy"]["displayName"] == "Integration account"
    [body] = receiver.bodies
    assert [c["comment"] for c in body["resource"]["commits"]] == ["PAY-2 By hand\n\nwith a body"]
    assert len(body["resource"]["refUpdates"]) == 2


def test_first_push_into_an_empty_repository_makes_its_default_branch(
    sample: SampleOrganization, api: Api, web: str, tmp_path: Path
) -> None:
    folder = clone(sample, tmp_path / "clone")
    git("commit", "--quiet", "--allow-empty", "-m", "PAY-1 First", folder=folder)

    git("push", "--quiet", "origin", "HEAD:trunk", folder=folder)

    assert api.get(web)["defaultBranch"] == "refs/heads/trunk"


def test_wrong_password_is_refused(sample: SampleOrganization) -> None:
    said = git("ls-remote", address(sample, token="wrong"), fails=True)

    assert "Authentication failed" in said


def test_token_without_write_scope_may_fetch_and_not_push(
    sample: SampleOrganization, tmp_path: Path
) -> None:
    sample.push("web", "main", "PAY-1 First")
    sample.limit_token("vso.code")
    folder = clone(sample, tmp_path / "clone")

    said = git("push", "origin", "HEAD:refs/heads/topic", folder=folder, fails=True)

    assert "403" in said


def test_disabled_repository_is_not_found(sample: SampleOrganization) -> None:
    sample.push("web", "main", "PAY-1 First")
    sample.disable_repository("web")

    said = git("ls-remote", address(sample), fails=True)

    assert "not found" in said


def test_calls_of_git_are_logged(sample: SampleOrganization, tmp_path: Path) -> None:
    sample.push("web", "main", "PAY-1 First")
    sample.calls.reset()

    git("clone", "--quiet", "--bare", address(sample), str(tmp_path / "clone.git"))

    answered = [call.route for call in sample.calls if call.status == 200]
    # Version 2 of the protocol asks for the refs first, then for the objects.
    fetch = "_git/{repositoryId}/git-upload-pack"
    assert answered == ["_git/{repositoryId}/info/refs", fetch, fetch]


def test_page_stands_where_a_browser_would_look(sample: SampleOrganization, api: Api) -> None:
    url = f"{sample.url}/Shop/_git/web/commit/%3Cscript%3E"

    answer = api.session.get(url, auth=None, timeout=10)

    assert answer.status_code == 200
    assert "&lt;script&gt;" in answer.text
