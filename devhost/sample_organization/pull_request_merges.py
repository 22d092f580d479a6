"""Try the merge of active pull requests, as the service does whenever a branch moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .hooks.pull_request_events import merge_attempted, updated
from .hooks.raising import raise_event
from .merging import merge_base, merge_commit
from .model import HEADS, ZERO, Person, PullRequest, Push, Repository
from .tree_writing import signature_of

if TYPE_CHECKING:
    from .organization import Organization


def with_merge(organization: Organization, pull_request: PullRequest) -> PullRequest:
    """Return the pull request with its merge tried on the branches' present heads.

    The merge that it would be lies at `refs/pull/{id}/merge`. A branch that is gone leaves the
    pull request as it was.
    """
    target_repository = organization.repositories[pull_request.repository_id]
    source_repository = organization.repositories[pull_request.source_repository_id]
    target = organization.git.head(target_repository, pull_request.target_ref)
    source = organization.git.head(source_repository, pull_request.source_ref)
    if target is None or source is None:
        return pull_request
    git = organization.git.open(target_repository)
    if source_repository.id != target_repository.id:
        _fetch(organization, source_repository, target_repository, pull_request)
    source_name = pull_request.source_ref.removeprefix(HEADS)
    target_name = pull_request.target_ref.removeprefix(HEADS)
    merged = merge_commit(
        git,
        target,
        source,
        message=f"Merge pull request {pull_request.id} from {source_name} into {target_name}",
        who=signature_of(pull_request.created_by, organization.clock.now()),
    )
    if merged is not None:
        git.references.create(f"refs/pull/{pull_request.id}/merge", merged, force=True)
    return msgspec.structs.replace(
        pull_request,
        source_commit=source,
        target_commit=target,
        base_commit=merge_base(git, target, source),
        merge_status="conflicts" if merged is None else "succeeded",
        merge_commit=merged,
    )


def follow(organization: Organization, repository: Repository, push: Push) -> None:
    """Bring the active pull requests of the pushed branches up to date, and tell of them."""
    moved = {update.name for update in push.updates if update.new != ZERO}
    for pull_request in tuple(organization.pull_requests.values()):
        if pull_request.status != "active":
            continue
        from_here = pull_request.source_repository_id == repository.id
        into_here = pull_request.repository_id == repository.id
        source_moved = from_here and pull_request.source_ref in moved
        if not source_moved and not (into_here and pull_request.target_ref in moved):
            continue
        after = with_merge(organization, pull_request)
        organization.pull_requests[after.id] = after
        if source_moved:
            _tell_of_push(organization, after, by=push.person)


def _tell_of_push(organization: Organization, pull_request: PullRequest, *, by: Person) -> None:
    event = updated(organization, pull_request, "PushNotification", by=by)
    raise_event(organization, event)
    raise_event(organization, merge_attempted(organization, pull_request))


def _fetch(
    organization: Organization,
    fork: Repository,
    target: Repository,
    pull_request: PullRequest,
) -> None:
    """Bring a fork's branch into the target's objects, as the service's shared store has it."""
    git = organization.git.open(target)
    remote = git.remotes.create_anonymous(str(fork.folder))
    remote.fetch([f"+{pull_request.source_ref}:refs/internal/pull/{pull_request.id}"])
