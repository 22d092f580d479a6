"""Find pull requests by the search criteria of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .refusals import bad_argument

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exchange import Query, Request
    from .model import PullRequest
    from .organization import Organization

_STATUSES = {"active", "abandoned", "completed", "all", "notset"}


def found_by(organization: Organization, request: Request) -> list[PullRequest]:
    """Return the pull requests that meet the criteria, newest first; active ones by default."""
    query = request.query
    candidates = _in_scope(organization, request)
    status = (query.text("searchCriteria.status") or "active").lower()
    if status not in _STATUSES:
        raise bad_argument(f"{status} is not a pull request status.")
    if status == "notset":
        status = "active"
    candidates = [one for one in candidates if status in {"all", one.status}]
    exact: dict[str, Callable[[PullRequest], str]] = {
        "sourceRefName": lambda one: one.source_ref,
        "targetRefName": lambda one: one.target_ref,
        "creatorId": lambda one: one.created_by.id,
        "repositoryId": lambda one: one.repository_id,
        "sourceRepositoryId": lambda one: one.source_repository_id,
    }
    for name, value_of in exact.items():
        wanted = query.text(f"searchCriteria.{name}")
        if wanted is not None:
            folded = wanted if name.endswith("RefName") else wanted.lower()
            candidates = [one for one in candidates if value_of(one) == folded]
    reviewer = query.text("searchCriteria.reviewerId")
    if reviewer is not None:
        candidates = [
            one for one in candidates if any(r.person.id == reviewer.lower() for r in one.reviewers)
        ]
    if organization.behaviour.has("7.1"):
        candidates = _in_time(candidates, query)
    return sorted(candidates, key=lambda one: one.id, reverse=True)


def _in_scope(organization: Organization, request: Request) -> list[PullRequest]:
    everything = organization.pull_requests.values()
    if "repositoryId" in request.values:
        repository = organization.repository_of(request)
        return [one for one in everything if one.repository_id == repository.id]
    seen = organization.visible_repositories(organization.project_of(request))
    ids = {repository.id for repository in seen if not repository.is_disabled}
    return [one for one in everything if one.repository_id in ids]


def _in_time(candidates: list[PullRequest], query: Query) -> list[PullRequest]:
    earliest = query.moment("searchCriteria.minTime")
    latest = query.moment("searchCriteria.maxTime")
    if earliest is None and latest is None:
        return candidates
    by = (query.text("searchCriteria.queryTimeRangeType") or "created").lower()
    found = []
    for one in candidates:
        moment = one.closed_at if by == "closed" else one.created_at
        if moment is None or (earliest is not None and moment < earliest):
            continue
        if latest is None or moment <= latest:
            found.append(one)
    return found
