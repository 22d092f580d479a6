"""Attach a commit, branch or pull request to an issue by hand, or detach it.

What a person said stays, whatever is indexed, judged by other rules or told by the git host later,
until a person says otherwise. A detached item is hidden, not forgotten.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from shared.access.auditing import audit
from shared.connections.opening import check_callable, open_organization
from shared.errors import BadRequestError, UnknownThingError
from shared.index.looking_up import Asked, ItemFinder
from shared.index.supplements import told_of
from shared.index.targets import targets_of
from shared.issue_keys import given_by_hand
from shared.links import KINDS, Owners
from shared.origins import attached_to, detached_from, hides, is_by_hand
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.audit_entries import Actor, AuditAction
    from shared.configuration import Integration, Tracker
    from shared.index.targets import TrackerTarget
    from shared.issue_keys import IssueKey
    from shared.links import Owned
    from shared.model import IntegrationId, Item, Kind, Link, Origin, RepositoryId
    from shared.services import Services

_AT_ONCE: Final = 1000
_FORMS: Final[dict[Kind, tuple[re.Pattern[str], str]]] = {
    "commit": (re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}"), "a full SHA"),
    "pull_request": (re.compile(r"[1-9][0-9]{0,9}"), "a pull request's number"),
    "branch": (re.compile(r"[^\x00-\x20\x7f]{1,250}"), "a branch's name"),
}


def item_id_of(kind: Kind, text: str) -> str:
    """Return the id that a text stands for; BadRequestError when no item of the kind has it."""
    item_id = text.lower() if kind == "commit" else text
    form, described = _FORMS[kind]
    if not form.fullmatch(item_id):
        raise BadRequestError("The item cannot be meant.", fields={"id": f"it is not {described}"})
    return item_id


class ByHand:
    """What is attached to one issue of a tracker, and detached from it, by hand."""

    def __init__(
        self,
        services: Services,
        tracker: Tracker,
        issue_key: IssueKey,
        *,
        by: Actor,
        integrations: Collection[IntegrationId] | None = None,
    ) -> None:
        """Change the issue for somebody who may see *integrations*, None for all."""
        self._services = services
        self._tracker = tracker
        self._issue_key = issue_key
        self._by = by
        self._owners = Owners(services, tracker, integrations)

    def attach(self, repository: RepositoryId, kind: Kind, item_id: str) -> None:
        """Show an item at the issue, whatever it names; done twice, it is the same.

        UnknownThingError when no such repository is indexed, or it has no such item. HooksOnlyError
        when the item is not indexed and nobody can be asked.
        """
        target, owned = self._target(repository)
        item = self._find(owned, target, Asked(kind, item_id))
        hidden = [link for link in self._links(repository, kind, item_id) if hides(link.origin)]
        changed = self._forget(hidden)
        origin = attached_to(self._issue_key)
        changed |= self._tell(target, item, origin)
        self._note(changed, "link_attached", owned, item)

    def detach(self, repository: RepositoryId, kind: Kind, item_id: str) -> None:
        """Hide an item from the issue until it is attached again; done twice, it is the same.

        A commit is hidden with its copies in forks. UnknownThingError when it was never linked.
        """
        target, owned = self._target(repository)
        links = self._links(repository, kind, item_id)
        own = [link.item for link in links if link.item.repository == repository]
        if not own:
            raise UnknownThingError(
                f"Nothing of the kind is linked to {self._issue_key}.",
                next_step="Name it by the repository's id, the kind and the id of a link.",
            )
        changed = self._forget([link for link in links if is_by_hand(link.origin)])
        changed |= self._tell(target, own[0], detached_from(self._issue_key))
        self._note(changed, "link_detached", owned, own[0])

    def detached(self) -> list[tuple[Item, Owned]]:
        """Return what is hidden from the issue by hand, among its first thousand links."""
        stored = self._services.storage.links(self._tracker)
        rows = stored.read(self._issue_key, kinds=KINDS, after="", limit=_AT_ONCE)
        items = (row.link.item for row in rows if hides(row.link.origin))
        found = ((item, self._owners.showing(item)) for item in items)
        return [(item, owned) for item, owned in found if owned is not None]

    def _target(self, repository: RepositoryId) -> tuple[TrackerTarget, Owned]:
        owned = self._owners.owned(repository)
        if owned is None:
            raise _no_repository()
        targets = targets_of(self._services, self._integration(owned), owned.repository)
        for target in targets:
            if target.tracker.id == self._tracker.id:
                return target, owned
        raise _no_repository()

    def _integration(self, owned: Owned) -> Integration:
        found = self._services.integrations.get(ONE_GROUP, owned.integration)
        if found is None:
            raise _no_repository()
        return found.value

    def _find(self, owned: Owned, target: TrackerTarget, asked: Asked) -> Item:
        """Return an item from what is stored, or as the git host tells it."""
        services, repository = self._services, owned.repository
        integration = self._integration(owned)
        finder = ItemFinder(services, integration, repository, targets=[target], host=None)
        place = (asked.kind, asked.id)
        found = finder.find([asked])
        if not found and asked.kind in finder.kinds and asked.kind != "branch":
            check_callable(integration)
            host = open_organization(services, integration, repository.organization)
            finder = ItemFinder(services, integration, repository, targets=[target], host=host)
            found = finder.find([asked])
        if not found:
            raise UnknownThingError(
                f"The repository has no such {asked.kind.replace('_', ' ')}, or it is not indexed.",
                next_step="Attach it once it is indexed, and by its full id.",
            )
        return found[place]

    def _links(self, repository: RepositoryId, kind: Kind, item_id: str) -> list[Link]:
        """Return all that links an item to the issue, hidden or not.

        A commit is the same one in every repository.
        """
        stored = self._services.storage.links(self._tracker)
        found: list[Link] = []
        after = ""
        while True:
            page = stored.read(self._issue_key, kinds=[kind], after=after, limit=_AT_ONCE)
            items = ((s.link, s.link.item) for s in page)
            found += [
                link
                for link, item in items
                if item.id == item_id and (kind == "commit" or item.repository == repository)
            ]
            if len(page) < _AT_ONCE:
                return found
            after = page[-1].position

    def _tell(self, target: TrackerTarget, item: Item, origin: Origin) -> set[IssueKey]:
        candidates = (given_by_hand(self._issue_key),)
        told = told_of(item, candidates, target.target.reading, origin=origin, at=None)
        return target.links.replace([told])

    def _forget(self, links: Collection[Link]) -> set[IssueKey]:
        stored = self._services.storage.links(self._tracker)
        changed: set[IssueKey] = set()
        for link in links:
            item = link.item
            changed |= stored.delete(
                item.repository,
                item.kind,
                [item.id],
                observed_at=self._services.clock(),
                origin=link.origin,
            )
        return changed

    def _note(
        self, changed: Collection[IssueKey], action: AuditAction, owned: Owned, item: Item
    ) -> None:
        if not changed:
            return
        services = self._services
        services.storage.changes.note(self._tracker, changed, at=services.clock())
        audit(
            services,
            action,
            by=self._by,
            integration=owned.integration,
            detail=f"{self._issue_key}: {item.kind} {item.id} of {owned.repository.id}",
        )


def _no_repository() -> UnknownThingError:
    return UnknownThingError(
        "There is no such repository, or it is not indexed.",
        next_step="Take its id from a link or from the list of the integration's repositories.",
    )
