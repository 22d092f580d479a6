"""What operators do with trackers from a shell."""

from __future__ import annotations

import sys
import uuid
from argparse import BooleanOptionalAction
from typing import TYPE_CHECKING, Any, Final, get_args

from admin_console.commands.parsing import Command, argument
from admin_console.commands.shell import as_json, plain
from admin_console.trackers import changed_tracker
from shared import trackers
from shared.access.auditing import OPERATOR, audit
from shared.configuration import GrammarName, TrackerKind
from shared.errors import BadRequestError
from shared.index.rule_changes import prefixes, preview
from shared.index.targets import reading_of_all
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    import argparse

    from shared.services import Services

_SOURCES: Final = ("description", "tags", "inherit")
_LISTS: Final = ("grammars", "projects", "origins")
_TEXTS: Final = ("name", "kind", "url", "pattern", "number_since")
_NO_RANGE: Final = "none"


def list_trackers(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each tracker: id, kind, grammars, projects, name."""
    del arguments
    for record in services.trackers.list(ONE_GROUP):
        tracker = record.value
        projects = ",".join(tracker.projects) or "learned"
        grammars = ",".join(tracker.grammars)
        print(f"{tracker.id}  {tracker.kind}  {grammars}  {projects}  {plain(tracker.name)}")


def show_tracker(services: Services, arguments: argparse.Namespace) -> None:
    """Print a tracker as JSON."""
    tracker = trackers.tracker_record(services, arguments.tracker).value
    fields = {name: getattr(tracker, name) for name in tracker.__struct_fields__}
    del fields["table_id"]
    print(as_json(fields))


def add_tracker(services: Services, arguments: argparse.Namespace) -> None:
    """Make a tracker and print its id."""
    tracker_id = arguments.id or f"t{uuid.uuid4().hex[:12]}"
    blank = trackers.new_tracker(services, arguments.name, tracker_id=tracker_id)
    made = trackers.create_tracker(services, changed_tracker(blank, _patch(arguments)))
    audit(services, "tracker_added", by=OPERATOR, detail=made.id)
    print(made.id)


def change_tracker(services: Services, arguments: argparse.Namespace) -> None:
    """Change a tracker; links follow in the background where the rules are others."""
    known = trackers.tracker_record(services, arguments.tracker).value
    kept = trackers.change_tracker(services, changed_tracker(known, _patch(arguments)))
    audit(services, "tracker_changed", by=OPERATOR, detail=kept.id)
    print(f"{kept.id} is changed")


def remove_tracker(services: Services, arguments: argparse.Namespace) -> None:
    """Delete a tracker with its links and its tokens."""
    trackers.remove_tracker(services, arguments.tracker)
    audit(services, "tracker_removed", by=OPERATOR, detail=arguments.tracker)
    print(f"{arguments.tracker} is gone")


def try_rules(services: Services, arguments: argparse.Namespace) -> None:
    """Print which issue keys are found in texts, each a commit message, by the rules given."""
    known = trackers.tracker_record(services, arguments.tracker).value
    reading = reading_of_all(services, changed_tracker(known, _patch(arguments)))
    for text in arguments.texts or sys.stdin.read().splitlines():
        outcome = reading.read(text)
        keys = ", ".join(str(key) for key in outcome.keys) or "no key"
        rest = ", ".join(dict.fromkeys(one.text for one in outcome.not_accepted))
        print(f"{keys}{f'  (not {plain(rest)})' if rest else ''}  {plain(text)}")


def show_prefixes(services: Services, arguments: argparse.Namespace) -> None:
    """Print what is written like a project's key, the most used first, and what counts as one."""
    tracker = trackers.tracker_record(services, arguments.tracker).value
    found = prefixes(services, tracker)
    learned = {p for record in services.learned.list(tracker.id) for p in record.value.own}
    counts = found.statistics.prefixes
    for prefix in sorted(counts, key=lambda one: (-counts[one].mentions, one)):
        state = "listed" if prefix in tracker.projects else ""
        if not tracker.projects and prefix in learned:
            state = "learned"
        count = counts[prefix]
        print(
            f"{plain(prefix):<20}  {state:<8}  {count.mentions} mentions, {count.numbers} numbers, "
            f"{found.repositories[prefix]} repositories"
        )
    if found.is_truncated:
        print("There was more than could be counted in time.")


def preview_rules(services: Services, arguments: argparse.Namespace) -> None:
    """Print what other rules would add and remove; nothing is changed."""
    known = trackers.tracker_record(services, arguments.tracker).value
    found = preview(services, known, changed_tracker(known, _patch(arguments)))
    print(f"{found.added.total()} links would come, {found.removed.total()} would go")
    for project, _ in (found.added + found.removed).most_common():
        print(f"  {project}: +{found.added[project]} -{found.removed[project]}")
    for example in found.examples:
        sign = "+" if example.change == "added" else "-"
        name = f"{example.repository.project}/{example.repository.name}"
        print(f"  {sign} {example.issue_key}  {plain(name)}  {plain(example.item.title)}")
    if found.is_truncated:
        print("There was more than could be looked at in time: the counts are of a part.")


def _patch(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what is to be other than it is, as a merge patch; an empty list takes all away."""
    given = vars(arguments)
    patch: dict[str, Any] = {}
    for name in _TEXTS:
        if given[name] is not None:
            patch[name] = (
                given[name] or None if name in {"pattern", "number_since"} else given[name]
            )
    for name in _LISTS:
        if given[name] is not None:
            patch[name] = [part.strip() for part in given[name].split(",") if part.strip()]
    sources = {name: given[name] for name in _SOURCES if given[name] is not None}
    if sources:
        patch["sources"] = sources
    if given["number_range"] is not None:
        patch["number_range"] = _range(given["number_range"])
    aliases = dict(_alias(text) for text in given["alias"] or ())
    if aliases:
        patch["aliases"] = aliases
    return patch


def _range(text: str) -> list[int] | None:
    first, _, last = text.partition("-")
    if text == _NO_RANGE:
        return None
    if not (first.isdigit() and last.isdigit()):
        fields = {"number_range": "two numbers like 1-99999, or none"}
        raise BadRequestError("The range cannot be read.", fields=fields)
    return [int(first), int(last)]


def _alias(text: str) -> tuple[str, str | None]:
    """Return what an old key or project is called now; None takes the alias away."""
    old, separator, new = text.partition("=")
    if not separator:
        fields = {"alias": f"{text[:40]!r} is not like OLD=NEW"}
        raise BadRequestError("The alias cannot be read.", fields=fields)
    return old.strip().upper(), new.strip() or None


_ONE: Final = argument("tracker", help="its id")
_SETTINGS: Final = (
    argument("--kind", choices=get_args(TrackerKind)),
    argument("--url", help="where its issues are"),
    argument("--grammars", help=f"with commas: {','.join(get_args(GrammarName))}"),
    argument("--projects", help="with commas; an empty text: they are learned"),
    argument("--number-range", metavar="1-99999", help="of plain numbers; none: any"),
    argument("--number-since", metavar="TIME", help="plain numbers count from then on"),
    argument("--pattern", help="a regular expression of your own; an empty text: none"),
    argument("--origins", help="with commas: where its pages are, for the panel"),
    argument("--alias", action="append", metavar="OLD=NEW", help="can be repeated"),
    argument("--description", action=BooleanOptionalAction, help="look into descriptions"),
    argument("--tags", action=BooleanOptionalAction, help="look into tags"),
    argument("--inherit", action=BooleanOptionalAction, help="commits get their pull request's"),
)
_RENAMED: Final = (argument("--name"), *_SETTINGS)

COMMANDS: Final = (
    Command("tracker list", list_trackers),
    Command("tracker show", show_tracker, (_ONE,)),
    Command("tracker add", add_tracker, (
        argument("--name", required=True),
        argument("--id", default="", help="one is made if left out"),
        *_SETTINGS,
    )),
    Command("tracker change", change_tracker, (_ONE, *_RENAMED)),
    Command("tracker remove", remove_tracker, (_ONE,)),
    Command("tracker try", try_rules, (
        _ONE,
        argument("texts", nargs="*", metavar="TEXT", help="the lines typed in if left out"),
        *_RENAMED,
    )),
    Command("tracker prefixes", show_prefixes, (_ONE,)),
    Command("tracker preview", preview_rules, (_ONE, *_RENAMED)),
)  # fmt: skip
