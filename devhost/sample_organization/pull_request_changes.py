"""Open, edit, complete and abandon pull requests, and vote on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from . import work_item_changes
from .hooks.pull_request_events import created, merge_attempted, updated
from .hooks.raising import raise_event
from .merging import complete as merge
from .model import HEADS, ZERO, CompletionOptions, Person, PullRequest, Repository, Reviewer
from .pull_request_merges import with_merge
from .ref_changes import move_ref
from .refusals import branches_missing, not_editable, pull_request_exists, stale_pull_request
from .tree_writing import signature_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .organization import Organization


class Draft(msgspec.Struct, frozen=True):
    """What somebody wants to open."""

    repository: Repository
    source_repository: Repository
    source_ref: str
    target_ref: str
    title: str
    description: str = ""
    is_draft: bool = False
    reviewers: tuple[Reviewer, ...] = ()
    work_items: tuple[int, ...] = ()
    completion: CompletionOptions | None = None


def open_pull_request(organization: Organization, draft: Draft, *, by: Person) -> PullRequest:
    """Open a pull request; refused if the branches have an active one, or are not there."""
    with organization.lock:
        source = _branch_head(organization, draft.source_repository, draft.source_ref)
        target = _branch_head(organization, draft.repository, draft.target_ref)
        _refuse_second(organization, draft)
        number = max(organization.pull_requests, default=0) + 1
        opened = with_merge(
            organization,
            PullRequest(
                id=number,
                repository_id=draft.repository.id,
                source_repository_id=draft.source_repository.id,
                source_ref=draft.source_ref,
                target_ref=draft.target_ref,
                title=draft.title,
                description=draft.description,
                created_by=by,
                created_at=organization.clock.now(),
                merge_id=organization.new_id("merge", number),
                source_commit=source,
                target_commit=target,
                base_commit="",
                is_draft=draft.is_draft,
                reviewers=draft.reviewers,
                work_items=draft.work_items,
                completion=draft.completion,
            ),
        )
        organization.pull_requests[number] = opened
        raise_event(organization, created(organization, opened))
        raise_event(organization, merge_attempted(organization, opened))
        for item in draft.work_items:
            # Its link to the pull request changes the work item as well.
            work_item_changes.touch(organization, item, by=by)
        return opened


def edit(organization: Organization, changed: PullRequest, *, by: Person) -> PullRequest:
    """Keep a changed title, description, draft state or target; a closed one is not editable."""
    with organization.lock:
        before = organization.pull_requests[changed.id]
        if before.status == "completed":
            raise not_editable()
        if changed.target_ref != before.target_ref:
            repository = organization.repositories[changed.repository_id]
            _branch_head(organization, repository, changed.target_ref)
            changed = with_merge(organization, changed)
        organization.pull_requests[changed.id] = changed
        published = before.is_draft != changed.is_draft
        if published or organization.behaviour.edits_raise_events:
            event = updated(organization, changed, "StatusUpdateNotification", by=by)
            raise_event(organization, event)
        return changed


def complete(
    organization: Organization,
    pull_request: PullRequest,
    *,
    options: CompletionOptions,
    by: Person,
    expected_source: str | None = None,
) -> PullRequest:
    """Merge for real; branches that conflict leave it active, with `mergeStatus` conflicts."""
    with organization.lock:
        if pull_request.status != "active" or pull_request.is_draft:
            raise not_editable()
        if expected_source is not None and expected_source != pull_request.source_commit:
            raise stale_pull_request()
        now = organization.clock.now()
        tried = msgspec.structs.replace(
            with_merge(organization, pull_request), completion=options, completion_queued_at=now
        )
        repository = organization.repositories[tried.repository_id]
        merged = merge(
            organization.git.open(repository),
            tried.target_commit,
            tried.source_commit,
            strategy=options.strategy,
            message=options.merge_commit_message or merge_message(tried),
            who=signature_of(by, now),
        )
        if merged is None:
            organization.pull_requests[tried.id] = tried
            raise_event(organization, merge_attempted(organization, tried))
            return tried
        done = msgspec.structs.replace(
            tried, status="completed", closed_at=now, closed_by=by, merge_commit=merged
        )
        return _completed(organization, done, by=by)


def merge_message(pull_request: PullRequest) -> str:
    """Return the message that a completion writes unless it is given another."""
    parts = [f"Merged PR {pull_request.id}: {pull_request.title}"]
    if pull_request.description:
        parts.append(pull_request.description)
    if pull_request.work_items:
        numbers = ", ".join(f"#{number}" for number in pull_request.work_items)
        parts.append(f"Related work items: {numbers}")
    return "\n\n".join(parts)


def abandon(organization: Organization, pull_request: PullRequest, *, by: Person) -> PullRequest:
    """Close without merging."""
    if pull_request.status != "active":
        raise not_editable()
    closed = msgspec.structs.replace(
        pull_request, status="abandoned", closed_at=organization.clock.now(), closed_by=by
    )
    return _with_status(organization, closed, by=by)


def reactivate(organization: Organization, pull_request: PullRequest, *, by: Person) -> PullRequest:
    """Open an abandoned one again; its branches must be there still."""
    if pull_request.status != "abandoned":
        raise not_editable()
    with organization.lock:
        source = organization.repositories[pull_request.source_repository_id]
        _branch_head(organization, source, pull_request.source_ref)
        active = with_merge(
            organization,
            msgspec.structs.replace(pull_request, status="active", closed_at=None, closed_by=None),
        )
        return _with_status(organization, active, by=by)


def set_reviewers(
    organization: Organization,
    pull_request: PullRequest,
    reviewers: Sequence[Reviewer],
    *,
    by: Person,
    voted: bool,
) -> PullRequest:
    """Keep other reviewers or votes, and tell of it."""
    with organization.lock:
        changed = msgspec.structs.replace(pull_request, reviewers=tuple(reviewers))
        organization.pull_requests[changed.id] = changed
        if voted:
            event = updated(organization, changed, "ReviewerVoteNotification", by=by)
        else:
            event = updated(organization, changed, "ReviewersUpdateNotification", by=by)
        raise_event(organization, event)
        return changed


def _completed(organization: Organization, done: PullRequest, *, by: Person) -> PullRequest:
    organization.pull_requests[done.id] = done
    repository = organization.repositories[done.repository_id]
    move_ref(organization, repository, done.target_ref, to=done.merge_commit or ZERO, by=by)
    raise_event(organization, updated(organization, done, "StatusUpdateNotification", by=by))
    raise_event(organization, merge_attempted(organization, done))
    if done.completion is not None and done.completion.delete_source_branch:
        source = organization.repositories[done.source_repository_id]
        move_ref(organization, source, done.source_ref, to=ZERO, by=by)
    return done


def _with_status(organization: Organization, changed: PullRequest, *, by: Person) -> PullRequest:
    with organization.lock:
        organization.pull_requests[changed.id] = changed
        event = updated(organization, changed, "StatusUpdateNotification", by=by)
        raise_event(organization, event)
        return changed


def _branch_head(organization: Organization, repository: Repository, ref: str) -> str:
    head = organization.git.head(repository, ref) if ref.startswith(HEADS) else None
    if head is None:
        raise branches_missing()
    return head


def _refuse_second(organization: Organization, draft: Draft) -> None:
    for other in organization.pull_requests.values():
        if other.status == "active" and (
            other.repository_id == draft.repository.id
            and other.source_repository_id == draft.source_repository.id
            and other.source_ref == draft.source_ref
            and other.target_ref == draft.target_ref
        ):
            raise pull_request_exists()
