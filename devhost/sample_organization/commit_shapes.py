"""Commits as the API writes them: one line of the message in lists, all of it singly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import moments
from .shapes import identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pygit2

    from .exchange import Json
    from .model import Push, Repository
    from .organization import Organization


def message_of(commit: pygit2.Commit) -> str:
    """Return the message in full, decoded as the commit says, else as UTF-8; nothing is refused."""
    return _decoded(commit.raw_message, commit.message_encoding)


def _decoded(raw: bytes, encoding: str | None) -> str:
    try:
        return raw.decode(encoding or "utf-8", errors="replace")
    except (LookupError, ValueError):
        return raw.decode(errors="replace")


def first_line(message: str) -> tuple[str, bool]:
    """Return the first line, and whether anything but white space comes after it.

    A line ends where git says, at a line feed: U+2028 and the like belong to the line.
    """
    line, _, rest = message.partition("\n")
    return line.rstrip("\r"), bool(rest.strip())


def signature(who: pygit2.Signature, encoding: str | None = None) -> Json:
    """Return an author or a committer."""
    return {
        "name": _decoded(who.raw_name, encoding),
        "email": _decoded(who.raw_email, encoding),
        "date": moments.written_seconds(who.time),
    }


def short_commits(
    organization: Organization,
    repository: Repository,
    commits: Sequence[pygit2.Commit],
    *,
    push_data: bool = False,
) -> list[Json]:
    """Return commits as lists hold them: `commentTruncated` only where there is more to read."""
    counts = organization.change_counts.of(repository, [str(commit.id) for commit in commits])
    commit_url = organization.addresses.commit(repository, "")
    project = organization.project_holding(repository)
    page = organization.addresses.web(repository, project) + "/commit/"
    shapes = []
    for commit in commits:
        sha = str(commit.id)
        encoding = commit.message_encoding
        comment, truncated = first_line(message_of(commit))
        shape: Json = {
            "commitId": sha,
            "author": signature(commit.author, encoding),
            "committer": signature(commit.committer, encoding),
            "comment": comment,
        }
        if truncated:
            shape["commentTruncated"] = True
        if sha in counts:
            shape["changeCounts"] = counts[sha]
        shape["url"] = commit_url + sha
        shape["remoteUrl"] = page + sha
        if push_data:
            shape |= push_of(organization, repository, sha)
        shapes.append(shape)
    return shapes


def full_commit(organization: Organization, repository: Repository, commit: pygit2.Commit) -> Json:
    """Return a commit as the single GET does: the message as it was written, and the parents."""
    sha = str(commit.id)
    own = organization.addresses.commit(repository, sha)
    project = organization.project_holding(repository)
    page = f"{organization.addresses.web(repository, project)}/commit/{sha}"
    home = organization.addresses.repository(repository)
    return {
        "treeId": str(commit.tree_id),
        **push_of(organization, repository, sha),
        **written_commit(commit),
        "url": own,
        "remoteUrl": page,
        "_links": {
            "self": {"href": own},
            "repository": {"href": home},
            "web": {"href": page},
            "changes": {"href": f"{own}/changes"},
            "tree": {"href": f"{home}/trees/{commit.tree_id}"},
        },
    }


def written_commit(commit: pygit2.Commit) -> Json:
    """Return what is written in a commit: id, people, the whole message, parents."""
    encoding = commit.message_encoding
    return {
        "commitId": str(commit.id),
        "author": signature(commit.author, encoding),
        "committer": signature(commit.committer, encoding),
        "comment": message_of(commit),
        "parents": [str(parent) for parent in commit.parent_ids],
    }


def push_of(organization: Organization, repository: Repository, sha: str) -> Json:
    """Return the push that brought a commit, under its key; nothing if there was none."""
    push = organization.journal.push_of(repository.id, sha)
    return {} if push is None else {"push": push_reference(organization, push)}


def push_reference(organization: Organization, push: Push) -> Json:
    """Return a push as a commit names it."""
    return {
        "pushedBy": identity(organization, push.person),
        "pushId": push.id,
        "date": moments.written(push.at),
    }
