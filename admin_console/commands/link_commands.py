"""What operators look up of links from a shell, and what they attach and detach by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from admin_console.commands.parsing import INTEGRATION, Command, argument
from admin_console.commands.shell import plain
from admin_console.commits import reasons_of
from shared.access.auditing import OPERATOR
from shared.by_hand import ByHand, item_id_of
from shared.configuration import DEFAULT_TRACKER
from shared.connections.opening import integration_of
from shared.index.seen_commits import SeenCommits
from shared.issue_keys import parse_issue_key
from shared.links import page_of_links
from shared.model import Kind, RepositoryId
from shared.trackers import tracker_record

if TYPE_CHECKING:
    import argparse

    from shared.index.seen_commits import SeenCommit
    from shared.services import Services

_MOST_LINKS: Final = 200
_PAGE: Final = 1000
_MOST_REASONS: Final = 5


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


def list_commits(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each commit of a repository: id, date, issues or why none, title."""
    integration = integration_of(services, arguments.integration)
    seen = SeenCommits(services, integration, arguments.repository, tracker=arguments.tracker or "")
    after: str | None = ""
    while after is not None:
        page = seen.page(linked=arguments.linked, after=after, limit=_PAGE)
        for commit in page.commits:
            print(_line(commit, seen))
        after = page.next
        if after is None and page.is_uncertain:
            print("… and some that seem unlinked may be linked: more is told of them than was read")


def attach(services: Services, arguments: argparse.Namespace) -> None:
    """Show a commit, branch or pull request at an issue, whatever it names; it stays so."""
    by_hand, repository, item_id = _meant(services, arguments)
    by_hand.attach(repository, arguments.kind, item_id)
    print(f"It is attached to {arguments.issue_key}")


def detach(services: Services, arguments: argparse.Namespace) -> None:
    """Hide a commit, branch or pull request from an issue until it is attached again."""
    by_hand, repository, item_id = _meant(services, arguments)
    by_hand.detach(repository, arguments.kind, item_id)
    print(f"It is detached from {arguments.issue_key}")


def _meant(services: Services, arguments: argparse.Namespace) -> tuple[ByHand, RepositoryId, str]:
    tracker = tracker_record(services, arguments.tracker).value
    by_hand = ByHand(services, tracker, parse_issue_key(arguments.issue_key), by=OPERATOR)
    repository = RepositoryId(arguments.repository.lower())
    return by_hand, repository, item_id_of(arguments.kind, arguments.id)


def _line(commit: SeenCommit, seen: SeenCommits) -> str:
    item = commit.item
    at = f"{item.at:%Y-%m-%d}" if item.at else ""
    keys = ",".join(map(str, commit.issue_keys))
    reasons = reasons_of(commit, seen)
    parts = [f"{plain(one.text)} {plain(one.why)}" for one in reasons[:_MOST_REASONS]]
    if len(reasons) > _MOST_REASONS:
        parts.append(f"and {len(reasons) - _MOST_REASONS:,} more")
    why = "; ".join(parts)
    told = keys or (f"no key ({why})" if why else "no key")
    return f"{item.id}  {at:<10}  {told}  {plain(item.title)}"


_KEY: Final = argument("issue_key", metavar="KEY")
_TRACKER: Final = argument("--tracker", default=DEFAULT_TRACKER)
_REPOSITORY: Final = argument("repository", help="its id, as `integration repositories` prints it")
_ITEM: Final = (
    _KEY,
    _REPOSITORY,
    argument("id", help="the full SHA, the branch's name, or the pull request's number"),
    argument("--kind", choices=get_args(Kind), default="commit"),
    _TRACKER,
)

COMMANDS: Final = (
    Command("links", show_links, (_KEY, _TRACKER)),
    Command("commits", list_commits, (
        INTEGRATION,
        _REPOSITORY,
        argument("--linked", action="store_const", const=True, default=None,
                 help="only those that link to an issue"),
        argument("--unlinked", action="store_const", const=False, dest="linked",
                 help="only those that link to none"),
        argument("--tracker", help="whose issues are meant; the integration's first if left out"),
    )),
    Command("attach", attach, _ITEM),
    Command("detach", detach, _ITEM),
)  # fmt: skip
