"""Lists the pull requests of a project: those that are open, and those closed since some moment.

Servers before api-version 7.1 cannot be asked when something was closed. They are asked for the
newest, and one by one for those that were open before and are not any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.errors import MissingError
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.decode import in_utc, read_commit, read_pull_request
from shared.git_hosts.azure_devops.versions import read_version
from shared.interfaces.answers import PullRequestPage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from shared.git_hosts.azure_devops.client import Client
    from shared.model import Commit, ProjectId, RepositoryId

_A_PAGE: Final = 1000
_TELLS_WHEN_CLOSED: Final = (7, 1)
_ANY_STATUS: Final = {"searchCriteria.status": "all"}


def open_pull_requests(client: Client, project: ProjectId) -> Iterator[PullRequestPage]:
    """See GitHost.open_pull_requests."""
    return _pages(client, project, {"searchCriteria.status": "active"})


def closed_pull_requests(
    client: Client, project: ProjectId, *, since: datetime, gone: Collection[int] | None
) -> Iterator[PullRequestPage]:
    """See GitHost.closed_pull_requests."""
    if _tells_when_closed(client):
        by_time = {
            **_ANY_STATUS,
            "searchCriteria.queryTimeRangeType": "closed",
            "searchCriteria.minTime": f"{in_utc(since):%Y-%m-%dT%H:%M:%SZ}",
        }
        for page in _pages(client, project, by_time):
            # The very first call may have been the one to find out what the server serves, and
            # an older one has taken no notice of the time.
            if not _tells_when_closed(client):
                break
            yield page
        else:
            return
    yield from _closed_by_number(client, project, since=since, gone=gone)


def pull_request_commits(client: Client, repository: RepositoryId, number: int) -> list[Commit]:
    """See GitHost.pull_request_commits."""
    found: list[wire.Commit] = []
    params = {"$top": str(_A_PAGE)}
    while True:
        page = client.page(
            f"/_apis/git/repositories/{repository}/pullRequests/{number}/commits",
            wire.Commit,
            what=f"commit of pull request {number}",
            params=params,
        )
        found += page.value
        if page.continuation is None:
            return [read_commit(commit) for commit in found]
        params = {**params, "$top": str(page.most), "continuationToken": page.continuation}


def _closed_by_number(
    client: Client, project: ProjectId, *, since: datetime, gone: Collection[int] | None
) -> Iterator[PullRequestPage]:
    """Yield what was closed, from a list that is in order of creation, newest first.

    Whatever was closed since was either made since, or is among *gone*.
    """
    seen: set[int] = set()
    for page in _pages(client, project, _ANY_STATUS):
        closed = [p for p in page.pull_requests if p.closed_at and p.closed_at >= since]
        seen.update(p.number for p in closed)
        yield PullRequestPage(tuple(closed), page.observed_at)
        if gone is not None and any(p.created_at < since for p in page.pull_requests):
            break
    for number in sorted(set(gone or ()) - seen):
        try:
            found = client.get(
                f"/_apis/git/pullrequests/{number}", wire.PullRequest, what=f"pull request {number}"
            )
        except MissingError:
            continue  # its repository is gone
        read = read_pull_request(found.value, observed_at=found.at, is_listed=False)
        yield PullRequestPage((read,), found.at)


def _pages(
    client: Client, project: ProjectId, criteria: Mapping[str, str]
) -> Iterator[PullRequestPage]:
    """Yield pages until one is shorter than asked for: there is no other sign of the end."""
    skip, most = 0, _A_PAGE
    while True:
        page = client.page(
            f"/{project}/_apis/git/pullrequests",
            wire.PullRequest,
            what="pull request",
            params={**criteria, "$top": str(most), "$skip": str(skip)},
        )
        listed = (read_pull_request(p, observed_at=page.at, is_listed=True) for p in page.value)
        yield PullRequestPage(tuple(listed), page.at)
        if len(page.value) < page.most:
            return
        skip, most = skip + len(page.value), page.most


def _tells_when_closed(client: Client) -> bool:
    return read_version(client.version) >= _TELLS_WHEN_CLOSED
