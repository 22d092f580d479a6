"""What people do with branches and tags, for tests and the demo: commit, push, delete.

Every push takes the way of a real one: it is journalled, and subscribers hear of it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .model import HEADS, TAGS, ZERO, RefUpdate
from .ref_changes import move_ref, move_refs
from .repository_actions import DEVELOPER, RepositoryActions
from .tree_writing import FileChange, signature_of, write_commit, write_tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class BranchActions(RepositoryActions):
    """The people of one organization, at work on branches."""

    def commit(
        self,
        repository: str,
        parents: Sequence[str],
        message: str,
        *,
        files: Mapping[str, bytes] | None = None,
        by: str = DEVELOPER,
        at: datetime | None = None,
    ) -> str:
        """Write a commit that no ref reaches yet; without *files* it changes one of its own."""
        one = self.repository(repository)
        moment = at or self.organization.clock.now()
        who = signature_of(self.person(by), moment)
        if files is None:
            # A file of its own, so that only those pull requests conflict that are meant to.
            name = hashlib.sha1(message.encode(), usedforsecurity=False).hexdigest()[:10]
            files = {f"notes/{name}.txt": f"{message}\n".encode()}
        changes = [FileChange(path, content) for path, content in files.items()]
        git = self.organization.git.open(one)
        return write_commit(git, parents, changes, message=message, author=who)

    def push(
        self,
        repository: str,
        branch: str,
        message: str,
        *more_messages: str,
        files: Mapping[str, bytes] | None = None,
        by: str = DEVELOPER,
        at: datetime | None = None,
    ) -> str:
        """Push a commit for each message onto a branch, made from the default one if it is new.

        Return the id of the last.
        """
        one = self.repository(repository)
        with self.organization.lock:
            ref = HEADS + branch
            start = self.organization.git.head(one, ref)
            if start is None and one.default_branch is not None:
                start = self.organization.git.head(one, one.default_branch)
            head = start
            for text in (message, *more_messages):
                parents = [] if head is None else [head]
                head = self.commit(one.id, parents, text, files=files, by=by, at=at)
            assert head is not None
            move_ref(self.organization, one, ref, to=head, by=self.person(by))
            return head

    def force_push(
        self, repository: str, branch: str, message: str, *, back: int = 1, by: str = DEVELOPER
    ) -> str:
        """Replace the last *back* commits of a branch by one, and return its id."""
        one = self.repository(repository)
        with self.organization.lock:
            head = self.head(repository, branch)
            for _ in range(back):
                head = str(self.organization.git.commit(one, head).parent_ids[0])
            made = self.commit(one.id, [head], message, by=by)
            move_ref(self.organization, one, HEADS + branch, to=made, by=self.person(by))
            return made

    def merge_branch(
        self, repository: str, branch: str, *, into: str, message: str, by: str = DEVELOPER
    ) -> str:
        """Merge a branch as somebody does on their own machine, and return the merge commit."""
        one = self.repository(repository)
        parents = [self.head(repository, into), self.head(repository, branch)]
        files = {f"merged/{branch}.txt": message.encode()}
        made = self.commit(one.id, parents, message, files=files, by=by)
        move_ref(self.organization, one, HEADS + into, to=made, by=self.person(by))
        return made

    def head(self, repository: str, branch: str) -> str:
        """Return a branch's head; LookupError if there is no such branch."""
        found = self.organization.git.head(self.repository(repository), HEADS + branch)
        if found is None:
            raise LookupError(f"{repository} has no branch {branch!r}")
        return found

    def create_branch(
        self, repository: str, branch: str, *, at: str = "", by: str = DEVELOPER
    ) -> str:
        """Make a branch at a commit, by default the default branch's head; return the commit."""
        one = self.repository(repository)
        start = at or self.head(repository, str(one.default_branch).removeprefix(HEADS))
        move_ref(self.organization, one, HEADS + branch, to=start, by=self.person(by))
        return start

    def delete_branch(self, repository: str, branch: str, *, by: str = DEVELOPER) -> None:
        """Delete a branch that is there."""
        self.head(repository, branch)
        one = self.repository(repository)
        move_ref(self.organization, one, HEADS + branch, to=ZERO, by=self.person(by))

    def move_branches(
        self, repository: str, heads: Mapping[str, str], *, by: str = DEVELOPER
    ) -> None:
        """Point several branches at commits in one push; `ZERO` deletes one."""
        one = self.repository(repository)
        refs = self.organization.git.refs(one)
        moved = [RefUpdate(HEADS + b, refs.get(HEADS + b, ZERO), sha) for b, sha in heads.items()]
        move_refs(self.organization, one, moved, by=self.person(by))

    def tag(
        self, repository: str, name: str, *, at: str, message: str = "", by: str = DEVELOPER
    ) -> str:
        """Tag a commit, with an annotated tag if there is a *message*; return the object's id."""
        one = self.repository(repository)
        target = at
        if message:
            git = self.organization.git.open(one)
            who = signature_of(self.person(by), self.organization.clock.now())
            target = write_tag(git, name, at, message=message, who=who)
        move_ref(self.organization, one, TAGS + name, to=target, by=self.person(by))
        return target
