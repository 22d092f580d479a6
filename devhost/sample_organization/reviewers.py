"""Answer for the reviewers of a pull request, and their votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .exchange import Answer, Request, collection, json_answer
from .model import Reviewer
from .pull_request_changes import set_reviewers
from .pull_request_shapes import reviewer as reviewer_shape
from .refusals import RefusedError, bad_argument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Person, PullRequest
    from .organization import Organization

_VOTES = frozenset({10, 5, 0, -5, -10})


class NewReviewer(msgspec.Struct, rename="camel"):
    """A reviewer as callers write one."""

    id: str = ""
    vote: int = 0
    is_required: bool | None = None


def as_reviewers(organization: Organization, wanted: Sequence[NewReviewer]) -> tuple[Reviewer, ...]:
    """Return reviewers who have not voted; one that nobody knows is refused."""
    return tuple(
        Reviewer(_person(organization, one.id), 0, bool(one.is_required)) for one in wanted
    )


def list_reviewers(organization: Organization, request: Request) -> Answer:
    """GET reviewers."""
    one = organization.pull_request_of(request)
    return collection([reviewer_shape(organization, one, r) for r in one.reviewers])


def get_reviewer(organization: Organization, request: Request) -> Answer:
    """GET reviewers/{reviewerId}."""
    one = organization.pull_request_of(request)
    wanted = request.values["reviewerId"].lower()
    for reviewer in one.reviewers:
        if reviewer.person.id == wanted:
            return json_answer(reviewer_shape(organization, one, reviewer))
    raise _not_a_reviewer(wanted)


def post_reviewers(organization: Organization, request: Request) -> Answer:
    """POST reviewers: add several at once."""
    one = organization.pull_request_of(request)
    added = as_reviewers(organization, request.read(list[NewReviewer]))
    kept = _without(one, {reviewer.person.id for reviewer in added})
    changed = set_reviewers(organization, one, [*kept, *added], by=request.person, voted=False)
    return collection([reviewer_shape(organization, changed, r) for r in added])


def put_reviewer(organization: Organization, request: Request) -> Answer:
    """PUT reviewers/{reviewerId}: add one, or vote; only one's own vote is taken."""
    one = organization.pull_request_of(request)
    wanted = request.read(NewReviewer)
    person = _person(organization, request.values["reviewerId"])
    before = next((r for r in one.reviewers if r.person.id == person.id), Reviewer(person))
    if wanted.vote not in _VOTES:
        raise bad_argument(f"{wanted.vote} is not a vote.")
    if wanted.vote and person.id != request.person.id:
        raise bad_argument("The vote of another person must be 0.")
    required = before.is_required if wanted.is_required is None else wanted.is_required
    after = Reviewer(person, wanted.vote, required)
    voted = after.vote != before.vote
    kept = _without(one, {person.id})
    changed = set_reviewers(organization, one, [*kept, after], by=request.person, voted=voted)
    return json_answer(reviewer_shape(organization, changed, after))


def delete_reviewer(organization: Organization, request: Request) -> Answer:
    """DELETE reviewers/{reviewerId}."""
    one = organization.pull_request_of(request)
    wanted = request.values["reviewerId"].lower()
    kept = _without(one, {wanted})
    if len(kept) == len(one.reviewers):
        raise _not_a_reviewer(wanted)
    set_reviewers(organization, one, kept, by=request.person, voted=False)
    return Answer(200)


def _person(organization: Organization, identifier: str) -> Person:
    found = organization.people.get(identifier.lower())
    if found is None:
        raise bad_argument(f"TF401185: No identity of the id {identifier!r} was found.")
    return found


def _without(pull_request: PullRequest, people: set[str]) -> list[Reviewer]:
    return [reviewer for reviewer in pull_request.reviewers if reviewer.person.id not in people]


def _not_a_reviewer(identifier: str) -> RefusedError:
    message = f"TF401186: {identifier} is not a reviewer of the pull request."
    return RefusedError(404, "GitPullRequestReviewerNotFoundException", message)
