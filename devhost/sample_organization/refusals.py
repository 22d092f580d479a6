"""How the service says no: one envelope, a `typeKey`, and a code at the start of the message."""

from __future__ import annotations

_GIT = "Microsoft.TeamFoundation.Git.Server"
_CORE = "Microsoft.TeamFoundation.Core.WebApi"
_WEB = "Microsoft.VisualStudio.Services.WebApi"
_FRAMEWORK = "Microsoft.TeamFoundation.Framework.Server"
_WORK_ITEMS = "Microsoft.TeamFoundation.WorkItemTracking"
_HOOKS = "Microsoft.VisualStudio.Services.ServiceHooks.WebApi"


class RefusedError(Exception):
    """A request that is answered with an error envelope."""

    def __init__(self, status: int, type_key: str, message: str, *, namespace: str = _WEB) -> None:
        super().__init__(message)
        self.status = status
        self.type_key = type_key
        self.message = message
        self.namespace = namespace

    def envelope(self) -> dict[str, object]:
        """Return the body of the answer."""
        return {
            "$id": "1",
            "innerException": None,
            "message": self.message,
            "typeName": f"{self.namespace}.{self.type_key}, {self.namespace}",
            "typeKey": self.type_key,
            "errorCode": 0,
            "eventId": 3000,
        }


def bad_argument(message: str) -> RefusedError:
    """Refuse a value that is not as it must be."""
    return RefusedError(400, "VssPropertyValidationException", message)


def no_such_route(path: str) -> RefusedError:
    """Refuse a path at which nothing is served."""
    message = f"The controller for path '{path}' was not found or does not implement IController."
    return RefusedError(404, "HttpException", message, namespace="System.Web")


def no_such_method(method: str) -> RefusedError:
    """Refuse a method that the path is not served for."""
    message = f"The requested resource does not support http method '{method}'."
    return RefusedError(405, "HttpException", message, namespace="System.Web")


def not_authorized(who: str) -> RefusedError:
    """Refuse a credential that is no good for this organization, or lacks the scope."""
    message = f"TF400813: The user '{who}' is not authorized to access this resource."
    return RefusedError(401, "UnauthorizedRequestException", message, namespace=_FRAMEWORK)


def never_signed_in(tenant: str, who: str) -> RefusedError:
    """Refuse a good access token of an app, or of a person, that nobody has added."""
    message = (
        f"TF401444: Please sign-in at least once as {tenant}\\{tenant}\\{who} in a web browser "
        "to enable access to the service."
    )
    return RefusedError(401, "UnauthorizedRequestException", message, namespace=_FRAMEWORK)


def no_such_project(name: str, *, by_id: bool) -> RefusedError:
    """Refuse a project that is not there, or that the caller may not see: they look the same."""
    if by_id:
        message = (
            f"VS800075: The project with id 'vstfs:///Classification/TeamProject/{name}' "
            "does not exist, or you do not have permission to access it."
        )
        return RefusedError(404, "ProjectDoesNotExistException", message, namespace=_CORE)
    message = (
        f"TF200016: The following project does not exist: {name}. Verify that the name of the "
        "project is correct and that the project exists on the specified Azure DevOps Server."
    )
    return RefusedError(404, "ProjectDoesNotExistWithNameException", message, namespace=_CORE)


def no_such_repository(name: str) -> RefusedError:
    """Refuse a repository that is not there, is disabled, or that the caller may not see."""
    message = (
        f"TF401019: The Git repository with name or identifier {name} does not exist or you do "
        "not have permissions for the operation you are attempting."
    )
    return RefusedError(404, "GitRepositoryNotFoundException", message, namespace=_GIT)


def project_needed() -> RefusedError:
    """Refuse a repository that is given by name, without its project."""
    message = "A project name is required in order to reference a Git repository by name."
    return RefusedError(400, "GitArgumentException", message, namespace=_GIT)


def name_taken(name: str) -> RefusedError:
    """Refuse a name that a repository of the project has."""
    message = f"TF400948: A Git repository with the name {name} already exists."
    return RefusedError(409, "GitRepositoryNameAlreadyExistsException", message, namespace=_GIT)


def no_such_version(kind: str, version: str, repository: str) -> RefusedError:
    """Refuse a branch, tag or id that does not lead to a commit."""
    message = (
        f"TF401175:The version descriptor <{kind.capitalize()}: {version} > could not be "
        f"resolved to a version in the repository {repository}"
    )
    return RefusedError(404, "GitUnresolvableToCommitException", message, namespace=_GIT)


def no_such_object(sha: str, *, kind: str = "commit") -> RefusedError:
    """Refuse an id that the repository has no object of."""
    message = f"TF401035: The object '{sha}' does not exist."
    key = "GitCommitDoesNotExistException" if kind == "commit" else "GitObjectDoesNotExistException"
    return RefusedError(404, key, message, namespace=_GIT)


def no_such_item(path: str, repository: str, version: str) -> RefusedError:
    """Refuse a path that the tree of that version does not have."""
    message = (
        f"TF401174: The item '{path}' could not be found in the repository '{repository}' "
        f"at the version specified by '{version}'"
    )
    return RefusedError(404, "GitItemNotFoundException", message, namespace=_GIT)


def no_branches(repository: str) -> RefusedError:
    """Refuse what an empty repository cannot answer."""
    message = f"VS403403: Cannot find any branches for the {repository} repository."
    return RefusedError(404, "GitNoBranchesException", message, namespace=_GIT)


def no_such_push(number: str) -> RefusedError:
    """Refuse a push that the repository does not have."""
    message = f"TF401036: The push {number} could not be found in the repository."
    return RefusedError(404, "GitPushNotFoundException", message, namespace=_GIT)


def stale_ref(name: str) -> RefusedError:
    """Refuse a push from an object id that the ref has left."""
    message = f"TF401028: The reference '{name}' has already been updated by another client."
    return RefusedError(409, "GitReferenceStaleException", message, namespace=_GIT)


def refused_by_policy(name: str) -> RefusedError:
    """Refuse a push to a branch that only takes pull requests."""
    message = (
        f"TF402455: Pushes to this branch are not permitted; you must use a pull request "
        f"to update this branch. ({name})"
    )
    return RefusedError(403, "GitRefUpdateRejectedByPolicyException", message, namespace=_GIT)


def no_such_pull_request() -> RefusedError:
    """Refuse a pull request that is not there, or that the caller may not see."""
    message = "TF401180: The requested pull request was not found."
    return RefusedError(404, "GitPullRequestNotFoundException", message, namespace=_GIT)


def pull_request_exists() -> RefusedError:
    """Refuse a second active pull request of two branches."""
    message = "TF401179: An active pull request for the source and target branch already exists."
    return RefusedError(409, "GitPullRequestExistsException", message, namespace=_GIT)


def branches_missing() -> RefusedError:
    """Refuse a pull request of a branch that is not there."""
    message = (
        "TF401398: The pull request cannot be activated because the source and/or the target "
        "branch no longer exists, or the requested refs are not branches"
    )
    return RefusedError(400, "GitPullRequestCannotBeActivated", message, namespace=_GIT)


def not_editable() -> RefusedError:
    """Refuse to edit a pull request that is closed."""
    message = "TF401181: The pull request cannot be edited due to its state."
    return RefusedError(400, "GitPullRequestNotEditableException", message, namespace=_GIT)


def stale_pull_request() -> RefusedError:
    """Refuse to merge a source branch that moved since the caller looked."""
    message = (
        "TF401192: The source of the pull request has changed: its last merge source commit "
        "is not the one that was given."
    )
    return RefusedError(409, "GitPullRequestStaleException", message, namespace=_GIT)


def no_such_work_item(number: int) -> RefusedError:
    """Refuse a work item that is not there, or that the caller may not read."""
    message = (
        f"TF401232: Work item {number} does not exist, or you do not have permissions to read it."
    )
    key = "WorkItemUnauthorizedAccessException"
    return RefusedError(404, key, message, namespace=f"{_WORK_ITEMS}.Server")


def too_many_work_items(most: int) -> RefusedError:
    """Refuse a query that finds more work items than it may."""
    message = (
        f"VS402337: The number of work items returned exceeds the size limit of {most}. "
        "Change the query to return fewer items."
    )
    return _refused_query(message, "WorkItemTrackingQueryResultSizeLimitExceededException")


def bad_query(message: str) -> RefusedError:
    """Refuse a query that cannot be run."""
    return _refused_query(message, "QueryException")


def _refused_query(message: str, type_key: str) -> RefusedError:
    return RefusedError(400, type_key, message, namespace=f"{_WORK_ITEMS}.WebApi")


def no_such_subscription(identifier: str) -> RefusedError:
    """Refuse a service hook subscription that is not there."""
    message = f"The service hooks subscription with ID {identifier} could not be found."
    return RefusedError(404, "SubscriptionNotFoundException", message, namespace=_HOOKS)


def bad_subscription(message: str) -> RefusedError:
    """Refuse a subscription that lacks an input, or has a bad one."""
    return RefusedError(400, "SubscriptionInputException", message, namespace=_HOOKS)


def hooks_forbidden(who: str, project_id: str) -> RefusedError:
    """Refuse a caller who may not edit the project's subscriptions."""
    message = (
        f"Access denied: {who} needs the following permission(s) on the resource "
        f"PublisherSecurity/{project_id} to perform this action: Edit subscriptions"
    )
    return RefusedError(403, "AccessCheckException", message, namespace=_HOOKS)


def version_missing(method: str) -> RefusedError:
    """Refuse a write that names no API version; a read may leave it to the service."""
    message = (
        f'No api-version was supplied for the "{method}" request. The version must be supplied '
        'either as part of the Accept header (e.g. "application/json; api-version=1.0") or as a '
        'query parameter (e.g. "?api-version=1.0").'
    )
    return RefusedError(400, "VssVersionNotSpecifiedException", message)


def version_out_of_range(version: str, newest: str) -> RefusedError:
    """Refuse a version that is newer than the service."""
    message = (
        f"The requested REST API version of {version} is out of range for this server. "
        f"The latest REST API version this server supports is {newest}."
    )
    return RefusedError(400, "VssVersionOutOfRangeException", message)


def version_is_preview(version: str) -> RefusedError:
    """Refuse a version of which only a preview is served."""
    message = (
        f'The requested version "{version}" of the resource is under preview. The -preview flag '
        f'must be supplied in the api-version for such requests. For example: "{version}-preview"'
    )
    return RefusedError(400, "VssInvalidPreviewVersionException", message)
