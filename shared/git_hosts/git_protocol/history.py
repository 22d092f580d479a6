"""All commits of a repository that we do not know, in two calls whatever their number.

Files and folders are left out where the remote can do that. What comes lies in a temporary file
while it is read, and is gone with the iterator.
"""

from __future__ import annotations

import time
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from shared.errors import MalformedAnswerError, RefusedError
from shared.git_hosts.git_protocol.commits import read_commit
from shared.git_hosts.git_protocol.fetching import Want, fetch_pack
from shared.git_hosts.git_protocol.pack import commits_of_pack
from shared.git_hosts.git_protocol.packets import read_greeting
from shared.git_hosts.git_protocol.remote import Caps, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Collection, Generator

    from shared.git_hosts.git_protocol.remote import Conversation, Remote
    from shared.model import Commit, CommitId

_FILTERS: Final = (b"tree:0", b"blob:none", b"")
"""What is left out, from most to nothing. A server may know the second and not the first."""
_MOST_KNOWN: Final = 1000
_A_PART: Final = 500


def read_history(
    remote: Remote,
    *,
    wanted: Collection[CommitId],
    known: Collection[CommitId],
    caps: Caps | None = None,
) -> Generator[list[Commit], None, None]:
    """Yield the commits reachable from *wanted* and not from *known*, about newest first.

    Nothing is asked before the first is taken, and closing it is enough to stop. Of *known*, a
    thousand are told to the remote: some commits more than needed may come. MissingError when it
    has not all that is wanted, RefusedError when there is more than *caps* allow or the remote
    does not serve it.
    """
    caps = caps or Caps()
    until = time.monotonic() + caps.seconds
    known = frozenset(known)
    lacking = {commit: None for commit in wanted if commit not in known}
    if not lacking:
        return
    with TemporaryFile(prefix="devlinks-") as file:
        told = tuple(islice(known, _MOST_KNOWN))
        with remote.talk(until=until) as talk:
            _fetch(talk, Want(tuple(lacking), told), file, name=remote.name, caps=caps)
        part: list[Commit] = []
        for found, content in commits_of_pack(file, name=remote.name, caps=caps, until=until):
            commit = read_commit(found, content)
            lacking.pop(commit.id, None)
            part.append(commit)
            if len(part) >= _A_PART:
                yield part
                part = []
        if part:
            yield part
    if lacking and not known:  # else they may lie behind what is known
        text = f"{remote.name} sent a history without {next(iter(lacking))}, which it was asked for"
        raise MalformedAnswerError(f"{text}.")


def _fetch(talk: Conversation, want: Want, file: IO[bytes], *, name: str, caps: Caps) -> None:
    greeting = read_greeting(talk.greeting(most=caps.refs_bytes), name=name)
    filters = _FILTERS if greeting.has_filter else _FILTERS[-1:]
    refusal: RefusedError | None = None
    for left_out in filters:
        try:
            filtered = Want(want.wanted, want.known, left_out)
            fetch_pack(talk, greeting, filtered, file, name=name, caps=caps)
        except TooLargeError:
            raise
        except RefusedError as error:
            refusal = error
            file.seek(0)
            file.truncate()
        else:
            return
    assert refusal is not None
    raise refusal
