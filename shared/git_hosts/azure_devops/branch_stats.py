"""How far branches are ahead of the default one, and behind it.

https://learn.microsoft.com/rest/api/azure/devops/git/stats
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from shared.errors import MissingError, RefusedError
from shared.git_hosts.azure_devops import wire
from shared.interfaces.answers import BranchStats

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.git_hosts.azure_devops.client import Client
    from shared.model import Repository

_FEW: Final = 10
"""So many are asked for one by one; for more, all that there are, in one call."""


def branch_stats(
    client: Client, repository: Repository, names: Collection[str]
) -> dict[str, BranchStats]:
    """See GitHost.branch_stats."""
    path = f"/_apis/git/repositories/{repository.id}/stats/branches"
    what = f"branch of {repository.name}"
    found: list[wire.BranchStats] = []
    if len(names) > _FEW:
        # It refuses a repository that is empty.
        with suppress(MissingError, RefusedError):
            found = client.page(path, wire.BranchStats, what=what, params={}).value
    else:
        for name in names:
            with suppress(MissingError, RefusedError):
                told = client.get(path, wire.BranchStats, what=what, params={"name": name})
                found.append(told.value)
    return {
        one.name: BranchStats(ahead=one.ahead_count, behind=one.behind_count)
        for one in found
        if one.name in names
    }
