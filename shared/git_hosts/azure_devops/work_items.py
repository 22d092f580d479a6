"""The work items of one organization: which changed, and what they are attached to.

A work item names what it is attached to, and not the other way round: so the attachments of a
whole history cost a call for each two hundred work items, and none for commits.
https://learn.microsoft.com/rest/api/azure/devops/wit
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from shared.errors import MalformedAnswerError, MissingError, RefusedError
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.decode import in_utc, segment
from shared.git_hosts.azure_devops.reading import decode
from shared.interfaces.answers import ChangedWorkItems
from shared.model import Attachment, RepositoryId, WorkItem
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from shared.git_hosts.azure_devops.client import Client, Told

MOST_AT_ONCE: Final = 200
"""Work items are read by so many in one call."""
FOUND_AT_ONCE: Final = 10_000
"""Ids are found by so many in one call."""
MOST_FOUND: Final = 20_000
"""A query that finds more is refused."""
_TOO_MUCH: Final = ("VS402337", "VS402335")
"""A query found too many, or took longer than half a minute."""
_ARTIFACT: Final = re.compile(
    r"vstfs:///Git/(?P<kind>Commit|PullRequestId|Ref)/"
    r"[0-9a-f-]{36}/(?P<repository>[0-9a-f-]{36})/(?P<id>.+)",
    re.IGNORECASE | re.ASCII,
)
_ARTIFACT_LINK: Final = "ArtifactLink"
_PARENT: Final = "System.LinkTypes.Hierarchy-Reverse"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")
_BRANCH: Final = "GB"
_log = log_of(__name__)


class AzureBoards:
    """See Boards."""

    def __init__(
        self, client: Client, *, found_at_once: int = FOUND_AT_ONCE, most_found: int = MOST_FOUND
    ) -> None:
        """Ask for ids *found_at_once* in one call, of a service that finds *most_found* in one."""
        self._client = client
        self._found_at_once = found_at_once
        self._most_found = most_found

    def attached(self) -> ChangedWorkItems:
        """See Boards.attached."""
        return self._found("[System.ExternalLinkCount] > 0")

    def changed(self, *, since: datetime) -> ChangedWorkItems:
        """See Boards.changed."""
        return self._found(f"[System.ChangedDate] >= '{in_utc(since):%Y-%m-%dT%H:%M:%SZ}'")

    def read(self, numbers: Collection[int]) -> Iterator[tuple[Collection[int], list[WorkItem]]]:
        """See Boards.read."""
        ordered = sorted(set(numbers))
        for start in range(0, len(ordered), MOST_AT_ONCE):
            yield self._read(ordered[start : start + MOST_AT_ONCE])

    def _found(self, condition: str) -> ChangedWorkItems:
        """Return the ids that fit a condition, in as many pages as they take.

        Where too many fit for any page, so few ids are asked about that they cannot be too many.
        """
        numbers: list[int] = []
        observed_at = None
        low, high = 0, None
        while True:
            try:
                page = self._page(condition, low=low, high=high)
            except RefusedError as error:
                if high is not None or not any(code in str(error) for code in _TOO_MUCH):
                    raise
                high = low + self._most_found
                continue
            observed_at = observed_at or page.at
            found = [one.id for one in page.value.work_items]
            numbers += found
            if len(found) >= page.most:
                low = found[-1]
            elif high is None:
                return ChangedWorkItems(tuple(numbers), observed_at)
            else:
                low, high = high - 1, None

    def _page(self, condition: str, *, low: int, high: int | None) -> Told[wire.WorkItemQuery]:
        """Return the first ids between two, both excluded, that fit a condition."""
        bounds = f"[System.Id] > {low}"
        if high is not None:
            bounds += f" AND [System.Id] < {high}"
        query = f"SELECT [System.Id] FROM WorkItems WHERE {condition} AND {bounds}"  # noqa: S608 — numbers
        return self._client.search(
            "/_apis/wit/wiql",
            {"query": f"{query} ORDER BY [System.Id]"},
            wire.WorkItemQuery,
            what="query for work items",
            params={"$top": str(self._found_at_once), "timePrecision": "true"},
        )

    def _read(self, numbers: Sequence[int]) -> tuple[set[int], list[WorkItem]]:
        """Return which of *numbers* could be asked for, and the work items that there are."""
        what = f"work items {numbers[0]} to {numbers[-1]}"
        params = {
            "ids": ",".join(map(str, numbers)),
            "$expand": "relations",
            "errorPolicy": "omit",
        }
        try:
            told = self._client.get(
                "/_apis/wit/workitems", wire.WorkItems, what=what, params=params
            )
        except MissingError:
            # A server that cannot omit the one that is missing refuses all of them.
            return self._read_apart(numbers)
        asked = set(numbers)
        found: list[WorkItem] = []
        for number, raw in zip(numbers, told.value.value, strict=False):
            try:
                one = decode(raw, wire.WorkItem | None, what=f"work item {number}")  # type: ignore[arg-type]
            except MalformedAnswerError as error:
                _log.warning("work_item_skipped number=%d code=%s", number, error.code)
                asked.discard(number)
            else:
                if one is not None:
                    found.append(_work_item(one, self._client.base_url))
        return asked, found

    def _read_apart(self, numbers: Sequence[int]) -> tuple[set[int], list[WorkItem]]:
        """Return the same in smaller batches, down to the one that is missing."""
        if len(numbers) == 1:
            return set(numbers), []
        half = len(numbers) // 2
        first, second = self._read(numbers[:half]), self._read(numbers[half:])
        return first[0] | second[0], first[1] + second[1]


def read_attachment(uri: str) -> Attachment | None:
    """Return what the address of an artifact names; None for what is no git item of ours.

    https://learn.microsoft.com/rest/api/azure/devops/wit/artifact-uri-query
    """
    named = _ARTIFACT.fullmatch(unquote(uri))
    if named is None:
        return None
    repository = RepositoryId(named["repository"].lower())
    item = named["id"]
    match named["kind"].lower():
        case "commit" if _COMMIT.fullmatch(item.lower()):
            return Attachment("commit", repository, item.lower())
        case "pullrequestid" if _NUMBER.fullmatch(item):
            return Attachment("pull_request", repository, item)
        case "ref" if item.startswith(_BRANCH) and item != _BRANCH:
            return Attachment("branch", repository, item.removeprefix(_BRANCH))
    return None


def _work_item(found: wire.WorkItem, base_url: str) -> WorkItem:
    fields = found.fields
    relations = found.relations or ()
    links = (read_attachment(r.url or "") for r in relations if r.rel == _ARTIFACT_LINK)
    return WorkItem(
        number=found.id,
        title=fields.title,
        type=fields.type,
        state=fields.state,
        project=fields.project,
        iteration=fields.iteration,
        parent=fields.parent or _parent(relations),
        url=f"{base_url}/{segment(fields.project)}/_workitems/edit/{found.id}",
        attached=tuple(dict.fromkeys(link for link in links if link is not None)),
    )


def _parent(relations: Iterable[wire.WorkItemRelation]) -> int | None:
    """Return the parent as the relations have it: servers before 2020 know no field for it."""
    for relation in relations:
        number = (relation.url or "").rpartition("/")[2]
        if relation.rel == _PARENT and _NUMBER.fullmatch(number):
            return int(number)
    return None
