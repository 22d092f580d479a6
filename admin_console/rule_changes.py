"""What rules do, over HTTP: try them on texts, see what a change would do, look for projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import Meta, Struct, field

from admin_console.trackers import TrackerBody, changed_tracker
from shared import trackers
from shared.errors import BadRequestError
from shared.index.rule_changes import Change, Example, prefixes, preview
from shared.index.targets import reading_of_all
from shared.model import Kind
from shared.web.calls import write_cursor
from shared.web.routes import PAGED, Route

if TYPE_CHECKING:
    from shared.issue_keys import Reading
    from shared.web.calls import Call

_MOST_TEXTS: Final = 100
_MOST_CHARACTERS: Final = 20_000
_LONGEST_NUMBER: Final = 9


class TryBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Texts to be read as commit messages."""

    texts: Annotated[
        tuple[Annotated[str, Meta(max_length=_MOST_CHARACTERS)], ...], Meta(max_length=_MOST_TEXTS)
    ]
    rules: dict[str, Any] = field(default_factory=dict)
    """What is to be changed of the tracker for this once, as PATCH has it."""


class FoundKey(Struct, frozen=True):
    """An issue key in a text."""

    issue_key: str
    text: str
    """As it is written there."""
    closes: bool


class TriedText(Struct, frozen=True):
    """What rules make of a text."""

    text: str
    issue_keys: tuple[FoundKey, ...]
    not_accepted: tuple[str, ...]
    """What looks like a key and is none by these rules."""


class TryAnswer(Struct, frozen=True):
    """What rules make of texts, in the order asked."""

    results: tuple[TriedText, ...]


class PrefixRow(Struct, frozen=True):
    """Something that is written like a project's key."""

    prefix: str
    mentions: int
    numbers: int
    """How many different ones follow it: exact below 64, then an estimate."""
    repositories: int
    is_listed: bool
    """The tracker's list of projects has it."""
    is_learned: bool
    """It counts as a project of a repository that uses it, though nobody listed it."""


class PrefixesAnswer(Struct, frozen=True):
    """A page of prefixes, the most used first."""

    prefixes: tuple[PrefixRow, ...]
    truncated: bool
    """There was more than could be counted in time."""
    next: str | None


class ProjectChange(Struct, frozen=True):
    """How many links of a project's issues would come and go."""

    project: str
    added: int
    removed: int


class ExampleRepository(Struct, frozen=True):
    """Where an example is."""

    id: str
    name: str
    project: str
    organization: str


class ExampleRow(Struct, frozen=True):
    """A link that would come or go."""

    issue_key: str
    change: Change
    kind: Kind
    id: str
    title: str
    repository: ExampleRepository


class PreviewAnswer(Struct, frozen=True):
    """What a change of rules would do."""

    added: int
    removed: int
    projects: tuple[ProjectChange, ...]
    """Those with the most changes first."""
    examples: tuple[ExampleRow, ...]
    mentions_read: int
    truncated: bool
    """There was more than could be looked at in time: the counts are of a part."""
    reads_again: int
    """Repositories that would be read again for a new pattern; not 0, what it would add is counted
    in titles and names of branches alone."""


def try_rules(call: Call) -> TryAnswer:
    """Return which issue keys the tracker finds in texts."""
    known = trackers.tracker_record(call.services, call.path("tracker_id")).value
    body = call.body(TryBody)
    try:
        tracker = changed_tracker(known, body.rules)
    except BadRequestError as error:
        fields = {f"rules.{name}": wrong for name, wrong in error.fields.items()}
        raise BadRequestError(str(error), fields=fields) from error
    reading = reading_of_all(call.services, tracker)
    return TryAnswer(tuple(_tried(text, reading) for text in body.texts))


def list_prefixes(call: Call) -> PrefixesAnswer:
    """Return what is written like a project's key in what is indexed, the most used first."""
    services = call.services
    tracker = trackers.tracker_record(services, call.path("tracker_id")).value
    limit, position = call.limit(), call.cursor()
    if position and not (position.isdigit() and len(position) <= _LONGEST_NUMBER):
        raise BadRequestError(
            "The parameter cursor cannot be used.",
            fields={"cursor": "it is not one that we gave out"},
        )
    start = int(position or 0)
    found = prefixes(services, tracker)
    learned = {p for r in services.learned.list(tracker.id) for p in r.value.own}
    counts = found.statistics.prefixes
    ordered = sorted(counts, key=lambda prefix: (-counts[prefix].mentions, prefix))
    rows = tuple(
        PrefixRow(
            prefix=prefix,
            mentions=counts[prefix].mentions,
            numbers=counts[prefix].numbers,
            repositories=found.repositories[prefix],
            is_listed=prefix in tracker.projects,
            is_learned=not tracker.projects and prefix in learned,
        )
        for prefix in ordered[start : start + limit]
    )
    is_last = start + limit >= len(ordered)
    following = None if is_last else write_cursor(str(start + limit))
    return PrefixesAnswer(rows, found.is_truncated, following)


def preview_rules(call: Call) -> PreviewAnswer:
    """Return what a change of the tracker would do to links; nothing is changed."""
    known = trackers.tracker_record(call.services, call.path("tracker_id")).value
    changed = changed_tracker(known, call.body(dict[str, Any]))
    found = preview(call.services, known, changed)
    changes = (found.added + found.removed).most_common()
    return PreviewAnswer(
        added=found.added.total(),
        removed=found.removed.total(),
        projects=tuple(
            ProjectChange(project, found.added[project], found.removed[project])
            for project, _ in changes
        ),
        examples=tuple(map(_row, found.examples)),
        mentions_read=found.mentions_read,
        truncated=found.is_truncated,
        reads_again=found.reads_again,
    )


def _tried(text: str, reading: Reading) -> TriedText:
    outcome = reading.read(text)
    keys = tuple(
        FoundKey(str(key), evidence.text, evidence.closes)
        for key, found in outcome.keys.items()
        for evidence in found
    )
    accepted = {key.text for key in keys}
    rest = dict.fromkeys(candidate.text for candidate in outcome.not_accepted)
    return TriedText(text, keys, tuple(text for text in rest if text not in accepted))


def _row(example: Example) -> ExampleRow:
    item, repository = example.item, example.repository
    return ExampleRow(
        issue_key=str(example.issue_key),
        change=example.change,
        kind=item.kind,
        id=item.id,
        title=item.title,
        repository=ExampleRepository(
            repository.id, repository.name, repository.project, repository.organization
        ),
    )


_ONE: Final = "trackers/{tracker_id}"

ROUTES: Final = (
    Route("GET", f"{_ONE}/prefixes", list_prefixes, "admin",
          "What is written like a project's key.", answer=PrefixesAnswer, query=PAGED),
    Route("POST", f"{_ONE}/try", try_rules, "admin", "Which keys it finds in texts.",
          body=TryBody, answer=TryAnswer),
    Route("POST", f"{_ONE}/rules/preview", preview_rules, "admin",
          "What a change would do to links.", patch=TrackerBody, answer=PreviewAnswer),
)  # fmt: skip
