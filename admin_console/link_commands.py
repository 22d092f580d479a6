"""What operators look up of issues from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.commands import Command, argument
from shared.configuration import DEFAULT_TRACKER
from shared.issue_keys import parse_issue_key
from shared.links import page_of_links
from shared.trackers import tracker_record

if TYPE_CHECKING:
    import argparse

    from shared.services import Services

_MOST_LINKS: Final = 200


def show_links(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each link of an issue."""
    tracker = tracker_record(services, arguments.tracker).value
    issue_key = parse_issue_key(arguments.issue_key)
    page = page_of_links(services, tracker, issue_key, limit=_MOST_LINKS)
    for found in page.links:
        item = found.link.item
        at = f"{item.at:%Y-%m-%d}" if item.at else ""
        name = found.owned[0].repository.name
        print(f"{item.kind:<12}  {at:<10}  {item.status or '':<8}  {name}  {item.title}")
    if page.next is not None:
        print(f"… and more than {_MOST_LINKS}")


COMMANDS: Final = (
    Command("links", show_links, (
        argument("issue_key", metavar="KEY"),
        argument("--tracker", default=DEFAULT_TRACKER),
    )),
)  # fmt: skip
