"""Trackers: what shows issues, and decides what an issue key is."""

from __future__ import annotations

import re
import secrets
import string
from typing import TYPE_CHECKING, Final

from shared.configuration import DEFAULT_TRACKER, Tracker
from shared.errors import (
    BadIssueKeyError,
    BadRequestError,
    ChangedError,
    ConflictError,
    UnknownThingError,
)
from shared.index.patterns import wrong_with_pattern
from shared.issue_keys import parse_issue_key
from shared.messages import Job
from shared.model import TrackerId
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shared.configuration import Integration
    from shared.interfaces.storage import Record
    from shared.services import Services

_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_TABLE_ID_LENGTH: Final = 12
_MOST_PROJECTS: Final = 5000
_JUDGING: Final = (
    "kind", "url", "grammars", "projects", "sources", "number_range", "number_since", "aliases",
    "pattern",
)  # fmt: skip
"""The fields that decide what a key is."""


def ensure_default_tracker(services: Services) -> None:
    """Make the tracker that exists from the start, unless it is there."""
    if services.known_trackers.get(ONE_GROUP, DEFAULT_TRACKER) is None:
        tracker = new_tracker(services, "Default", tracker_id=DEFAULT_TRACKER)
        try:
            services.trackers.insert(ONE_GROUP, tracker.id, tracker)
        except ChangedError:
            return  # another worker was first


def new_tracker(services: Services, name: str, *, tracker_id: str) -> Tracker:
    """Return a tracker with everything as it is when nothing is said; it is not kept yet."""
    alphabet = string.ascii_lowercase + string.digits
    table_id = "".join(secrets.choice(alphabet) for _ in range(_TABLE_ID_LENGTH))
    return Tracker(TrackerId(tracker_id), table_id, name, services.clock())


def create_tracker(services: Services, tracker: Tracker) -> Tracker:
    """Keep a new tracker; ConflictError when its id is taken."""
    check_tracker(tracker)
    try:
        return services.trackers.insert(ONE_GROUP, tracker.id, tracker).value
    except ChangedError as error:
        raise ConflictError(f"There is a tracker {tracker.id!r} already.") from error


def change_tracker(services: Services, wanted: Tracker) -> Tracker:
    """Change a tracker; when that changes what a key is, all stored mentions are judged anew.

    For a new pattern everything is read again, since no more than the first line of texts is kept.
    """
    record = tracker_record(services, wanted.id)
    check_tracker(wanted)
    kept = services.trackers.replace(record, wanted).value
    services.known_trackers.forget(ONE_GROUP, wanted.id)
    if any(getattr(record.value, name) != getattr(kept, name) for name in _JUDGING):
        _judge_anew(services, kept)
    if kept.pattern and kept.pattern != record.value.pattern:
        _read_again(services, kept)
    return kept


def remove_tracker(services: Services, tracker_id: str) -> None:
    """Delete a tracker with its links; ConflictError while an integration feeds it."""
    record = tracker_record(services, tracker_id)
    if record.key == DEFAULT_TRACKER:
        raise ConflictError("The default tracker stays.")
    for integration in services.integrations.list(ONE_GROUP):
        known = integration.value
        if tracker_id in (*known.trackers, *known.former_trackers):
            raise ConflictError(
                f"The integration {known.name!r} feeds this tracker.",
                next_step="Take it out of its integrations first, and wait until that is done.",
            )
    for token in services.tokens.list(ONE_GROUP):
        if token.value.tracker == tracker_id:
            services.tokens.delete(ONE_GROUP, token.key)
    for records in (services.owners, services.learned):
        for repository in records.list(tracker_id):
            records.delete(tracker_id, repository.key)
    services.storage.drop_links(record.value)
    services.trackers.remove(record)
    services.known_trackers.forget(ONE_GROUP, tracker_id)


def tracker_record(services: Services, tracker_id: str) -> Record[Tracker]:
    """Return a tracker as stored; UnknownThingError when there is none."""
    record = services.trackers.get(ONE_GROUP, tracker_id)
    if record is None:
        raise UnknownThingError(f"There is no tracker {tracker_id!r}.")
    return record


def _judge_anew(services: Services, tracker: Tracker) -> None:
    for integration in _feeding(services, tracker):
        for repository in services.repositories.list(integration.id):
            job = Job(integration.id, "rules", repository=repository.value.repository.id)
            services.storage.jobs.put("reindex", job)


def _read_again(services: Services, tracker: Tracker) -> None:
    """Have the next passes begun now; that they read everything, they see for themselves."""
    for integration in _feeding(services, tracker):
        if integration.hooks_only:
            continue
        for repository in services.repositories.list(integration.id):
            if repository.value.is_live:
                job = Job(integration.id, "asked", repository=repository.value.repository.id)
                services.storage.jobs.put("reindex", job)
        found = services.discoveries.get(ONE_GROUP, integration.id)
        if integration.index.pull_requests and found is not None:
            for project in sorted(found.value.projects):
                services.storage.jobs.put("reindex", Job(integration.id, "asked", project=project))


def _feeding(services: Services, tracker: Tracker) -> Iterator[Integration]:
    for record in services.integrations.list(ONE_GROUP):
        if tracker.id in record.value.trackers and not record.value.is_removed:
            yield record.value


def _wrong_alias(aliases: Mapping[str, str]) -> str:
    """Return the first alias that is neither project to project nor key to key, or ""."""
    for old, new in aliases.items():
        if not (_is_project(old) and _is_project(new)) and not (_is_key(old) and _is_key(new)):
            return f"{old[:40]} to {new[:40]}"
    return ""


def _is_key(text: str) -> bool:
    try:
        return str(parse_issue_key(text)) == text
    except BadIssueKeyError:
        return False


def _is_project(text: str) -> bool:
    try:
        return parse_issue_key(f"{text}-1").project == text
    except BadIssueKeyError:
        return False


def _wrong_with_reading(tracker: Tracker) -> dict[str, str]:
    """Return what is wrong with how keys are to be found, by field."""
    if not tracker.pattern:
        return {} if tracker.grammars else {"grammars": "at least one, unless there is a pattern"}
    wrong = wrong_with_pattern(tracker.pattern)
    return {"pattern": wrong} if wrong else {}


def check_tracker(tracker: Tracker) -> None:
    """Return when a tracker can be kept; BadRequestError names what is wrong with it."""
    fields = {}
    if not _ID.fullmatch(tracker.id):
        fields["id"] = "lower-case letters, digits and dashes, at most 40"
    if not tracker.name.strip():
        fields["name"] = "it is empty"
    fields |= _wrong_with_reading(tracker)
    wrong = [project for project in tracker.projects if not _is_project(project)]
    if wrong:
        fields["projects"] = f"{wrong[0][:60]!r} is no project key"
    if len(tracker.projects) > _MOST_PROJECTS:
        fields["projects"] = f"at most {_MOST_PROJECTS:,}"
    bounds = tracker.number_range
    if bounds is not None and not 1 <= bounds[0] <= bounds[1]:
        fields["number_range"] = "two numbers from 1 up, the smaller first"
    if tracker.url and not tracker.url.startswith(("https://", "http://")):
        fields["url"] = "it must begin with https://"
    wrong_alias = _wrong_alias(tracker.aliases)
    if wrong_alias:
        fields["aliases"] = f"{wrong_alias} is neither project to project nor key to key"
    if fields:
        raise BadRequestError("The tracker cannot be kept like this.", fields=fields)
