"""The events of pull requests: created, updated, and a merge that was tried."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Literal

from devhost.sample_organization.model import HEADS
from devhost.sample_organization.pull_request_shapes import in_events

from .events import Event, Words

if TYPE_CHECKING:
    from devhost.sample_organization.model import Person, PullRequest
    from devhost.sample_organization.organization import Organization

NotificationType = Literal[
    "PushNotification",
    "ReviewersUpdateNotification",
    "StatusUpdateNotification",
    "ReviewerVoteNotification",
]

_DONE = {
    "PushNotification": "pushed to the source branch of",
    "ReviewersUpdateNotification": "changed the reviewers of",
    "StatusUpdateNotification": "changed the status of",
    "ReviewerVoteNotification": "voted on",
}
_MERGE_RESULTS = {"succeeded": "Succeeded", "conflicts": "Conflicts", "queued": "Unsuccessful"}


def created(organization: Organization, pull_request: PullRequest) -> Event:
    """Return `git.pullrequest.created`."""
    words = _words(pull_request, pull_request.created_by, "created")
    return _event(organization, pull_request, "created", words)


def updated(
    organization: Organization,
    pull_request: PullRequest,
    notification_type: NotificationType,
    *,
    by: Person,
) -> Event:
    """Return `git.pullrequest.updated`."""
    words = _words(pull_request, by, _DONE[notification_type])
    facts = {"notificationType": frozenset({notification_type.lower()})}
    return _event(organization, pull_request, "updated", words, facts)


def merge_attempted(organization: Organization, pull_request: PullRequest) -> Event:
    """Return `git.pullrequest.merged`, which only says that a merge was tried."""
    result = _MERGE_RESULTS[pull_request.merge_status]
    words = _words(pull_request, pull_request.created_by, f"has a merge that {result.lower()}:")
    facts = {"mergeResult": frozenset({result.lower()})}
    return _event(organization, pull_request, "merged", words, facts)


def _event(
    organization: Organization,
    pull_request: PullRequest,
    what: str,
    words: Words,
    facts: dict[str, frozenset[str]] | None = None,
) -> Event:
    repository = organization.repositories[pull_request.repository_id]
    author = pull_request.created_by
    reviewers = {reviewer.person.id for reviewer in pull_request.reviewers}
    return Event(
        id=organization.new_event_id(),
        type=f"git.pullrequest.{what}",
        at=organization.clock.now(),
        project_id=repository.project_id,
        resource=in_events(organization, pull_request),
        message=words,
        detailed_message=words,
        facts={
            "repository": frozenset({repository.id}),
            "branch": frozenset({pull_request.target_ref.removeprefix(HEADS).lower()}),
            "pullrequestCreatedBy": frozenset({author.id, author.name.lower()}),
            "pullrequestReviewersContains": frozenset(reviewers),
            **(facts or {}),
        },
        minimal=("url", "pullRequestId"),
    )


def _words(pull_request: PullRequest, who: Person, did: str) -> Words:
    text = f"{who.name} {did} pull request {pull_request.id}: {pull_request.title}"
    return Words(text, escape(text), text)
