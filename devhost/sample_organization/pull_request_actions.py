"""What people do with pull requests, for tests and the demo: open, vote, complete, abandon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from . import pull_request_changes
from .branch_actions import BranchActions
from .model import HEADS, CompletionOptions, Reviewer
from .pull_request_changes import Draft
from .repository_actions import DEVELOPER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import MergeStrategy, PullRequest


class PullRequestActions(BranchActions):
    """The people of one organization, at work on pull requests too."""

    def open_pull_request(  # noqa: PLR0913 — a pull request has as many parts
        self,
        repository: str,
        source_branch: str,
        title: str,
        *,
        target_branch: str = "main",
        description: str = "",
        draft: bool = False,
        reviewers: Sequence[str] = (),
        work_items: Sequence[int] = (),
        from_fork: str = "",
        by: str = DEVELOPER,
    ) -> int:
        """Open a pull request and return its number."""
        one = self.repository(repository)
        source = self.repository(from_fork) if from_fork else one
        wanted = Draft(
            repository=one,
            source_repository=source,
            source_ref=HEADS + source_branch,
            target_ref=HEADS + target_branch,
            title=title,
            description=description,
            is_draft=draft,
            reviewers=tuple(Reviewer(self.person(name)) for name in reviewers),
            work_items=tuple(work_items),
        )
        opened = pull_request_changes.open_pull_request(
            self.organization, wanted, by=self.person(by)
        )
        return opened.id

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request as it is now."""
        return self.organization.pull_requests[number]

    def complete(
        self,
        number: int,
        *,
        strategy: MergeStrategy = "noFastForward",
        delete_source_branch: bool = False,
        by: str = DEVELOPER,
    ) -> PullRequest:
        """Complete a pull request; one whose branches conflict stays active."""
        options = CompletionOptions(
            merge_strategy=strategy, delete_source_branch=delete_source_branch
        )
        return pull_request_changes.complete(
            self.organization, self.pull_request(number), options=options, by=self.person(by)
        )

    def abandon(self, number: int, *, by: str = DEVELOPER) -> PullRequest:
        """Abandon a pull request."""
        one = self.pull_request(number)
        return pull_request_changes.abandon(self.organization, one, by=self.person(by))

    def reactivate(self, number: int, *, by: str = DEVELOPER) -> PullRequest:
        """Open an abandoned pull request again."""
        one = self.pull_request(number)
        return pull_request_changes.reactivate(self.organization, one, by=self.person(by))

    def retitle(
        self, number: int, title: str, *, description: str | None = None, by: str = DEVELOPER
    ) -> PullRequest:
        """Change a pull request's title, and its description if it is given."""
        one = self.pull_request(number)
        text = one.description if description is None else description
        changed = msgspec.structs.replace(one, title=title, description=text)
        return pull_request_changes.edit(self.organization, changed, by=self.person(by))

    def publish(self, number: int, *, by: str = DEVELOPER) -> PullRequest:
        """Make a draft a pull request that may be completed."""
        changed = msgspec.structs.replace(self.pull_request(number), is_draft=False)
        return pull_request_changes.edit(self.organization, changed, by=self.person(by))

    def vote(self, number: int, vote: int, *, by: str, required: bool = False) -> PullRequest:
        """Vote on a pull request, as a reviewer of it from now on: 10, 5, 0, -5 or -10."""
        one = self.pull_request(number)
        who = self.person(by)
        others = [r for r in one.reviewers if r.person.id != who.id]
        kept = [*others, Reviewer(who, vote, required)]
        return pull_request_changes.set_reviewers(self.organization, one, kept, by=who, voted=True)
