"""Answer what an issue is, where the tracker is Azure Boards: a work item that is indexed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.boards.wishes import group_of
from shared.errors import UnknownThingError
from shared.issue_keys import Rules, attached_work_item
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from shared.configuration import Tracker
    from shared.issue_keys import IssueKey
    from shared.model import IntegrationId, WorkItem
    from shared.services import Services


def work_item_of(
    services: Services,
    tracker: Tracker,
    issue_key: IssueKey,
    *,
    integrations: Collection[IntegrationId] | None = None,
) -> WorkItem:
    """Return the work item that a tracker calls so, as it was last read.

    UnknownThingError when none of *integrations*, any by default, has indexed it, and when it was
    deleted or is hidden. A number belongs to one organization: where a tracker that names none is
    fed by several, the first one by name counts that has it.
    """
    groups = list(_groups(services, tracker, issue_key, integrations))
    is_gone = False
    for group in groups:
        record = services.work_items.get(group, str(issue_key.number))
        if record is not None and record.value.item is not None:
            return record.value.item
        is_gone = is_gone or record is not None
    if is_gone:
        raise UnknownThingError(
            f"{issue_key} was deleted, or is hidden from the integration.",
            next_step="If it is hidden, let the token's owner see the area that it belongs to.",
        )
    if not groups:
        raise UnknownThingError(
            f"{issue_key} is not indexed.",
            next_step='No work items are: switch "work_items" on in the "index" of an integration.',
        )
    raise UnknownThingError(
        f"{issue_key} is not indexed.",
        next_step="Work items are indexed that links name, a few minutes after the first one does.",
    )


def _groups(
    services: Services,
    tracker: Tracker,
    issue_key: IssueKey,
    integrations: Collection[IntegrationId] | None,
) -> Iterator[str]:
    """Yield where the work items are kept that the tracker's rules let count."""
    rules = Rules(grammars=tracker.grammars, kind=tracker.kind, url=tracker.url)
    found = []
    for record in services.integrations.list(ONE_GROUP):
        integration = record.value
        if integration.is_removed or tracker.id not in integration.trackers:
            continue
        if integrations is not None and integration.id not in integrations:
            continue
        if integration.index.work_items:
            cursors = services.work_item_cursors.list(integration.id)
            found += [(cursor.key, integration.id) for cursor in cursors]
    for organization, integration_id in sorted(found):
        reading = rules.for_repository("", organization=organization)
        if issue_key in reading.accept([attached_work_item(issue_key.number)]).keys:
            yield group_of(integration_id, organization)
