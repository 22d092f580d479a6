"""What the ratios are measured on: ten thousand commits, as Azure DevOps would list them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from bench.generator import PROJECT, generate
from bench.recorded import PROJECTS, HistoriesMissingError, RecordedCommit, find_history
from shared.git_hosts.azure_devops.wire import Commit as ListedCommit
from shared.index.reading import COMMITS_A_PAGE

if TYPE_CHECKING:
    from bench.recorded import RecordedPerson

COMMITS: Final = 10_000
_HISTORY: Final = "kafka"
_WEB: Final = "https://dev.azure.com/contoso/Shop/_git/shop/commit"
_API: Final = "https://dev.azure.com/contoso/_apis/git/repositories/shop/commits"


class Workload(Struct, frozen=True):
    """Commits, newest first, and the only project of their tracker."""

    name: str
    project: str
    commits: tuple[RecordedCommit, ...]

    def pages(self) -> list[bytes]:
        """Return the commits as JSON, in pages as large as indexing asks for."""
        return [
            _page(self.commits[start : start + COMMITS_A_PAGE])
            for start in range(0, len(self.commits), COMMITS_A_PAGE)
        ]


class CommitPage(Struct):
    """What a page of commits is read as."""

    value: list[ListedCommit]


def workload(count: int = COMMITS) -> Workload:
    """Return the newest commits of a real history, or made-up ones where there is none."""
    try:
        history = find_history(_HISTORY)
    except HistoriesMissingError:
        return Workload("generated", PROJECT, tuple(generate(count)))
    (project,) = PROJECTS[_HISTORY]
    return Workload(_HISTORY, project, tuple(history.commits()[:count]))


def _page(commits: tuple[RecordedCommit, ...]) -> bytes:
    listed = [
        {
            "commitId": commit.sha,
            "author": _listed(commit.author),
            "committer": _listed(commit.committer),
            "comment": commit.message,
            "changeCounts": {"Add": 0, "Edit": 1, "Delete": 0},
            "url": f"{_API}/{commit.sha}",
            "remoteUrl": f"{_WEB}/{commit.sha}",
        }
        for commit in commits
    ]
    return msgspec.json.encode({"count": len(listed), "value": listed})


def _listed(person: RecordedPerson) -> dict[str, str]:
    return {"name": person.name, "email": person.email, "date": person.date}
