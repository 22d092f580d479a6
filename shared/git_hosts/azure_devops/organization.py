"""One organization of Azure DevOps, or collection of a server: what of its API is asked.

Projects and repositories are named by id in every path, since ids survive renames and need no
encoding. https://learn.microsoft.com/rest/api/azure/devops/git
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from shared.git_hosts.azure_devops import pull_requests, wire
from shared.git_hosts.azure_devops.about import about, about_server
from shared.git_hosts.azure_devops.branch_stats import branch_stats
from shared.git_hosts.azure_devops.decode import HEADS, read_branch, read_commit, read_pull_request
from shared.git_hosts.azure_devops.history import list_tags, read_history
from shared.git_hosts.azure_devops.listing import keeps_tfvc, list_collection, list_organization
from shared.git_hosts.azure_devops.lost_events import lost_events
from shared.git_hosts.azure_devops.outsiders import list_for_identity
from shared.git_hosts.azure_devops.service_hooks import ServiceHooks
from shared.git_hosts.azure_devops.work_items import AzureBoards
from shared.interfaces.answers import Heads, Listing

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.configuration import Subscription
    from shared.git_hosts.azure_devops.client import Client
    from shared.git_hosts.azure_devops.outsiders import Identity
    from shared.interfaces.answers import About, BranchStats, Budget, LostEvent, PullRequestPage
    from shared.model import (
        Commit,
        CommitId,
        ProjectId,
        PullRequest,
        Repository,
        RepositoryId,
        Tag,
    )

_REFS_A_PAGE: Final = 1000
_GIT: Final = "/_apis/git"


class AzureDevOpsOrganization:
    """See GitHost."""

    def __init__(
        self,
        client: Client,
        name: str,
        *,
        is_collection: bool = False,
        identity: Identity | None = None,
    ) -> None:
        """*identity* is whoever signed in elsewhere, and has to be let in here too."""
        self._client = client
        self._name = name
        self._is_collection = is_collection
        self._identity = identity
        self._hooks = ServiceHooks(client)

    def about(self) -> About:
        """See GitHost.about."""
        return about(self._client)

    def budget(self) -> Budget | None:
        """See GitHost.budget."""
        return self._client.budget

    def listing(self) -> Listing:
        """See GitHost.listing."""
        if self._identity is not None:
            return list_for_identity(self._client, self._name, identity=self._identity)
        if not self._is_collection:
            return list_organization(self._client, self._name)
        listed = list_collection(self._client, self._name)
        return replace(listed, about=about_server(self._client))

    def keeps_tfvc(self, project: ProjectId) -> bool:
        """See GitHost.keeps_tfvc."""
        return keeps_tfvc(self._client, project)

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
            # Servers of 2018 and before have no paging here, and perhaps no filter.
            refs += [ref for ref in page.value if ref.name.startswith(HEADS)]
            if page.continuation is None:
                return Heads(tuple(map(read_branch, refs)), observed_at)
            params = {**params, "$top": str(page.most), "continuationToken": page.continuation}

    def branch_stats(
        self, repository: Repository, names: Collection[str]
    ) -> Mapping[str, BranchStats]:
        """See GitHost.branch_stats."""
        return branch_stats(self._client, repository, names)

    has_lists = True

    def tags(self, repository: Repository) -> tuple[Tag, ...]:
        """See GitHost.tags."""
        return list_tags(self._client, repository)

    def history(
        self, repository: Repository, *, wanted: Collection[CommitId], known: Collection[CommitId]
    ) -> Generator[Sequence[Commit], None, None]:
        """See GitHost.history."""
        return read_history(self._client, repository, wanted=wanted, known=known)

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
        criteria: dict[str, Any] = {}
        if after is None:
            criteria["itemVersion"] = _version(until)
        else:
            criteria["itemVersion"] = _version(after)
            criteria["compareVersion"] = _version(until)
        found: list[wire.Commit] = []
        while len(found) < limit:
            page = self._client.page(
                f"{_GIT}/repositories/{repository.id}/commitsbatch",
                wire.Commit,
                what=f"commit of {repository.name}",
                params={"$top": str(limit - len(found)), "$skip": str(skip + len(found))},
                body=criteria,
            )
            found += page.value
            if len(page.value) < page.most:
                break
        return [read_commit(commit) for commit in found]

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
        return pull_requests.open_pull_requests(self._client, project)

    def closed_pull_requests(
        self, project: ProjectId, *, since: datetime, gone: Collection[int] | None = None
    ) -> Iterator[PullRequestPage]:
        """See GitHost.closed_pull_requests."""
        return pull_requests.closed_pull_requests(self._client, project, since=since, gone=gone)

    def pull_request(self, repository: RepositoryId, number: int) -> PullRequest:
        """See GitHost.pull_request."""
        found = self._client.get(
            f"{_GIT}/repositories/{repository}/pullrequests/{number}",
            wire.PullRequest,
            what=f"pull request {number}",
            params={"includeWorkItemRefs": "true"},
        )
        return read_pull_request(found.value, observed_at=found.at, is_listed=False)

    def pull_request_commits(self, repository: RepositoryId, number: int) -> list[Commit]:
        """See GitHost.pull_request_commits."""
        return pull_requests.pull_request_commits(self._client, repository, number)

    @property
    def boards(self) -> AzureBoards:
        """See GitHost.boards."""
        return AzureBoards(self._client)

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


def _version(commit_id: CommitId) -> dict[str, str]:
    return {"versionType": "commit", "version": commit_id}
