"""Service hooks of one organization: found, made, switched on again, removed.

https://learn.microsoft.com/rest/api/azure/devops/hooks
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shared.configuration import Subscription
from shared.errors import MissingError
from shared.git_hosts.azure_devops import wire
from shared.interfaces.git_host_family import HookForm
from shared.model import ProjectId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.git_hosts.azure_devops.client import Client

_HOOKS: Final = "/_apis/hooks"
_RESOURCE_VERSIONS: Final[Mapping[str, str]] = {"git.repo": "1.0-preview.1"}
_TRIGGERS: Final[Mapping[str, str]] = {
    "git.push": "Code pushed",
    "git.pullrequest.created": "Pull request created",
    "git.pullrequest.updated": "Pull request updated",
    "git.pullrequest.merged": "Pull request merge attempted",
    "git.repo.created": "Repository created",
    "git.repo.deleted": "Repository deleted",
    "git.repo.forked": "Repository forked",
    "git.repo.renamed": "Repository renamed",
    "git.repo.statuschanged": "Repository status changed",
    "workitem.created": "Work item created",
    "workitem.updated": "Work item updated",
    "workitem.deleted": "Work item deleted",
    "workitem.restored": "Work item restored",
}
"""What the settings page calls each event type."""
_FILTERS: Final = frozenset(
    {
        "repository",
        "branch",
        "pushedby",
        "pullrequestcreatedby",
        "pullrequestreviewerscontains",
        "notificationtype",
        "mergeresult",
        "areapath",
        "workitemtype",
        "tag",
        "changedfields",
        "linkschanged",
    }
)
"""Inputs that narrow a subscription down, in lower case; the service adds others of its own."""
_SENDS_EVERYTHING: Final = frozenset({"", "all"})


class ServiceHooks:
    """The service hooks of one organization."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def find(self, project: ProjectId, *, url: str) -> list[Subscription]:
        """See GitHost.subscriptions.

        The query is narrowed to one project and our address: the unfiltered list of a large
        organization takes minutes and eats its rate limit.
        """
        query = {
            "publisherId": "tfs",
            "consumerId": "webHooks",
            "consumerActionId": "httpRequest",
            "publisherInputFilters": _equals("projectId", project),
            "consumerInputFilters": _equals("url", url),
        }
        found = self._client.query(
            f"{_HOOKS}/subscriptionsquery", query, wire.SubscriptionsQuery, what="service hook"
        )
        # What the filters mean for an input that is not set is not documented: look again.
        return [
            _read(hook)
            for hook in found.results or ()
            if hook.consumer_inputs.get("url") == url and _project_of(hook) == project
        ]

    def make(
        self, event_type: str, project: ProjectId, *, url: str, user_name: str, password: str
    ) -> Subscription:
        """See GitHost.subscribe."""
        body = _body(event_type, project, url=url, user_name=user_name, password=password)
        made = self._client.create(
            f"{_HOOKS}/subscriptions", body, wire.Subscription, what="service hook"
        )
        return _read(made)

    def replace(
        self, known: Subscription, *, url: str, user_name: str, password: str
    ) -> Subscription:
        """See GitHost.replace_subscription.

        A PUT replaces all of it: what is not sent, such as a filter, is gone.
        """
        body = _body(
            known.event_type, known.project_id, url=url, user_name=user_name, password=password
        )
        made = self._client.replace(
            f"{_HOOKS}/subscriptions/{known.id}",
            {**body, "id": known.id, "status": "enabled"},
            wire.Subscription,
            what="service hook",
        )
        return _read(made)

    def remove(self, subscription_id: str) -> None:
        """See GitHost.unsubscribe."""
        try:
            self._client.delete(f"{_HOOKS}/subscriptions/{subscription_id}", what="service hook")
        except MissingError:
            return


def hook_form(
    event_type: str,
    project: ProjectId,
    *,
    organization_url: str,
    url: str,
    user_name: str,
    password: str,
) -> HookForm:
    """Return how to set up by hand what `ServiceHooks.make` makes.

    The names are those of the service's own description of the consumer `webHooks`.
    """
    return HookForm(
        page=f"{organization_url}/{project}/_settings/serviceHooks",
        fields=(
            ("Service", "Web Hooks"),
            ("Trigger on this type of event", _TRIGGERS.get(event_type, event_type)),
            ("Filters", "[Any] in each of them"),
            ("URL", url),
            ("HTTP headers", ""),
            ("Basic authentication username", user_name),
            ("Basic authentication password", password),
            ("Resource details to send", "All"),
            ("Messages to send", "None"),
            ("Detailed messages to send", "None"),
        ),
    )


def _body(
    event_type: str, project: ProjectId, *, url: str, user_name: str, password: str
) -> dict[str, Any]:
    family = event_type.rpartition(".")[0]
    return {
        "publisherId": "tfs",
        "eventType": event_type,
        "resourceVersion": _RESOURCE_VERSIONS.get(family, "1.0"),
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "publisherInputs": {"projectId": project},
        "consumerInputs": {
            "url": url,
            "basicAuthUsername": user_name,
            "basicAuthPassword": password,
            "messagesToSend": "none",
            "detailedMessagesToSend": "none",
        },
    }


def _equals(input_id: str, value: str) -> list[dict[str, Any]]:
    condition = {"inputId": input_id, "operator": "equals", "inputValue": value}
    return [{"conditions": [condition]}]


def _read(found: wire.Subscription) -> Subscription:
    return Subscription(
        id=found.id.lower(),
        event_type=found.event_type,
        project_id=_project_of(found),
        status=found.status,
        is_whole=_is_whole(found),
    )


def _project_of(found: wire.Subscription) -> ProjectId:
    return ProjectId((found.publisher_inputs.get("projectId") or "").lower())


def _is_whole(found: wire.Subscription) -> bool:
    """Tell whether a hook tells of everything, compared loosely.

    The service adds inputs of its own, and an empty one for each filter that is not set.
    """
    given = found.publisher_inputs.items()
    # A box that is not ticked is sent as "false", and narrows nothing down.
    is_narrow = any(
        value and value != "false" and name.lower() in _FILTERS for name, value in given
    )
    details = (found.consumer_inputs.get("resourceDetailsToSend") or "").lower()
    return not is_narrow and details in _SENDS_EVERYTHING
