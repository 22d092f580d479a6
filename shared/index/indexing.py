"""Make mentions, and by them links, of what a git host told. Nothing here reads or writes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared.issue_keys import MOST_KEYS, Evidence, Reading, Source, attached_work_item, find
from shared.model import EPOCH, IntegrationId, Item, Mention, RepositoryId
from shared.origins import inherited_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.issue_keys import Candidate, IssueKey, Outcome
    from shared.model import Branch, Commit, PullRequest

_LONGEST_TITLE: Final = 255
_LONGEST_NAME: Final = 200
_UNSHOWN: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_BOTS: Final = re.compile(r"dependabot|renovate", re.ASCII)
_TWO: Final = 2
_MARKED_DESCRIPTION: Final = 400
"""As much as the lists of Azure DevOps tell."""


class Target(Struct, frozen=True):
    """Whose items are indexed, and by which rules of one tracker."""

    integration: IntegrationId
    repository: RepositoryId
    reading: Reading


def mention_of_commit(commit: Commit, target: Target) -> Mention:
    """Return what a commit's message names.

    Work items are attached to it by `attaching`: not every way to read a commit tells of them.
    """
    candidates = _found(commit.message, Source.MESSAGE, target)
    item = item_of_commit(commit, target)
    at = commit.committed_at.replace(microsecond=0)
    return _mention(item, candidates, target, at=at, observed_at=None)


def item_of_commit(commit: Commit, target: Target) -> Item:
    """Return what an issue shows of a commit; a message that is cut suffices."""
    return Item(
        kind="commit",
        id=commit.id,
        repository=target.repository,
        integration=target.integration,
        title=shown(commit.message, most=_LONGEST_TITLE),
        author=shown(commit.author, most=_LONGEST_NAME),
        at=commit.committed_at.replace(microsecond=0),
        flags=("merge",) if commit.parents and len(commit.parents) >= _TWO else (),
    )


def mention_of_branch(branch: Branch, target: Target, *, observed_at: datetime) -> Mention:
    """Return what a branch's name names."""
    candidates = _found(branch.name, Source.BRANCH_NAME, target)
    item = Item(
        kind="branch",
        id=branch.name,
        repository=target.repository,
        integration=target.integration,
        title=shown_name(branch.name),
    )
    return _mention(item, candidates, target, at=observed_at, observed_at=observed_at)


def mention_of_pull_request(pull_request: PullRequest, target: Target) -> Mention:
    """Return what a pull request names: its title, source branch, description, work items.

    The description of one that a bot opened is the release notes of something else.
    """
    candidates = _found(pull_request.title, Source.TITLE, target)
    candidates += _found(pull_request.source_branch, Source.SOURCE_BRANCH, target)
    if not is_by_bot(pull_request):
        candidates += _found(pull_request.description, Source.DESCRIPTION, target)
    if pull_request.work_items:
        candidates += tuple(map(attached_work_item, pull_request.work_items))
    at = pull_request.created_at.astimezone(UTC).replace(microsecond=0)
    item = Item(
        kind="pull_request",
        id=str(pull_request.number),
        repository=target.repository,
        integration=target.integration,
        title=shown(pull_request.title, most=_LONGEST_TITLE),
        author=shown(pull_request.author, most=_LONGEST_NAME),
        at=at,
        status=pull_request.status,
        source_branch=shown(_source_branch(pull_request), most=_LONGEST_TITLE),
        target_branch=shown(pull_request.target_branch, most=_LONGEST_TITLE),
        merge_commit=pull_request.merge_commit,
        reviewers=pull_request.reviewers,
    )
    mention = _mention(item, candidates, target, at=at, observed_at=pull_request.observed_at)
    return replace(mention, mark=mark_of(pull_request, target))


def _source_branch(pull_request: PullRequest) -> str:
    """Return the source branch, behind the name of its repository where that is a fork."""
    fork = pull_request.fork
    return f"{fork}:{pull_request.source_branch}" if fork else pull_request.source_branch


def mark_of(pull_request: PullRequest, target: Target) -> str:
    """Return what tells a pull request from itself at another time.

    It is the same for one read from a list, where the description is cut, and one read whole.
    Where commits are to inherit, it is another for other commits, and than where they are not.
    It is another for each pattern of an admin's own: the text has to be looked through anew.
    """
    inherits = Source.INHERITED not in target.reading.left_out
    pattern_id = target.reading.pattern_id
    told = replace(
        pull_request,
        description=pull_request.description[:_MARKED_DESCRIPTION],
        is_description_whole=True,
        work_items=None,
        # It changes with each push to the target, and nothing that is shown depends on it.
        merge_status="unknown",
        head=pull_request.head if inherits else None,
        observed_at=EPOCH,
    )
    marked = (told, inherits, pattern_id) if pattern_id else (told, inherits)
    return blake2b(msgspec.json.encode(marked), digest_size=10).hexdigest()


def restated(mention: Mention, reading: Reading) -> Mention:
    """Return the same mention under other rules, from the candidates that were kept."""
    item = mention.item
    outcome = reading.accept(mention.candidates, at=item.at or mention.observed_at)
    keys = _with_cut_noted(outcome) if outcome.is_cut else outcome.keys
    number = inherited_from(mention.origin)
    if number:
        keys = _inherited(keys, number, reading)
    return replace(mention, keys=keys, rules=reading.version)


def is_by_bot(pull_request: PullRequest) -> bool:
    """Tell whether a dependency bot opened a pull request."""
    return bool(
        _BOTS.match(pull_request.source_branch) or _BOTS.search(pull_request.author.lower())
    )


def shown(text: str, *, most: int) -> str:
    """Return the first line of a text that has anything to see, without control characters."""
    line = text.lstrip().partition("\n")[0]
    return _UNSHOWN.sub("", line)[:most].rstrip()


def shown_name(branch: str) -> str:
    """Return what is shown of a branch's name."""
    return shown(branch, most=_LONGEST_TITLE)


def _found(text: str, source: Source, target: Target) -> tuple[Candidate, ...]:
    return find(text, source=source, pattern=target.reading.pattern).candidates


def _mention(
    item: Item,
    candidates: tuple[Candidate, ...],
    target: Target,
    *,
    at: datetime,
    observed_at: datetime | None,
) -> Mention:
    reading = target.reading
    pattern_id = reading.pattern_id
    if not candidates:
        return Mention(item, {}, (), reading.version, observed_at, pattern_id=pattern_id)
    outcome = reading.accept(candidates, at=at)
    keys = _with_cut_noted(outcome) if outcome.is_cut else outcome.keys
    return Mention(item, keys, candidates, reading.version, observed_at, pattern_id=pattern_id)


def _inherited(
    keys: Mapping[IssueKey, tuple[Evidence, ...]], number: str, reading: Reading
) -> dict[IssueKey, tuple[Evidence, ...]]:
    """Return a pull request's keys as those of its commits, if the rules let these inherit."""
    if Source.INHERITED in reading.left_out:
        return {}
    text = f"pull request {number}"
    return {
        key: (Evidence(Source.INHERITED, text, any(e.closes for e in found)),)
        for key, found in keys.items()
    }


def _with_cut_noted(outcome: Outcome) -> dict[IssueKey, tuple[Evidence, ...]]:
    """Return the keys of an item that names too many, each with a word about that."""
    text = f"one of the first {MOST_KEYS:,} keys; the others are left out"
    return {key: (*found, Evidence(found[0].source, text)) for key, found in outcome.keys.items()}
