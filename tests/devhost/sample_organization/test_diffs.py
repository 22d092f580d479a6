from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


def test_difference_between_branches_counts_from_where_they_parted(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1", files={"a.txt": b"1"})
    sample.push("web", "topic", "PAY-2", files={"b.txt": b"2"})
    sample.push("web", "main", "PAY-3", files={"c.txt": b"3"})
    query = {"baseVersion": "main", "targetVersion": "topic"}

    merged = api.get(f"{web}/diffs/commits", **query)
    direct = api.get(f"{web}/diffs/commits", diffCommonCommit="false", **query)

    assert (merged["aheadCount"], merged["behindCount"]) == (1, 1)
    assert [c["item"]["path"] for c in merged["changes"]] == ["/b.txt"]
    assert [c["item"]["path"] for c in direct["changes"]] == ["/b.txt", "/c.txt"]


def test_changes_are_paged_and_say_whether_all_are_there(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1", files={"a.txt": b"1"})
    sample.push("web", "topic", "PAY-2", files={f"{n}.txt": b"2" for n in range(5)})
    query = {"baseVersion": "main", "targetVersion": "topic"}

    first = api.get(f"{web}/diffs/commits", top=3, **query)
    rest = api.get(f"{web}/diffs/commits", top=3, skip=3, **query)

    paths = [change["item"]["path"] for page in (first, rest) for change in page["changes"]]
    assert paths == [f"/{n}.txt" for n in range(5)]
    assert (first["allChangesIncluded"], rest["allChangesIncluded"]) == (False, True)


def test_commits_parted_where_their_histories_meet(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    base = sample.push("web", "main", "PAY-1")
    topic = sample.push("web", "topic", "PAY-2")
    lone = sample.commit("web", [], "PAY-3")
    main = sample.push("web", "main", "PAY-4")
    route = f"{web}/commits/{main}/mergebases"

    met = api.get(route, otherCommitId=topic)["value"]
    unrelated = api.get(route, otherCommitId=lone)["value"]

    assert [commit["commitId"] for commit in met] == [base]
    assert unrelated == []
    query = {"baseVersion": lone, "baseVersionType": "commit", "targetVersion": "main"}
    assert api.refused("GET", f"{web}/diffs/commits", **query)[0] == 404
    odd = {"baseVersion": "main", "baseVersionType": "path"}
    assert api.refused("GET", f"{web}/diffs/commits", **odd)[0] == 400
