"""Every route of the REST API that the sample organization answers."""

from __future__ import annotations

from . import (
    branch_stats,
    commits,
    connection,
    diffs,
    identities,
    items,
    permissions,
    projects,
    pull_requests,
    pushes,
    refs,
    repositories,
    reviewers,
    work_item_queries,
    work_items,
)
from .hooks import answers as hooks
from .routing import Route, Router
from .tokens import CODE, CODE_MANAGE, CODE_WRITE, IDENTITY, PROFILE, PROJECT, WORK

_REPOSITORY = "git/repositories/{repositoryId}"
_PULL_REQUEST = f"{_REPOSITORY}/pullrequests/{{pullRequestId}}"
_REVIEWERS = f"{_PULL_REQUEST}/reviewers"
_SUBSCRIPTION = "hooks/subscriptions/{subscriptionId}"

ROUTES = (
    Route("GET", "connectionData", connection.get_connection_data, "", preview_only=True),
    Route("GET", "resourceAreas", connection.list_areas, "", preview_only=True),
    Route("GET", "resourceAreas/{areaId}", connection.get_area, "", preview_only=True),
    Route("GET", "identities", identities.search_identities, IDENTITY),
    Route("GET", "GraphProfile/MemberAvatars/{descriptor}", identities.get_avatar, ""),
    Route(
        "GET",
        "permissions/{securityNamespaceId}/{permissions}",
        permissions.has_permissions,
        "",
    ),
    Route("GET", "projects", projects.list_projects, PROJECT),
    Route("GET", "projects/{projectId}", projects.get_project, PROJECT),
    Route("GET", "tfvc/branches", projects.list_tfvc_branches, CODE),
    Route("GET", "git/repositories", repositories.list_repositories, CODE),
    Route("POST", "git/repositories", repositories.post_repository, CODE_MANAGE),
    Route("GET", _REPOSITORY, repositories.get_repository, CODE),
    Route("PATCH", _REPOSITORY, repositories.patch_repository, CODE_MANAGE),
    Route("DELETE", _REPOSITORY, repositories.remove_repository, CODE_MANAGE),
    Route("GET", "git/deletedrepositories", repositories.list_deleted, CODE),
    Route("GET", "git/recycleBin/repositories", repositories.list_deleted, CODE),
    Route(
        "PATCH",
        "git/recycleBin/repositories/{repositoryId}",
        repositories.patch_deleted,
        CODE_MANAGE,
    ),
    Route("GET", f"{_REPOSITORY}/forks/{{collectionId}}", repositories.list_forks, CODE),
    Route("GET", f"{_REPOSITORY}/refs", refs.list_refs, CODE),
    Route("POST", f"{_REPOSITORY}/refs", refs.post_refs, CODE_WRITE),
    Route("PATCH", f"{_REPOSITORY}/refs", refs.patch_ref, CODE_WRITE),
    Route("GET", f"{_REPOSITORY}/annotatedtags/{{objectId}}", refs.get_annotated_tag, CODE),
    Route("GET", f"{_REPOSITORY}/commits", commits.list_commits, CODE),
    Route("POST", f"{_REPOSITORY}/commitsbatch", commits.batch_commits, CODE),
    Route("GET", f"{_REPOSITORY}/commits/{{commitId}}", commits.get_commit, CODE),
    Route("GET", f"{_REPOSITORY}/commits/{{commitId}}/changes", commits.get_changes, CODE),
    Route("GET", f"{_REPOSITORY}/commits/{{commitId}}/mergebases", diffs.get_merge_bases, CODE),
    Route("GET", f"{_REPOSITORY}/diffs/commits", diffs.get_diffs, CODE),
    Route("GET", f"{_REPOSITORY}/items", items.get_items, CODE),
    Route("GET", f"{_REPOSITORY}/items/{{*path}}", items.get_items, CODE),
    Route("GET", f"{_REPOSITORY}/blobs/{{sha1}}", items.get_blob, CODE),
    Route("GET", f"{_REPOSITORY}/pushes", pushes.list_pushes, CODE),
    Route("POST", f"{_REPOSITORY}/pushes", pushes.post_push, CODE_WRITE),
    Route("GET", f"{_REPOSITORY}/pushes/{{pushId}}", pushes.get_push, CODE),
    Route("GET", f"{_REPOSITORY}/pushes/{{pushId}}/commits", commits.list_push_commits, CODE),
    Route("GET", f"{_REPOSITORY}/stats/branches", branch_stats.get_stats, CODE),
    Route("GET", f"{_REPOSITORY}/stats/branches/{{*name}}", branch_stats.get_stats, CODE),
    Route("GET", "git/pullrequests", pull_requests.list_pull_requests, CODE),
    Route("GET", "git/pullrequests/{pullRequestId}", pull_requests.get_pull_request, CODE),
    Route("GET", f"{_REPOSITORY}/pullrequests", pull_requests.list_pull_requests, CODE),
    Route("POST", f"{_REPOSITORY}/pullrequests", pull_requests.post_pull_request, CODE_WRITE),
    Route("POST", f"{_REPOSITORY}/pullrequestquery", pull_requests.query_pull_requests, CODE),
    Route("GET", _PULL_REQUEST, pull_requests.get_pull_request, CODE),
    Route("PATCH", _PULL_REQUEST, pull_requests.patch_pull_request, CODE_WRITE),
    Route("GET", f"{_PULL_REQUEST}/commits", pull_requests.list_commits, CODE),
    Route("GET", f"{_PULL_REQUEST}/workitems", pull_requests.list_work_items, CODE),
    Route("GET", _REVIEWERS, reviewers.list_reviewers, CODE),
    Route("POST", _REVIEWERS, reviewers.post_reviewers, CODE_WRITE),
    Route("GET", f"{_REVIEWERS}/{{reviewerId}}", reviewers.get_reviewer, CODE),
    Route("PUT", f"{_REVIEWERS}/{{reviewerId}}", reviewers.put_reviewer, CODE_WRITE),
    Route("DELETE", f"{_REVIEWERS}/{{reviewerId}}", reviewers.delete_reviewer, CODE_WRITE),
    Route("GET", "wit/workitems", work_items.list_work_items, WORK),
    Route("GET", "wit/workitems/{id}", work_items.get_work_item, WORK),
    Route("POST", "wit/workitemsbatch", work_items.batch_work_items, WORK),
    Route("POST", "wit/artifacturiquery", work_items.query_artifacts, WORK),
    Route("POST", "wit/wiql", work_item_queries.query_by_wiql, WORK),
    Route("GET", "hooks/subscriptions", hooks.list_subscriptions, CODE),
    Route("POST", "hooks/subscriptions", hooks.post_subscription, CODE),
    Route("GET", _SUBSCRIPTION, hooks.get_subscription, CODE),
    Route("PUT", _SUBSCRIPTION, hooks.put_subscription, CODE),
    Route("DELETE", _SUBSCRIPTION, hooks.delete_subscription, CODE),
    Route("POST", "hooks/subscriptionsquery", hooks.query_subscriptions, CODE),
    Route("GET", f"{_SUBSCRIPTION}/notifications", hooks.list_notifications, CODE),
    Route("GET", f"{_SUBSCRIPTION}/notifications/{{notificationId}}", hooks.get_notification, CODE),
    Route("POST", "hooks/notificationsquery", hooks.query_notifications, CODE),
    Route("POST", "hooks/testnotifications", hooks.post_test_notification, CODE),
)
"""What an organization answers under `/{organization}[/{project}]/_apis/`."""

ROUTER = Router(ROUTES)

IDENTITY_ROUTER = Router(
    (
        Route("GET", "profile/profiles/{id}", identities.get_profile, PROFILE),
        Route("GET", "accounts", identities.get_accounts, PROFILE),
        Route("GET", "connectionData", connection.get_connection_data, "", preview_only=True),
        Route("GET", "resourceAreas", connection.list_areas, "", preview_only=True),
        Route("GET", "resourceAreas/{areaId}", connection.get_area, "", preview_only=True),
    )
)
"""What is answered under `/_apis/`, without an organization."""
