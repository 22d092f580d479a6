"""What people do with work items, for tests and the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from . import work_item_changes
from .model import Relation, WorkItem
from .pull_request_actions import PullRequestActions
from .work_item_links import (
    BRANCH,
    COMMIT,
    artifact_of_branch,
    artifact_of_commit,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Person

OWNER = "Product owner"


class WorkItemActions(PullRequestActions):
    """The people of one organization, at work on work items too."""

    def add_work_item(
        self,
        project: str,
        number: int,
        title: str,
        *,
        kind: str = "User Story",
        state: str = "New",
        parent: int | None = None,
        iteration: str = "Sprint 1",
    ) -> WorkItem:
        """Make a work item; its *iteration* lies in its project."""
        organization = self.organization
        holder = organization.project(project)
        owner = self.person(OWNER)
        item = WorkItem(
            id=number,
            project_id=holder.id,
            kind=kind,
            title=title,
            state=state,
            created_by=owner,
            changed_at=organization.clock.now(),
            iteration=f"{holder.name}\\{iteration}",
            parent=parent,
        )
        return work_item_changes.create(organization, item, by=owner)

    def work_item(self, number: int) -> WorkItem:
        """Return a work item as it is now, a deleted one too."""
        return self.organization.work_items[number]

    def edit_work_item(
        self, number: int, *, title: str = "", state: str = "", iteration: str = ""
    ) -> None:
        """Change some fields; an empty one stays as it is."""
        known = self.work_item(number)
        holder = self.organization.projects[known.project_id]
        changed = msgspec.structs.replace(
            known,
            title=title or known.title,
            state=state or known.state,
            iteration=f"{holder.name}\\{iteration}" if iteration else known.iteration,
        )
        work_item_changes.change(self.organization, changed, by=self._owner)

    def attach_work_item(
        self,
        number: int,
        repository: str = "",
        *,
        commit: str = "",
        branch: str = "",
        pull_request: int = 0,
    ) -> None:
        """Link a work item to a commit or a branch of a repository, or to a pull request."""
        if pull_request:
            self._change_pull_request(pull_request, number, lambda items: (*items, number))
            return
        relation = self._relation(repository, commit=commit, branch=branch)
        item = self.work_item(number)
        work_item_changes.link(self.organization, item, relation, by=self._owner)

    def detach_work_item(
        self,
        number: int,
        repository: str = "",
        *,
        commit: str = "",
        branch: str = "",
        pull_request: int = 0,
    ) -> None:
        """Take such a link away."""
        if pull_request:
            self._change_pull_request(
                pull_request, number, lambda items: tuple(n for n in items if n != number)
            )
            return
        url = self._relation(repository, commit=commit, branch=branch).url
        work_item_changes.unlink(self.organization, self.work_item(number), url, by=self._owner)

    def delete_work_item(self, number: int) -> None:
        """Put a work item into the recycle bin."""
        work_item_changes.delete(self.organization, self.work_item(number), by=self._owner)

    def restore_work_item(self, number: int) -> None:
        """Take a work item out of the recycle bin."""
        work_item_changes.restore(self.organization, self.work_item(number), by=self._owner)

    @property
    def _owner(self) -> Person:
        return self.person(OWNER)

    def _relation(self, repository: str, *, commit: str, branch: str) -> Relation:
        one = self.repository(repository)
        now = self.organization.clock.now()
        if commit:
            return Relation(artifact_of_commit(one, commit), COMMIT, now)
        return Relation(artifact_of_branch(one, branch), BRANCH, now)

    def _change_pull_request(
        self, pull_request: int, number: int, changed: Callable[[tuple[int, ...]], tuple[int, ...]]
    ) -> None:
        known = self.pull_request(pull_request)
        self.organization.pull_requests[pull_request] = msgspec.structs.replace(
            known, work_items=changed(known.work_items)
        )
        work_item_changes.touch(self.organization, number, by=self._owner)
