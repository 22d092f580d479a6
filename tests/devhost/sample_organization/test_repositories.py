from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization.git_command import GitFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


def test_empty_repository_has_no_default_branch_and_no_size(api: Api, web: str) -> None:
    one = api.get(web)

    assert "defaultBranch" not in one
    assert one["size"] == 0
    assert api.get(f"{web}/refs")["value"] == []


def test_size_grows_with_a_push(sample: SampleOrganization, api: Api, web: str) -> None:
    sample.push("web", "main", "PAY-1")
    before = api.get(web)["size"]

    sample.push("web", "main", "PAY-2")

    assert api.get(web)["size"] > before > 0


def test_object_that_is_gone_when_it_is_measured_counts_for_nothing(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    objects = sample.repository("web").folder / "objects"
    # Found in its folder, and not to be had: like one that whoever pushes is still writing.
    (objects / "tmp_object_1").symlink_to(objects / "nowhere")

    assert api.get(web)["size"] > 0


def test_repository_by_name_needs_its_project(api: Api) -> None:
    assert api.refused("GET", "git/repositories/web")[0] == 400
    assert api.get("git/repositories/WEB", project="shop")["name"] == "web"


def test_repository_is_not_found_in_another_project(sample: SampleOrganization, api: Api) -> None:
    sample.add_project("Other")
    identifier = sample.repository("web").id

    refused = api.refused("GET", f"git/repositories/{identifier}", project="Other")

    assert refused == (404, "GitRepositoryNotFoundException")


def test_disabled_repository_is_listed_and_not_read(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    sample.disable_repository("web")

    assert api.get("git/repositories")["value"][0]["isDisabled"] is True
    assert api.get(web)["isDisabled"] is True
    assert api.refused("GET", f"{web}/refs") == (404, "GitRepositoryNotFoundException")
    assert api.refused("GET", f"{web}/commits") == (404, "GitRepositoryNotFoundException")


def test_repository_in_maintenance_says_so(sample: SampleOrganization, api: Api, web: str) -> None:
    sample.put_into_maintenance("web")

    assert api.get(web)["isInMaintenance"] is True


def test_rename_keeps_the_id(api: Api, web: str) -> None:
    before = api.get(web)

    after = api.patch(web, {"name": "site"})

    assert (after["id"], after["name"]) == (before["id"], "site")
    assert after["webUrl"].endswith("/Shop/_git/site")


def test_name_that_is_taken_in_any_case_is_refused(sample: SampleOrganization, api: Api) -> None:
    project = {"id": sample.organization.project("Shop").id}

    refused = api.refused("POST", "git/repositories", {"name": "WEB", "project": project})

    assert refused == (409, "GitRepositoryNameAlreadyExistsException")


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "_a", ".a", "x" * 65])
def test_name_that_git_hosting_does_not_allow_is_refused(api: Api, name: str) -> None:
    refused = api.refused("POST", "git/repositories", {"name": name}, project="Shop")

    assert refused[0] == 400


def test_default_branch_may_be_changed_and_may_be_deleted_afterwards(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    sample.create_branch("web", "develop")

    assert api.patch(web, {"defaultBranch": "refs/heads/develop"})["defaultBranch"].endswith(
        "/develop"
    )
    sample.delete_branch("web", "develop")

    assert api.get(web)["defaultBranch"] == "refs/heads/develop"
    refused = api.refused("GET", f"{web}/commits")
    assert refused == (404, "GitUnresolvableToCommitException")


def test_deleted_repository_comes_back_from_the_bin_with_its_id_and_commits(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    identifier = api.get(web)["id"]

    api.call("DELETE", web)
    binned = api.get("git/recycleBin/repositories", project="Shop")["value"]
    gone = api.refused("GET", web)
    api.patch(f"git/recycleBin/repositories/{identifier}", {"deleted": False}, project="Shop")

    assert gone == (404, "GitRepositoryNotFoundException")
    assert [one["id"] for one in binned] == [identifier]
    assert api.get(f"{web}/commits")["count"] == 1


def test_fork_names_its_parent_and_has_its_branches(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sha = sample.push("web", "main", "PAY-1")
    parent = {"id": sample.repository("web").id}
    body = {"name": "fork", "parentRepository": parent}

    made = api.post("git/repositories", body, project="Shop")
    read = api.get(f"git/repositories/{made['id']}", includeParent="true")
    collection = sample.organization.new_id("collection")

    assert read["isFork"] is True
    assert read["parentRepository"]["id"] == parent["id"]
    assert api.get(f"git/repositories/{made['id']}/refs")["value"][0]["objectId"] == sha
    assert api.get(f"{web}/forks/{collection}")["value"][0]["name"] == "fork"
    assert "isFork" not in api.get(web)


def test_fork_of_one_branch_has_only_that(sample: SampleOrganization, api: Api) -> None:
    sample.push("web", "main", "PAY-1")
    sample.push("web", "topic", "PAY-2")
    body = {"name": "fork", "parentRepository": {"id": sample.repository("web").id}}

    made = api.post("git/repositories", body, project="Shop", sourceRef="refs/heads/topic")

    refs = api.get(f"git/repositories/{made['id']}/refs")["value"]
    assert [ref["name"] for ref in refs] == ["refs/heads/topic"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A person's clone: a branch of its own, a remote branch, and a tag."""
    folder = tmp_path / "my clone"

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Me", "-c", "user.email=me@example.com")
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True, timeout=30)

    folder.mkdir()
    git("init", "--quiet", "--initial-branch=trunk")
    git("commit", "--quiet", "--allow-empty", "-m", "PAY-1 First")
    git("tag", "v1")
    git("commit", "--quiet", "--allow-empty", "-m", "PAY-2 Second")
    git("update-ref", "refs/remotes/origin/feature/PAY-3", "HEAD")
    git("update-ref", "refs/remotes/origin/trunk", "HEAD~1")
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    return folder


def test_clone_of_the_user_is_copied_with_its_remote_branches(
    sample: SampleOrganization, api: Api, clone: Path
) -> None:
    made = sample.add_repository("Shop", clone)

    route = f"git/repositories/{made.id}"
    refs = [ref["name"] for ref in api.get(f"{route}/refs")["value"]]
    assert refs == ["refs/heads/feature/PAY-3", "refs/heads/trunk", "refs/tags/v1"]
    assert api.get(route)["defaultBranch"] == "refs/heads/trunk"
    assert api.get(f"{route}/commits")["count"] == 2
    assert made.name == "my clone"


def test_clone_of_the_user_is_never_written_to(sample: SampleOrganization, clone: Path) -> None:
    def state() -> dict[str, tuple[int, int]]:
        files = (path for path in clone.rglob("*") if path.is_file())
        return {str(p): (p.stat().st_mtime_ns, p.stat().st_nlink) for p in files}

    before = state()

    made = sample.add_repository("Shop", clone, name="copy")
    sample.push("copy", "trunk", "PAY-4")
    sample.force_push("copy", "trunk", "PAY-5")
    sample.prune("copy")

    assert state() == before
    assert all(links == 1 for _, links in before.values())
    assert made.folder.parent != clone


def test_folder_that_is_no_clone_is_refused(sample: SampleOrganization, tmp_path: Path) -> None:
    with pytest.raises(GitFailedError):
        sample.add_repository("Shop", tmp_path / "nothing")


def test_partial_clone_is_served_without_the_counts_that_need_its_files(
    sample: SampleOrganization, api: Api, tmp_path: Path
) -> None:
    sample.push("web", "main", "PAY-1")
    partial = tmp_path / "partial.git"
    url = sample.url.replace("://", f"://me:{sample.token}@") + "/Shop/_git/web"
    command = ["git", "clone", "--quiet", "--bare", "--filter=tree:0", url, str(partial)]
    subprocess.run(command, check=True, timeout=30)

    made = sample.add_repository("Shop", partial)

    [commit] = api.get(f"git/repositories/{made.id}/commits")["value"]
    assert commit["comment"] == "PAY-1"
    assert "changeCounts" not in commit


def test_what_no_branch_reaches_is_kept_until_it_is_pruned(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    lost = sample.push("web", "main", "PAY-2")
    sample.force_push("web", "main", "PAY-3")
    body = {
        "itemVersion": {"version": lost, "versionType": "commit"},
        "compareVersion": {"version": "main"},
    }

    before = api.post(f"{web}/commitsbatch", body)["value"]
    sample.prune("web")

    assert [commit["comment"] for commit in before] == ["PAY-3"]
    refused = api.refused("POST", f"{web}/commitsbatch", body)
    assert refused == (404, "GitUnresolvableToCommitException")


def test_denied_repository_looks_like_a_missing_one_until_it_is_allowed(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.deny(repository="web")

    denied = api.refused("GET", web)
    sample.allow_everything()

    assert denied == (404, "GitRepositoryNotFoundException")
    assert api.get(web)["name"] == "web"


def test_request_that_names_what_is_not_there_is_refused(api: Api, web: str) -> None:
    nothing = "11111111-2222-3333-4444-555555555555"
    parent = {"name": "fork", "parentRepository": {"id": nothing}}

    assert api.refused("POST", "git/repositories", {"name": "x"})[0] == 400
    assert api.refused("POST", "git/repositories", parent, project="Shop")[0] == 404
    assert api.refused("GET", f"{web}/forks/{nothing}")[0] == 404
    bin_route = f"git/recycleBin/repositories/{nothing}"
    assert api.refused("PATCH", bin_route, {"deleted": False}, project="Shop")[0] == 404
    assert api.refused("PATCH", web, {"defaultBranch": "refs/heads/gone"})[0] == 404


def test_links_of_repositories_are_listed_on_request(api: Api) -> None:
    plain = api.get("git/repositories")["value"][0]
    linked = api.get("git/repositories", includeLinks="true")["value"][0]

    assert "_links" not in plain
    assert linked["_links"]["refs"]["href"] == f"{linked['url']}/refs"
