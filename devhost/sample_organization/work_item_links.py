"""What work items are linked to in git, and how such a link is written.

https://learn.microsoft.com/rest/api/azure/devops/wit/artifact-uri-query
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from .model import HEADS, Relation

if TYPE_CHECKING:
    from .model import PullRequest, Repository, WorkItem
    from .organization import Organization

COMMIT = "Fixed in Commit"
BRANCH = "Branch"
PULL_REQUEST = "Pull Request"


def artifact_of_commit(repository: Repository, sha: str) -> str:
    """Return what a work item names a commit by."""
    return f"vstfs:///Git/Commit/{repository.project_id}%2F{repository.id}%2F{sha}"


def artifact_of_branch(repository: Repository, name: str) -> str:
    """Return what a work item names a branch by."""
    ref = quote(f"GB{name.removeprefix(HEADS)}", safe="")
    return f"vstfs:///Git/Ref/{repository.project_id}%2F{repository.id}%2F{ref}"


def artifact_of_pull_request(repository: Repository, number: int) -> str:
    """Return what a work item names a pull request by."""
    return f"vstfs:///Git/PullRequestId/{repository.project_id}%2F{repository.id}%2F{number}"


def relations_of(organization: Organization, item: WorkItem) -> list[Relation]:
    """Return what a work item is linked to in git, pull requests that name it included."""
    return [
        *item.relations,
        *(
            Relation(_artifact(organization, one), PULL_REQUEST, one.created_at)
            for one in organization.pull_requests.values()
            if item.id in one.work_items
        ),
    ]


def numbers_by_artifact(organization: Organization) -> dict[str, list[int]]:
    """Return the work items of everything in git that any is linked to, by lower-case URI."""
    found: dict[str, list[int]] = {}
    for item in organization.work_items.values():
        for relation in item.relations:
            found.setdefault(relation.url.lower(), []).append(item.id)
    for one in organization.pull_requests.values():
        found.setdefault(_artifact(organization, one).lower(), []).extend(one.work_items)
    items = organization.work_items
    return {
        uri: [n for n in numbers if n not in items or items[n].deleted_at is None]
        for uri, numbers in found.items()
    }


def _artifact(organization: Organization, one: PullRequest) -> str:
    target = organization.repositories[one.repository_id]
    return artifact_of_pull_request(target, one.id)
