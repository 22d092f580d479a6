"""Attach something to an issue by hand, or detach it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct

from shared.access.callers import require_issue
from shared.by_hand import ByHand, item_id_of
from shared.issue_keys import parse_issue_key
from shared.model import Kind, RepositoryId
from shared.web.answers import Answer

if TYPE_CHECKING:
    from shared.web.calls import Call


class ItemQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """Which commit, branch or pull request."""

    repository_id: RepositoryId
    kind: Kind
    id: str
    """The full SHA, the branch's name, or the pull request's number."""


def attach_link(call: Call) -> Answer:
    """Show an item at an issue that it does not name."""
    repository, kind, item_id = _item(call)
    _by_hand(call).attach(repository, kind, item_id)
    return Answer(status=HTTPStatus.NO_CONTENT)


def detach_link(call: Call) -> Answer:
    """Hide an item from an issue until it is attached again."""
    repository, kind, item_id = _item(call)
    _by_hand(call).detach(repository, kind, item_id)
    return Answer(status=HTTPStatus.NO_CONTENT)


def _by_hand(call: Call) -> ByHand:
    issue_key = parse_issue_key(call.path("issue_key"))
    require_issue(call.caller, issue_key)
    return ByHand(
        call.services,
        call.tracker,
        issue_key,
        by=call.caller.actor,
        integrations=call.caller.integrations,
    )


def _item(call: Call) -> tuple[RepositoryId, Kind, str]:
    asked = call.body(ItemQuestion)
    item_id = item_id_of(asked.kind, asked.id)
    return RepositoryId(asked.repository_id.lower()), asked.kind, item_id
