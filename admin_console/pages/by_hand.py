"""Attaches things to an issue by hand and detaches them, from the page that shows its links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args
from urllib.parse import urlencode

from admin_console.pages.issues import issue_page
from admin_console.pages.pages import Page, go
from shared.by_hand import ByHand, item_id_of
from shared.errors import BadRequestError, DevlinksError
from shared.index.page_addresses import item_at
from shared.issue_keys import parse_issue_key
from shared.model import Kind, RepositoryId
from shared.repositories import choices_of
from shared.trackers import tracker_record

if TYPE_CHECKING:
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

_NOWHERE: Final = "no repository that is indexed for this tracker has such a page"


def attach(visit: Visit) -> Html | Redirect:
    """Attach what an address of the git host's pages is of, or what was detached before."""
    try:
        by_hand = _by_hand(visit)
        by_hand.attach(*(_item(visit) if visit.form("id") else _item_at(visit)))
    except DevlinksError as error:
        return issue_page(visit, wrong=error)
    return _back(visit, "attached")


def detach(visit: Visit) -> Html | Redirect:
    """Detach one link."""
    try:
        _by_hand(visit).detach(*_item(visit))
    except DevlinksError as error:
        return issue_page(visit, wrong=error)
    return _back(visit, "detached")


def _by_hand(visit: Visit) -> ByHand:
    tracker = tracker_record(visit.services, visit.form("tracker")).value
    issue_key = parse_issue_key(visit.query("key"))
    return ByHand(visit.services, tracker, issue_key, by=visit.caller.actor)


def _item(visit: Visit) -> tuple[RepositoryId, Kind, str]:
    """Return the item that a button names."""
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    kind = kinds.get(visit.form("kind"))
    if kind is None:
        raise BadRequestError("The item cannot be meant.", fields={"kind": "there is no such kind"})
    return RepositoryId(visit.form("repository")), kind, item_id_of(kind, visit.form("id"))


def _item_at(visit: Visit) -> tuple[RepositoryId, Kind, str]:
    tracker = tracker_record(visit.services, visit.form("tracker")).value
    choices = choices_of(visit.services, tracker)
    found = item_at(visit.form("address"), (choice.repository for choice in choices))
    if found is None:
        raise BadRequestError("Nothing can be attached by that.", fields={"address": _NOWHERE})
    repository, kind, item_id = found
    return repository.id, kind, item_id_of(kind, item_id)


def _back(visit: Visit, done: str) -> Redirect:
    query = {name: visit.query(name) for name in ("key", "tracker") if visit.query(name)}
    return go(f"/issues?{urlencode(query)}", done=done)


PAGES: Final = (
    Page("POST", "issues/attach", attach, "operator"),
    Page("POST", "issues/detach", detach, "operator"),
)
