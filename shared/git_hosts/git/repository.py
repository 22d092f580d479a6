"""One repository of a git server: its branches, its tags and its whole history, and no more.

https://git-scm.com/docs/protocol-v2
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from shared.errors import SignedOutError
from shared.git_hosts.git.absent import WithoutRest
from shared.git_hosts.git.pages import pages_of
from shared.interfaces.answers import About, Heads, ListedProject, ListedRepository, Listing
from shared.model import Repository

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Sequence

    from shared.configuration import ConnectionKind
    from shared.git_hosts.git.addresses import CloneAddress
    from shared.git_hosts.git_protocol.refs import Refs
    from shared.git_hosts.git_protocol.remote import Remote
    from shared.interfaces import Clock
    from shared.interfaces.answers import Budget
    from shared.model import Commit, CommitId, ProjectId, Tag

_NEXT_STEPS: Final[dict[ConnectionKind, str]] = {
    "pat": (
        "Make a token that may read the repository, and replace the connection with it; some git "
        "hosts want a certain connection.user_name beside it."
    ),
    "basic": "Correct connection.user_name and connection.password.",
    "ssh_key": "Add the connection's public key to the repository's deploy keys, to read only.",
    "none": "Check the address; if the repository is not public, connect it with a pat or basic.",
}
_USUAL_DEFAULTS: Final = ("main", "master")


class ServedRepository(WithoutRest):
    """See GitHost. The organization is the server, and this is all that is known of it."""

    has_lists: Final = False
    boards: Final = None

    def __init__(
        self, address: CloneAddress, remote: Remote, *, kind: ConnectionKind, clock: Clock
    ) -> None:
        self._address = address
        self._remote = remote
        self._kind = kind
        self._clock = clock

    def about(self) -> About:
        """See GitHost.about."""
        self._refs()
        return About("git server")

    def budget(self) -> Budget | None:
        """See GitHost.budget; a git server tells of none."""
        return None

    def listing(self) -> Listing:
        """See GitHost.listing."""
        refs = self._refs()
        repository = repository_at(self._address, default_branch=_default(refs))
        return Listing(
            projects=(ListedProject(repository.project_id, repository.project),),
            repositories=(ListedRepository(repository, as_listed(repository)),),
        )

    def keeps_tfvc(self, project: ProjectId) -> bool:
        """See GitHost.keeps_tfvc; nothing but git does."""
        del project
        return False

    def heads(self, repository: Repository) -> Heads:
        """See GitHost.heads; a server that tells no time is looked at by our clock."""
        del repository
        asked_at = self._clock()
        refs = self._refs()
        return Heads(refs.branches, refs.observed_at or asked_at)

    def tags(self, repository: Repository) -> tuple[Tag, ...]:
        """See GitHost.tags."""
        del repository
        return self._refs().tags

    def history(
        self, repository: Repository, *, wanted: Collection[CommitId], known: Collection[CommitId]
    ) -> Generator[Sequence[Commit], None, None]:
        """See GitHost.history."""
        from shared.git_hosts.git_protocol.history import (  # noqa: PLC0415 — slow to import
            read_history,
        )

        del repository
        with self._explained():
            yield from read_history(self._remote, wanted=wanted, known=known)

    def _refs(self) -> Refs:
        from shared.git_hosts.git_protocol.refs import read_refs  # noqa: PLC0415 — as above

        with self._explained():
            return read_refs(self._remote)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell of a refused credential what to do about one of its kind."""
        try:
            yield
        except SignedOutError as error:
            raise SignedOutError(str(error), next_step=_NEXT_STEPS[self._kind]) from error


def repository_at(address: CloneAddress, *, default_branch: str | None) -> Repository:
    """Return the repository at an address, called as the address calls it."""
    pages = pages_of(address)
    is_ssh = address.scheme == "ssh"
    *folders, name = address.names
    return Repository(
        id=address.repository_id,
        name=name,
        project_id=address.project_id,
        project="/".join(folders) or address.host,
        organization=address.host,
        url=pages.repository,
        clone_url="" if is_ssh else address.url,
        ssh_url=address.url if is_ssh else "",
        default_branch=default_branch,
        pages=pages.of,
    )


def as_listed(repository: Repository) -> dict[str, Any]:
    """Return a repository for a filter to look at, by the names that Azure DevOps has for it."""
    branch = repository.default_branch
    listed: dict[str, Any] = {
        "id": repository.id,
        "name": repository.name,
        "project": {"id": repository.project_id, "name": repository.project},
        "organization": repository.organization,
        "remoteUrl": repository.clone_url,
        "sshUrl": repository.ssh_url,
        "webUrl": repository.url,
    }
    return listed if branch is None else {**listed, "defaultBranch": f"refs/heads/{branch}"}


def _default(refs: Refs) -> str | None:
    """Return the branch that HEAD names; any, when it names one that there is not."""
    names = [branch.name for branch in refs.branches]
    candidates = [refs.default_branch, *_USUAL_DEFAULTS, *names[:1]]
    return next((name for name in candidates if name in names), None)
