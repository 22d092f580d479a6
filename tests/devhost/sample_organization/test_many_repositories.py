"""Organizations as wide as some are."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


def test_thousands_of_repositories_are_listed_in_one_answer(
    sample: SampleOrganization, api: Api
) -> None:
    made = sample.add_alike(5000, projects=120)

    listed = api.get("git/repositories")["value"]
    first = api.call("GET", "projects")

    wide = [one for one in listed if one["name"].startswith("wide-")]
    assert {one["id"] for one in wide} == {one.id for one in made}
    assert len({one["project"]["id"] for one in wide}) == 120
    assert all(one["defaultBranch"] == "refs/heads/main" and one["size"] > 0 for one in wide)
    assert first.headers["x-ms-continuationtoken"] == "100"


def test_writing_to_one_of_many_leaves_the_others_as_they_were(
    sample: SampleOrganization, api: Api
) -> None:
    one, other = sample.add_alike(2)

    commit = sample.push(one.id, "main", "PAY-2 Go on")
    sample.create_branch(one.id, "topic")

    heads = {r.id: api.get(f"git/repositories/{r.id}/refs")["value"] for r in (one, other)}
    assert [ref["name"] for ref in heads[one.id]] == ["refs/heads/main", "refs/heads/topic"]
    assert heads[one.id][0]["objectId"] == commit
    assert [ref["name"] for ref in heads[other.id]] == ["refs/heads/main"]
    commits = api.get(f"git/repositories/{one.id}/commits")["value"]
    assert [found["comment"] for found in commits] == ["PAY-2 Go on", "PAY-1 Begin"]


def test_one_of_many_is_pushed_to_by_git(
    sample: SampleOrganization, api: Api, tmp_path: Path
) -> None:
    one, other = sample.add_alike(2)
    base = sample.url.replace("://", f"://x:{sample.token}@")
    clone = tmp_path / "clone"

    def git(*words: str) -> None:
        who = ("-c", "user.name=Backend developer", "-c", "user.email=dev@example.com")
        subprocess.run(["git", *who, *words], check=True, capture_output=True, timeout=60)

    git("clone", f"{base}/Wide%200/_git/{one.name}", str(clone))
    git("-C", str(clone), "commit", "--allow-empty", "-m", "PAY-3 By hand")
    git("-C", str(clone), "push", "origin", "HEAD:main")

    comments = [
        [found["comment"] for found in api.get(f"git/repositories/{r.id}/commits")["value"]]
        for r in (one, other)
    ]
    assert comments == [["PAY-3 By hand", "PAY-1 Begin"], ["PAY-1 Begin"]]


def test_more_of_them_can_be_added_later(sample: SampleOrganization) -> None:
    sample.add_alike(3, projects=2)

    more = sample.add_alike(2, projects=2)

    assert [one.name for one in more] == ["wide-0003", "wide-0004"]
    with pytest.raises(LookupError):
        sample.repository("wide-0005")


def test_repository_moves_between_projects_and_keeps_its_id(
    sample: SampleOrganization, api: Api
) -> None:
    [one] = sample.add_alike(1)
    sample.add_project("Elsewhere")

    sample.move_repository(one.name, "Elsewhere")

    [found] = api.get("git/repositories", project="Elsewhere")["value"]
    assert found["id"] == one.id
    assert api.get("git/repositories", project="Wide 0")["value"] == []


@pytest.mark.parametrize(("state", "asked", "is_listed"), [
    ("deleting", "wellFormed", False),
    ("deleting", "all", True),
    ("createPending", "all", True),
    ("deleted", "all", False),
    ("deleted", "deleted", True),
])  # fmt: skip
def test_project_is_listed_by_its_state(
    sample: SampleOrganization, api: Api, state: str, asked: str, *, is_listed: bool
) -> None:
    sample.add_project("Going")
    sample.set_project_state("Going", state)

    listed = api.get("projects", stateFilter=asked)["value"]

    assert ("Going" in [project["name"] for project in listed]) == is_listed
