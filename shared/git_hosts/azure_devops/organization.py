"""One organization of Azure DevOps Services: what of its API is asked, and how each list is paged.

Projects and repositories are named by id in every path, since ids survive renames and need no
encoding. https://learn.microsoft.com/rest/api/azure/devops/git
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.client import decode
from shared.git_hosts.azure_devops.decode import (
    in_utc,
    read_branch,
    read_commit,
    read_pull_request,
    read_repository,
)
from shared.git_hosts.azure_devops.lost_events import lost_events
from shared.git_hosts.azure_devops.service_hooks import ServiceHooks
from shared.interfaces.git_host import (
    Heads,
    ListedProject,
    ListedRepository,
    Listing,
    PullRequestPage,
)
from shared.model import Commit, CommitId, ProjectId, PullRequest, Repository, RepositoryId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from shared.configuration import Subscription
    from shared.git_hosts.azure_devops.client import Client
    from shared.interfaces.git_host import LostEvent

_PROJECTS_A_PAGE: Final = 500
_REFS_A_PAGE: Final = 1000
_PULL_REQUESTS_A_PAGE: Final = 1000
_GIT: Final = "/_apis/git"
_SHOWN_STATES: Final = frozenset({"wellFormed", "unchanged", "all"})


class _Repositories(msgspec.Struct):
    value: list[msgspec.Raw]


class _Commits(msgspec.Struct):
    value: list[wire.Commit]


class _PullRequests(msgspec.Struct):
    value: list[wire.PullRequest]


class AzureDevOpsOrganization:
    """See GitHost."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._hooks = ServiceHooks(client)

    def listing(self) -> Listing:
        """See GitHost.listing.

        Without a project, the list of repositories is the whole organization's, in one answer.
        """
        projects: list[wire.Project] = []
        params = {"$top": str(_PROJECTS_A_PAGE)}
        while True:
            page = self._client.page(
                "/_apis/projects", wire.Project, what=f"project of {self._name}", params=params
            )
            projects += page.value
            if page.continuation is None:
                break
            params = {**params, "continuationToken": page.continuation}
        found = self._client.get(
            f"{_GIT}/repositories", _Repositories, what=f"repository of {self._name}"
        ).value
        return Listing(
            projects=tuple(
                ListedProject(ProjectId(p.id.lower()), p.name)
                for p in projects
                if p.state in _SHOWN_STATES
            ),
            repositories=tuple(self._listed(raw) for raw in found.value),
        )

    def heads(self, repository: Repository) -> Heads:
        """See GitHost.heads."""
        refs: list[wire.Ref] = []
        observed_at = None
        # Without the filter, refs of pull requests and of tags come as well.
        params = {"filter": "heads/", "$top": str(_REFS_A_PAGE)}
        while True:
            page = self._client.page(
                f"{_GIT}/repositories/{repository.id}/refs",
                wire.Ref,
                what=f"branch of {repository.name}",
                params=params,
            )
            # The first answer's date: what is pushed while further pages are read is newer.
            observed_at = observed_at or page.at
            refs += page.value
            if page.continuation is None:
                return Heads(tuple(map(read_branch, refs)), observed_at)
            params = {**params, "continuationToken": page.continuation}

    def commits(
        self,
        repository: Repository,
        *,
        until: CommitId,
        after: CommitId | None,
        skip: int,
        limit: int,
    ) -> list[Commit]:
        """See GitHost.commits.

        The API compares from `itemVersion` to `compareVersion`; alone, `itemVersion` is the end
        itself. https://github.com/getsentry/sentry integrations/vsts get_commit_range
        """
        criteria: dict[str, Any] = {"includeWorkItems": True}
        if after is None:
            criteria["itemVersion"] = _version(until)
        else:
            criteria["itemVersion"] = _version(after)
            criteria["compareVersion"] = _version(until)
        found = self._client.query(
            f"{_GIT}/repositories/{repository.id}/commitsbatch",
            criteria,
            _Commits,
            what=f"commit of {repository.name}",
            params={"$top": str(limit), "$skip": str(skip)},
        )
        return [read_commit(commit) for commit in found.value]

    def commit(self, repository: Repository, commit_id: CommitId) -> Commit:
        """See GitHost.commit."""
        found = self._client.get(
            f"{_GIT}/repositories/{repository.id}/commits/{commit_id}",
            wire.Commit,
            what=f"commit {commit_id[:12]} of {repository.name}",
        )
        return read_commit(found.value)

    def open_pull_requests(self, project: ProjectId) -> Iterator[PullRequestPage]:
        """See GitHost.open_pull_requests."""
        return self._pull_requests(project, {"searchCriteria.status": "active"})

    def closed_pull_requests(
        self, project: ProjectId, *, since: datetime
    ) -> Iterator[PullRequestPage]:
        """See GitHost.closed_pull_requests."""
        return self._pull_requests(
            project,
            {
                "searchCriteria.status": "all",
                "searchCriteria.queryTimeRangeType": "closed",
                "searchCriteria.minTime": f"{in_utc(since):%Y-%m-%dT%H:%M:%SZ}",
            },
        )

    def pull_request(self, repository: RepositoryId, number: int) -> PullRequest:
        """See GitHost.pull_request."""
        found = self._client.get(
            f"{_GIT}/repositories/{repository}/pullrequests/{number}",
            wire.PullRequest,
            what=f"pull request {number}",
            params={"includeWorkItemRefs": "true"},
        )
        return read_pull_request(found.value, observed_at=found.at, is_listed=False)

    def subscriptions(self, project: ProjectId, *, url: str) -> list[Subscription]:
        """See GitHost.subscriptions."""
        return self._hooks.find(project, url=url)

    def subscribe(
        self, event_type: str, project: ProjectId, *, url: str, user_name: str, password: str
    ) -> Subscription:
        """See GitHost.subscribe."""
        return self._hooks.make(
            event_type, project, url=url, user_name=user_name, password=password
        )

    def replace_subscription(
        self, known: Subscription, *, url: str, user_name: str, password: str
    ) -> Subscription:
        """See GitHost.replace_subscription."""
        return self._hooks.replace(known, url=url, user_name=user_name, password=password)

    def unsubscribe(self, subscription_id: str) -> None:
        """See GitHost.unsubscribe."""
        self._hooks.remove(subscription_id)

    def lost_events(
        self, subscriptions: Collection[str], *, since: datetime, until: datetime, limit: int
    ) -> list[LostEvent]:
        """See GitHost.lost_events."""
        return lost_events(self._client, subscriptions, since=since, until=until, limit=limit)

    def _pull_requests(
        self, project: ProjectId, criteria: Mapping[str, str]
    ) -> Iterator[PullRequestPage]:
        """Yield pages until one is shorter than asked for: there is no other sign of the end."""
        skip = 0
        while True:
            page = self._client.get(
                f"/{project}{_GIT}/pullrequests",
                _PullRequests,
                what="pull request",
                params={
                    **criteria,
                    "$top": str(_PULL_REQUESTS_A_PAGE),
                    "$skip": str(skip),
                },
            )
            listed = page.value.value
            yield PullRequestPage(
                tuple(read_pull_request(p, observed_at=page.at, is_listed=True) for p in listed),
                page.at,
            )
            if len(listed) < _PULL_REQUESTS_A_PAGE:
                return
            skip += len(listed)

    def _listed(self, raw: msgspec.Raw) -> ListedRepository:
        what = f"repository of {self._name}"
        found = decode(raw, wire.Repository, what=what)
        as_listed = decode(raw, dict[str, Any], what=what)
        return ListedRepository(
            read_repository(found, self._name), {**as_listed, "organization": self._name}
        )


def _version(commit_id: CommitId) -> dict[str, str]:
    return {"versionType": "commit", "version": commit_id}
