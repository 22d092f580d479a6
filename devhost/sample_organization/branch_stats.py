"""Answer for branches compared with a base: how far ahead and behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .commit_shapes import first_line, written_commit
from .exchange import Answer, Json, Request, collection, json_answer
from .model import HEADS
from .refusals import no_branches, no_such_version
from .versions import asked_version

if TYPE_CHECKING:
    from .model import Repository
    from .organization import Organization


def get_stats(organization: Organization, request: Request) -> Answer:
    """GET stats/branches, or one by `name`; an empty repository is an error, not an empty list."""
    repository = organization.repository_of(request)
    branches = organization.git.branches(repository)
    if not branches:
        raise no_branches(repository.name)
    descriptor = "baseVersionDescriptor.version"
    version = asked_version(request.query, descriptor, f"{descriptor}Type")
    base = str(organization.git.resolve(repository, version).id)
    name = request.query.text("name") or request.values.get("name")
    if name is not None:
        head = branches.get(HEADS + name)
        if head is None:
            raise no_such_version("branch", name, repository.name)
        return json_answer(_stats(organization, repository, name, head, base=base))
    return collection(
        [
            _stats(organization, repository, ref.removeprefix(HEADS), head, base=base)
            for ref, head in branches.items()
        ]
    )


def _stats(
    organization: Organization, repository: Repository, name: str, head: str, *, base: str
) -> Json:
    ahead, behind = organization.git.open(repository).ahead_behind(head, base)
    commit = organization.git.commit(repository, head)
    written = written_commit(commit)
    written["comment"], truncated = first_line(str(written["comment"]))
    if truncated:
        written["commentTruncated"] = True
    return {
        "commit": {
            "treeId": str(commit.tree_id),
            **written,
            "url": organization.addresses.commit(repository, head),
        },
        "name": name,
        "aheadCount": ahead,
        "behindCount": behind,
        "isBaseVersion": head == base,
    }
