"""Pull requests as the API writes them: a description cut at 400 characters in lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from . import moments
from .commit_shapes import first_line, written_commit
from .shapes import identity, repository, repository_in_pull_requests

if TYPE_CHECKING:
    from .exchange import Json
    from .model import PullRequest, Repository, Reviewer
    from .organization import Organization

DESCRIPTION_IN_LISTS = 400
"""Characters of a description that lists hold."""


def listed(organization: Organization, pull_request: PullRequest) -> Json:
    """Return a pull request as lists hold it."""
    target = organization.repositories[pull_request.repository_id]
    description = pull_request.description[:DESCRIPTION_IN_LISTS]
    return {
        "repository": repository_in_pull_requests(organization, target),
        **_body(organization, pull_request, description=description, merge_details=False),
    }


def single(organization: Organization, pull_request: PullRequest) -> Json:
    """Return a pull request as the GET by id does, with all of its description."""
    target = organization.repositories[pull_request.repository_id]
    project = target.project_id
    artifact = f"{project}%2f{target.id}%2f{pull_request.id}"
    return {
        "repository": repository(organization, target),
        **_body(organization, pull_request, description=pull_request.description),
        "_links": _links(organization, pull_request),
        "artifactId": f"vstfs:///Git/PullRequestId/{artifact}",
    }


def in_events(organization: Organization, pull_request: PullRequest) -> Json:
    """Return a pull request as recorded deliveries carry it."""
    shape = single(organization, pull_request)
    target = organization.repositories[pull_request.repository_id]
    page = organization.addresses.web(target, organization.project_holding(target))
    own = organization.addresses.pull_request(target, pull_request.id)
    shape["_links"] = {
        "web": {"href": f"{page}/pullrequest/{pull_request.id}"},
        "statuses": {"href": f"{own}/statuses"},
    }
    return shape


def reviewer(organization: Organization, pull_request: PullRequest, one: Reviewer) -> Json:
    """Return a reviewer with the vote."""
    target = organization.repositories[pull_request.repository_id]
    own = organization.addresses.pull_request(target, pull_request.id)
    shape: Json = {
        "reviewerUrl": f"{own}/reviewers/{one.person.id}",
        "vote": one.vote,
        "hasDeclined": False,
        "isRequired": one.is_required,
        "isFlagged": False,
        **identity(organization, one.person),
    }
    if not organization.behaviour.has("6.0"):
        del shape["hasDeclined"], shape["isFlagged"]
    return shape


def work_item_references(organization: Organization, pull_request: PullRequest) -> list[Json]:
    """Return the work items that a pull request is linked to."""
    return [
        {"id": str(number), "url": organization.addresses.work_item(number)}
        for number in pull_request.work_items
    ]


def _body(
    organization: Organization,
    pull_request: PullRequest,
    *,
    description: str,
    merge_details: bool = True,
) -> Json:
    target = organization.repositories[pull_request.repository_id]
    shape: Json = {
        "pullRequestId": pull_request.id,
        "codeReviewId": pull_request.id,
        "status": pull_request.status,
        "createdBy": identity(organization, pull_request.created_by),
        "creationDate": moments.written(pull_request.created_at),
    }
    if pull_request.closed_at is not None:
        shape["closedDate"] = moments.written(pull_request.closed_at)
    shape["title"] = pull_request.title
    if description:
        shape["description"] = description
    shape |= {
        "sourceRefName": pull_request.source_ref,
        "targetRefName": pull_request.target_ref,
        "mergeStatus": pull_request.merge_status,
        "isDraft": pull_request.is_draft,
        "mergeId": pull_request.merge_id,
        **_merge(organization, pull_request, details=merge_details),
        "reviewers": [reviewer(organization, pull_request, r) for r in pull_request.reviewers],
        "url": organization.addresses.pull_request(target, pull_request.id),
        "supportsIterations": True,
    }
    if not organization.behaviour.has("5.0"):
        del shape["isDraft"]
    return shape | _ending(organization, pull_request) | _fork(organization, pull_request)


def _merge(organization: Organization, pull_request: PullRequest, *, details: bool) -> Json:
    target = organization.repositories[pull_request.repository_id]
    source = organization.repositories[pull_request.source_repository_id]
    shape: Json = {
        "lastMergeSourceCommit": _commit(organization, source, pull_request.source_commit),
        "lastMergeTargetCommit": _commit(organization, target, pull_request.target_commit),
    }
    if pull_request.merge_commit is not None:
        merged = _commit(organization, target, pull_request.merge_commit)
        if details:
            merged = _merge_commit(organization, target, pull_request.merge_commit) | merged
        shape["lastMergeCommit"] = merged
    return shape


def _merge_commit(organization: Organization, target: Repository, sha: str) -> Json:
    """Return what a merge commit says; its message is cut like those in lists."""
    written = written_commit(organization.git.commit(target, sha))
    del written["parents"]
    written["comment"], truncated = first_line(str(written["comment"]))
    return written | ({"commentTruncated": True} if truncated else {})


def _ending(organization: Organization, pull_request: PullRequest) -> Json:
    shape: Json = {}
    if pull_request.completion is not None:
        options = msgspec.to_builtins(pull_request.completion)
        if not organization.behaviour.has("6.0"):
            options["mergeStrategy"] = None
        shape["completionOptions"] = {k: v for k, v in options.items() if v is not None}
    if pull_request.completion_queued_at is not None:
        shape["completionQueueTime"] = moments.written(pull_request.completion_queued_at)
    if pull_request.closed_by is not None:
        shape["closedBy"] = identity(organization, pull_request.closed_by)
    return shape


def _fork(organization: Organization, pull_request: PullRequest) -> Json:
    if pull_request.source_repository_id == pull_request.repository_id:
        return {}
    fork = organization.repositories[pull_request.source_repository_id]
    return {
        "forkSource": {
            "repository": repository(organization, fork),
            "name": pull_request.source_ref,
            "url": organization.addresses.ref(fork, pull_request.source_ref),
        }
    }


def _commit(organization: Organization, one: Repository, sha: str) -> Json:
    return {"commitId": sha, "url": organization.addresses.commit(one, sha)}


def _links(organization: Organization, pull_request: PullRequest) -> Json:
    target = organization.repositories[pull_request.repository_id]
    source = organization.repositories[pull_request.source_repository_id]
    addresses = organization.addresses
    own = addresses.pull_request(target, pull_request.id)
    hrefs = {
        "self": own,
        "repository": addresses.repository(target),
        "workItems": f"{own}/workitems",
        "sourceBranch": addresses.ref(source, pull_request.source_ref),
        "targetBranch": addresses.ref(target, pull_request.target_ref),
        "sourceCommit": addresses.commit(source, pull_request.source_commit),
        "targetCommit": addresses.commit(target, pull_request.target_commit),
        "createdBy": addresses.person(pull_request.created_by),
        "iterations": f"{own}/iterations",
    }
    return {name: {"href": href} for name, href in hrefs.items()}
