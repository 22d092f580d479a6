"""Answer for differences: between two versions, and where two commits parted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import quote

from .commit_shapes import written_commit
from .exchange import Answer, Json, Request, collection, json_answer
from .merging import merge_base
from .refusals import no_such_version
from .tree_changes import TreeChange, changes_between
from .versions import asked_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Repository
    from .organization import Organization

_PAGE = 100


def get_diffs(organization: Organization, request: Request) -> Answer:
    """GET diffs/commits: from what base and target have together to the target, as merges see it.

    `diffCommonCommit=false` compares base and target themselves.
    """
    repository = organization.repository_of(request)
    git = organization.git.open(repository)
    base, target = (
        str(organization.git.resolve(repository, version).id)
        for version in (
            asked_version(request.query, "baseVersion", "baseVersionType"),
            asked_version(request.query, "targetVersion", "targetVersionType"),
        )
    )
    parted = merge_base(git, base, target)
    ahead, behind = git.ahead_behind(target, base)
    from_common = (request.query.text("diffCommonCommit") or "true").lower() == "true"
    if from_common and not parted:
        raise no_such_version("commit", base, repository.name)
    changes = changes_between(repository, parted if from_common else base, target)
    skip = request.query.number("$skip", default=0)
    top = request.query.number("$top", default=_PAGE)
    written = change_shapes(organization, repository, changes, commit_id=target)
    return json_answer(
        {
            "allChangesIncluded": skip + top >= len(changes),
            "changeCounts": counts_of(changes),
            "changes": written[skip : skip + top],
            "commonCommit": parted,
            "baseCommit": base,
            "targetCommit": target,
            "aheadCount": ahead,
            "behindCount": behind,
        }
    )


def get_merge_bases(organization: Organization, request: Request) -> Answer:
    """GET commits/{commitId}/mergebases: where it and `otherCommitId` parted."""
    repository = organization.repository_of(request)
    one = organization.git.commit(repository, request.values["commitId"])
    other = organization.git.commit(repository, request.query.text("otherCommitId") or "")
    git = organization.git.open(repository)
    parted = merge_base(git, str(one.id), str(other.id))
    if not parted:
        return collection([])
    shape = written_commit(organization.git.commit(repository, parted))
    return collection([shape | {"url": organization.addresses.commit(repository, parted)}])


def change_shapes(
    organization: Organization,
    repository: Repository,
    changes: Sequence[TreeChange],
    *,
    commit_id: str,
) -> list[Json]:
    """Return changes as the API writes them."""
    home = organization.addresses.repository(repository)
    return [_change(home, change, commit_id=commit_id) for change in changes]


def counts_of(changes: Sequence[TreeChange]) -> dict[str, int]:
    """Return how many changes there are of each kind, folders included, as the API counts."""
    counted = Counter(change.kind.capitalize() for change in changes)
    return dict(counted)


def _change(home: str, change: TreeChange, *, commit_id: str) -> Json:
    item: Json = {
        "objectId": change.object_id,
        "originalObjectId": change.old_object_id,
        "gitObjectType": change.object_type,
        "commitId": commit_id,
        "path": change.path,
    }
    if change.kind == "add":
        del item["originalObjectId"]
    if change.kind == "delete":
        item["objectId"] = item.pop("originalObjectId")
    if change.object_type == "tree":
        item["isFolder"] = True
    version = f"versionType=Commit&version={commit_id}"
    item["url"] = f"{home}/items{quote(change.path)}?{version}"
    shape: Json = {"item": item, "changeType": change.kind}
    if change.kind == "rename":
        shape["sourceServerItem"] = change.old_path
    return shape
