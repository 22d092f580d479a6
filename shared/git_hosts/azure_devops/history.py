"""What is read of a repository besides its branches and lists: its whole history, and its tags.

The history comes by the git protocol, as the same identity and within the same budget as all else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.decode import TAGS, read_tag, segment

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Sequence

    from shared.git_hosts.azure_devops.client import Client
    from shared.model import Commit, CommitId, Repository, Tag

_A_PAGE: Final = 1000


def read_history(
    client: Client,
    repository: Repository,
    *,
    wanted: Collection[CommitId],
    known: Collection[CommitId],
) -> Generator[Sequence[Commit], None, None]:
    """See GitHost.history.

    The address is built of our own base and the names: what an answer says is to be cloned from
    might lead elsewhere, and our token with it.
    """
    from shared.git_hosts.git_protocol import history  # noqa: PLC0415 — slow to import
    from shared.git_hosts.git_protocol.http_remote import HttpRemote  # noqa: PLC0415 — as above

    path = f"{segment(repository.project)}/_git/{segment(repository.name)}"
    remote = HttpRemote(f"{client.base_url}/{path}", sessions=client.streams, clock=client.clock)
    yield from history.read_history(remote, wanted=wanted, known=known)


def list_tags(client: Client, repository: Repository) -> tuple[Tag, ...]:
    """See GitHost.tags. What an annotated one says is not fetched: that is a call for each."""
    found: list[wire.Ref] = []
    params = {"filter": "tags/", "peelTags": "true", "$top": str(_A_PAGE)}
    while True:
        page = client.page(
            f"/_apis/git/repositories/{repository.id}/refs",
            wire.Ref,
            what=f"tag of {repository.name}",
            params=params,
        )
        # Servers of 2018 and before have no paging here, and perhaps no filter.
        found += [ref for ref in page.value if ref.name.startswith(TAGS)]
        if page.continuation is None:
            return tuple(map(read_tag, found))
        params = {**params, "$top": str(page.most), "continuationToken": page.continuation}
