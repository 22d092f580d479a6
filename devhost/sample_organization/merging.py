"""Merge commits, for real, in a bare repository, by the four strategies of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import pygit2
from pygit2.enums import SortMode

if TYPE_CHECKING:
    from .model import MergeStrategy


def merge_base(git: pygit2.Repository, one: str, other: str) -> str:
    """Return where two commits parted; an empty string for unrelated histories."""
    base = git.merge_base(one, other)
    return "" if base is None else str(base)


def merge_commit(
    git: pygit2.Repository, target: str, source: str, *, message: str, who: pygit2.Signature
) -> str | None:
    """Make a commit that joins *source* to *target*; None when they conflict."""
    tree = _joined(git, target, source)
    return None if tree is None else _commit(git, tree, [target, source], message=message, who=who)


def complete(
    git: pygit2.Repository,
    target: str,
    source: str,
    *,
    strategy: MergeStrategy,
    message: str,
    who: pygit2.Signature,
) -> str | None:
    """Return the new head of the target branch; None when the branches conflict."""
    match strategy:
        case "noFastForward":
            return merge_commit(git, target, source, message=message, who=who)
        case "squash":
            tree = _joined(git, target, source)
            return None if tree is None else _commit(git, tree, [target], message=message, who=who)
        case "rebase":
            return _rebased(git, target, source, who=who)
        case "rebaseMerge":
            rebased = _rebased(git, target, source, who=who)
            if rebased is None:
                return None
            return merge_commit(git, target, rebased, message=message, who=who)
        case _:
            assert_never(strategy)


def _joined(git: pygit2.Repository, target: str, source: str) -> pygit2.Oid | None:
    """Return the tree of the two commits merged, None when they conflict."""
    index = git.merge_commits(target, source)
    return None if index.conflicts else index.write_tree(git)


def _rebased(
    git: pygit2.Repository, target: str, source: str, *, who: pygit2.Signature
) -> str | None:
    """Copy what *source* has and *target* has not onto *target*, one commit after the other."""
    walker = git.walk(pygit2.Oid(hex=source), SortMode.TOPOLOGICAL | SortMode.REVERSE)
    walker.hide(pygit2.Oid(hex=target))
    head = target
    for commit in walker:
        if len(commit.parent_ids) > 1:
            continue  # As git rebase does: merges are left out, what they brought is copied.
        before = commit.parents[0].tree_id if commit.parent_ids else git.TreeBuilder().write()
        index = git.merge_trees(before, git[head].peel(pygit2.Tree).id, commit.tree_id)
        if index.conflicts:
            return None
        tree = index.write_tree(git)
        new = git.create_commit(None, commit.author, who, commit.message, tree, [head])
        head = str(new)
    return head


def _commit(
    git: pygit2.Repository,
    tree: pygit2.Oid,
    parents: list[str],
    *,
    message: str,
    who: pygit2.Signature,
) -> str:
    return str(git.create_commit(None, who, who, message, tree, list(parents)))
