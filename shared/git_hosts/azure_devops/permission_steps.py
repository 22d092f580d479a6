"""The steps of an examination that are about what a connection may do besides reading code.

None of them keeps an integration from being connected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Raw, Struct
from msgspec.structs import replace

from shared.errors import ForbiddenError, MissingError, RefusedError, SignedOutError
from shared.git_hosts.azure_devops import permissions
from shared.git_hosts.azure_devops.list_steps import counted, named, scope_missing
from shared.interfaces.examining import Step
from shared.model import ProjectId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.git_hosts.azure_devops.place import Place
    from shared.model import Repository

_PROJECTS_AT_ONCE: Final = 40
"""As many permissions as an address has room for."""
_BY_HAND: Final = (
    "Have one of them set the hooks up by hand, with the values that the integration's webhook "
    "page shows, or give the connection's owner the permission Edit Subscriptions. Until then "
    "changes are found by reindexing, some minutes later."
)
_WORK_ITEMS: Final = "titles of work items, and what is attached to them, can be shown"


class _Anything(Struct):
    value: Raw = Raw(b"[]")


def work_items(place: Place) -> Iterator[Step]:
    """Tell whether work items may be read, which takes the scope Work Items (Read).

    One that there may not be is asked for: that is found out after the scope.
    https://learn.microsoft.com/rest/api/azure/devops/wit/work-items/list
    """
    params = {"ids": "1", "errorPolicy": "omit"}
    try:
        place.client.get("/_apis/wit/workitems", _Anything, what="work item", params=params)
    except (SignedOutError, ForbiddenError) as error:
        step = place.step("work_items_read", ok=None, message="")
        if place.asked.work_items:
            step = scope_missing(place, step, "Work Items (Read)", error)
            yield replace(step, is_needed=False)
        else:
            message = f"Work Items (Read) is not given: with it {_WORK_ITEMS}."
            yield replace(step, message=message, is_needed=False)
        return
    except MissingError:
        pass
    message = f"Work Items (Read) is given: {_WORK_ITEMS}."
    yield place.step("work_items_read", ok=True, message=message)


def service_hooks(place: Place) -> Iterator[Step]:
    """Tell in which projects service hooks may be made, without making any.

    https://learn.microsoft.com/azure/devops/service-hooks/view-permission
    """
    projects = place.projects[:_PROJECTS_AT_ONCE]
    ids = [ProjectId(one.id.lower()) for one in projects]
    try:
        allowed = permissions.may_edit_hooks(place.client, ids)
    except (SignedOutError, ForbiddenError, MissingError, RefusedError) as error:
        yield Step(
            "service_hooks",
            None,
            f"It cannot be told before they are made: {error}",
            next_step="Connect: the integration's webhook page tells whether they could be made.",
            is_needed=False,
        )
        return
    refused = [one for one, may in zip(projects, allowed, strict=True) if not may]
    if not refused:
        message = f"Service hooks may be made in {counted(len(projects), 'project')}."
        yield Step("service_hooks", ok=True, message=message)
        return
    yield Step(
        "service_hooks",
        ok=False,
        message=f"Service hooks may not be made in {named([one.name for one in refused])}: "
        "project administrators and project collection administrators may.",
        next_step=_BY_HAND,
        help_url=f"{place.url}/{refused[0].id.lower()}/_settings/serviceHooks",
        is_needed=False,
    )


def without_hooks(place: Place) -> Iterator[Step]:
    """Tell whether all that reindexing looks at is shown, where no service hook tells of changes.

    https://learn.microsoft.com/azure/devops/organizations/security/permissions
    """
    try:
        may_view = permissions.may_view_collection(place.client)
    except (SignedOutError, ForbiddenError, MissingError, RefusedError) as error:
        yield Step("without_hooks", None, f"It cannot be told: {error}", is_needed=False)
        return
    if may_view:
        message = (
            "View instance-level information is allowed: new projects are found by reindexing, "
            "once the credential's owner is in their group Readers."
        )
        yield Step("without_hooks", ok=True, message=message)
        return
    yield Step(
        "without_hooks",
        ok=False,
        message="View instance-level information is not allowed: not all projects may be seen.",
        next_step="Allow it to the credential's owner, and add them to the group Readers of each "
        "project, or switch service hooks on.",
        help_url=f"{place.url}/_settings/groups",
        is_needed=False,
    )


def code_write(place: Place) -> Iterator[Step]:
    """Tell whether branches and pull requests may be made, where the connection is to make them.

    An empty list of changes is sent, which changes nothing; scopes are looked at before it.
    https://learn.microsoft.com/rest/api/azure/devops/git/refs/update-refs
    """
    if not place.asked.writes:
        message = "Not asked: whoever creates branches and pull requests does so as themselves."
        yield Step("code_write", None, message, is_needed=False)
        return
    repository = _writable(place)
    if repository is None:
        yield Step("code_write", None, "Not asked: there is no repository to write to.")
        return
    path = f"/_apis/git/repositories/{repository.id}/refs"
    try:
        place.client.query(path, [], _Anything, what="branch")
    except (SignedOutError, ForbiddenError) as error:
        step = place.step("code_write", ok=False, message="")
        step = scope_missing(place, step, "Code (Read & write)", error)
        yield replace(step, is_needed=False)
        return
    except RefusedError:
        pass  # the scope is there, and no change in the list
    if permissions.may_write(place.client, repository.project_id, repository.id):
        message = "Code (Read & write) is given: branches and pull requests can be created."
        yield Step("code_write", ok=True, message=message)
        return
    yield Step(
        "code_write",
        ok=False,
        message=f"The token may write, and its owner may not in {repository.name}.",
        next_step="Allow them Contribute, Create branch and Contribute to pull requests.",
        help_url=f"{place.url}/{repository.project_id}/_settings/repositories",
        is_needed=False,
    )


def identity_read(place: Place) -> Iterator[Step]:
    """Tell whether people can be looked up, which takes the scope Identity (Read).

    The one who signed in is looked up by id.
    https://learn.microsoft.com/rest/api/azure/devops/ims/identities/read-identities
    """
    params = {"identityIds": place.who.id if place.who else ""}
    try:
        place.identities.get("/_apis/identities", _Anything, what="identity", params=params)
    except (SignedOutError, ForbiddenError) as error:
        step = place.step("identity_read", ok=False, message="")
        yield replace(scope_missing(place, step, "Identity (Read)", error), is_needed=False)
        return
    message = "Identity (Read) is given: pull requests can be created with reviewers."
    yield Step("identity_read", ok=True, message=message)


def _writable(place: Place) -> Repository | None:
    found = (one.repository for one in place.repositories or ())
    return next((one for one in found if not one.is_disabled and one.default_branch), None)
