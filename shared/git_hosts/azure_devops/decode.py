"""Turns the JSON of Azure DevOps into our own values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit, urlunsplit

from shared.model import (
    EPOCH,
    Branch,
    Commit,
    CommitId,
    MergeStatus,
    PageAddresses,
    ProjectId,
    PullRequest,
    PullRequestStatus,
    Repository,
    RepositoryId,
    Reviewer,
    Tag,
    Vote,
)

if TYPE_CHECKING:
    from shared.git_hosts.azure_devops import wire

HEADS: Final = "refs/heads/"
TAGS: Final = "refs/tags/"
CUT_DESCRIPTION: Final = 400
"""Lists cut a pull request's description to so many UTF-16 units, and do not say so."""

_VOTES: Final[dict[int, Vote]] = {
    10: "approved",
    5: "approved_with_suggestions",
    0: "none",
    -5: "waiting",
    -10: "rejected",
}
_STATUS: Final[dict[str, PullRequestStatus]] = {
    "active": "open",
    "completed": "merged",
    "abandoned": "declined",
}
_MERGE_STATUS: Final[dict[str, MergeStatus]] = {
    "queued": "queued",
    "conflicts": "conflicts",
    "succeeded": "succeeded",
    "rejectedByPolicy": "rejected",
    "failure": "failed",
}


def read_repository(found: wire.Repository, organization: str) -> Repository:
    """Return a repository; older servers tell no address of its page."""
    url = found.web_url or without_user(found.remote_url)
    return Repository(
        id=RepositoryId(found.id.lower()),
        name=found.name,
        project_id=ProjectId(found.project.id.lower()),
        project=found.project.name,
        organization=organization,
        url=url,
        clone_url=without_user(found.remote_url),
        ssh_url=found.ssh_url,
        default_branch=short(found.default_branch) if found.default_branch else None,
        is_fork=found.is_fork,
        is_disabled=found.is_disabled,
        is_in_maintenance=found.is_in_maintenance,
        # https://github.com/gitkraken/vscode-gitlens src/git/remotes/azure-devops.ts
        pages=PageAddresses(
            commit=f"{url}/commit/{{}}",
            branch=f"{url}?version=GB{{}}",
            pull_request=f"{url}/pullrequest/{{}}",
        ),
    )


def read_branch(found: wire.Ref) -> Branch:
    """Return a branch."""
    return Branch(short(found.name), CommitId(found.object_id.lower()))


def read_tag(found: wire.Ref) -> Tag:
    """Return a tag; a server may not tell what an annotated one leads to."""
    commit = CommitId((found.peeled_object_id or found.object_id).lower())
    return Tag(found.name.removeprefix(TAGS), commit)


def read_commit(found: wire.Commit) -> Commit:
    """Return a commit; one without a date counts as of 1970."""
    parents = found.parents
    return Commit(
        id=CommitId(found.commit_id.lower()),
        message=found.comment or "",
        author=found.author.name or "",
        committed_at=in_utc(found.committer.date or found.author.date),
        is_whole=not found.comment_truncated,
        parents=None if parents is None else tuple(CommitId(p.lower()) for p in parents),
    )


def read_pull_request(
    found: wire.PullRequest, *, observed_at: datetime, is_listed: bool
) -> PullRequest:
    """Return a pull request; *is_listed* says that its description may have been cut."""
    status = _STATUS.get(found.status, "open")
    merged = found.last_merge_commit if status == "merged" else None
    source = found.last_merge_source_commit
    description = found.description or ""
    fork = found.fork_source.repository if found.fork_source else None
    is_cut = is_listed and _units(description) >= CUT_DESCRIPTION
    return PullRequest(
        number=found.pull_request_id,
        repository=RepositoryId(found.repository.id.lower()),
        title=found.title,
        description=description,
        status="draft" if status == "open" and found.is_draft else status,
        source_branch=short(found.source_ref_name),
        target_branch=short(found.target_ref_name),
        author=found.created_by.display_name or "",
        created_at=in_utc(found.creation_date),
        closed_at=None if found.closed_date is None else in_utc(found.closed_date),
        merge_commit=CommitId(merged.commit_id.lower()) if merged and merged.commit_id else None,
        head=CommitId(source.commit_id.lower()) if source and source.commit_id else None,
        merge_status=_MERGE_STATUS.get(found.merge_status, "unknown"),
        fork=fork.name if fork else "",
        reviewers=tuple(
            Reviewer(r.display_name or "", _VOTES.get(r.vote, "none"), r.is_required)
            for r in found.reviewers
        ),
        work_items=None if found.work_item_refs is None else _numbers(found.work_item_refs),
        is_description_whole=not is_cut,
        observed_at=observed_at,
    )


def in_utc(moment: datetime | None) -> datetime:
    """Return *moment* in UTC; some dates come without a zone and are meant so."""
    if moment is None:
        return EPOCH
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # within a day of year 1 or 9999
        return EPOCH


def short(ref: str) -> str:
    """Return a branch's name of its ref."""
    return ref.removeprefix(HEADS)


def segment(name: str) -> str:
    """Return a name as one segment of a path."""
    return quote(name, safe="")


def _units(text: str) -> int:
    """Return how long the service thinks a text is."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _numbers(found: list[wire.WorkItemRef]) -> tuple[int, ...]:
    ids = (str(ref.id) for ref in found)
    return tuple(int(text) for text in ids if text.isascii() and text.isdigit())


def without_user(url: str) -> str:
    """Return a clone address without the user name that the service puts into it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
