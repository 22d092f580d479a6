"""Remove service hooks that nobody needs any more.

That it fails only leaves hooks that deliver to nobody: it keeps nothing else from ending, and the
log names what an admin can delete by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from shared.connections.opening import try_organization
from shared.errors import DevlinksError, ForbiddenError, MissingError, ThrottledError
from shared.hooks.subscriptions import MISSING, webhook_url
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shared.configuration import Integration, Subscription
    from shared.interfaces.git_host import GitHost
    from shared.model import ProjectId
    from shared.services import Services

_log = log_of(__name__)


def drop_all(services: Services, integration: Integration) -> None:
    """Remove every hook of an integration, also those that were made and never recorded.

    ThrottledError says to try again later; other failures are logged.
    """
    state = services.hook_states.get(ONE_GROUP, integration.id)
    hooks = state.value.subscriptions if state else ()
    known = _organizations(services, integration)
    discovery = services.discoveries.get(ONE_GROUP, integration.id)
    indexed = discovery.value.projects if discovery and state else {}
    for project in {*indexed, *(h.project_id for h in hooks)}:
        ours = [h for h in hooks if h.project_id == project]
        _drop_of_project(services, integration, project, ours, known)


def drop(
    services: Services, integration: Integration, hooks: Sequence[Subscription]
) -> list[Subscription]:
    """Remove hooks, and others of their projects that deliver to us; return those that are left.

    Of a project that is not listed any more, what we may not remove is forgotten.
    """
    known = _organizations(services, integration)
    left: list[Subscription] = []
    for project in {h.project_id for h in hooks}:
        ours = [h for h in hooks if h.project_id == project]
        left += _drop_of_project(services, integration, project, ours, known)
    return left


def _drop_of_project(
    services: Services,
    integration: Integration,
    project: ProjectId,
    hooks: Iterable[Subscription],
    organizations: Mapping[ProjectId, str],
) -> list[Subscription]:
    listed_in = organizations.get(project, "")
    ours = {hook.id: hook for hook in hooks if hook.status != MISSING}
    organization = listed_in or next((h.organization for h in ours.values()), "")
    left = []
    try:
        host = try_organization(services, integration, organization)
    except DevlinksError as error:
        _tell(integration, project, ours, error)
        return list(ours.values())
    url = webhook_url(services, integration.webhook_id)
    for hook in {**_find(host, project, url=url, organization=organization), **ours}.values():
        try:
            host.unsubscribe(hook.id)
        except ThrottledError:
            raise
        except DevlinksError as error:
            _tell(integration, project, [hook.id], error)
            if listed_in or not isinstance(error, ForbiddenError | MissingError):
                left.append(hook)
    return left


def _find(
    host: GitHost, project: ProjectId, *, url: str, organization: str
) -> dict[str, Subscription]:
    """Return the hooks that deliver to us; none where they cannot be looked up."""
    if not url:
        return {}
    try:
        found = host.subscriptions(project, url=url)
    except ThrottledError:
        raise
    except DevlinksError:
        # Those that are known can be removed all the same; that tells what is wrong, too.
        return {}
    return {hook.id: replace(hook, organization=organization) for hook in found}


def _organizations(services: Services, integration: Integration) -> Mapping[ProjectId, str]:
    discovery = services.discoveries.get(ONE_GROUP, integration.id)
    return discovery.value.known_projects if discovery else {}


def _tell(
    integration: Integration, project: ProjectId, hooks: Iterable[str], error: DevlinksError
) -> None:
    _log.warning(
        "hooks_left integration=%s project=%s hooks=%s code=%s",
        integration.id, project, ",".join(hooks), error.code,
    )  # fmt: skip
