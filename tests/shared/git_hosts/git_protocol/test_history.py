from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from shared.errors import MissingError, RefusedError
from shared.git_hosts.git_protocol.remote import Caps
from shared.model import CommitId
from tests.shared.git_hosts.git_protocol.conftest import all_of

if TYPE_CHECKING:
    from shared.git_hosts.git_protocol.remote import Remote
    from tests.serving_git import ServedRepository
    from tests.shared.git_hosts.git_protocol.git_server import GitServer

FORMAT = "--format=%H%x00%P%x00%an%x00%ct%x00%B%x01"


def listed(repository: ServedRepository, *revisions: str) -> dict[str, tuple[object, ...]]:
    """Return what git itself tells of commits: parents, author, date and message by id."""
    told: dict[str, tuple[object, ...]] = {}
    for entry in repository.git("log", FORMAT, *revisions).split("\x01"):
        if entry.strip():
            name, parents, author, date, message = entry.strip("\n").split("\x00")
            told[name] = (tuple(parents.split()), author, int(date), message.rstrip("\n"))
    return told


def read(remote: Remote, *wanted: CommitId, known: tuple[CommitId, ...] = ()) -> dict[str, object]:
    return {
        c.id: (c.parents, c.author, int(c.committed_at.timestamp()), c.message)
        for c in all_of(remote, *wanted, known=known)
    }


def commits(repository: ServedRepository, number: int, branch: str = "main") -> list[CommitId]:
    return [
        repository.commit(f"PAY-{n} Change\n\nWhole message {n} " + "and more " * 20, branch=branch)
        for n in range(number)
    ]


def test_history_is_what_git_says_with_whole_messages_newest_first(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    made = commits(repository, 12)

    found = all_of(remote, made[-1])

    assert [commit.id for commit in found] == list(reversed(made))
    assert read(remote, made[-1]) == listed(repository, "main")


def test_history_takes_two_calls_whatever_its_length(
    repository: ServedRepository, server: GitServer, remote: Remote, version: int
) -> None:
    made = commits(repository, 5)

    all_of(remote, made[-1])

    assert [asked.method for asked in server.asked] == ["GET", "POST"]


def test_both_calls_take_one_connection(
    repository: ServedRepository, server: GitServer, remote: Remote, version: int
) -> None:
    made = commits(repository, 5)

    all_of(remote, made[-1])

    assert server.connections == 1


def test_only_commits_come_where_the_server_can_leave_out_the_rest(
    repository: ServedRepository, server: GitServer, remote: Remote, version: int
) -> None:
    made = commits(repository, 3)

    all_of(remote, made[-1])

    assert b"filter tree:0" in server.asked[-1].body


def test_only_what_is_not_known_comes(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    made = commits(repository, 8)
    side = repository.commit("PAY-9 Aside", branch="side")

    found = read(remote, made[-1], side, known=(made[4],))

    assert set(found) == {*made[5:], side}


def test_what_the_server_no_longer_has_counts_for_nothing(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    made = commits(repository, 3)

    found = read(remote, made[-1], known=(CommitId("d" * 40), made[0], CommitId("e" * 40)))

    assert set(found) == set(made[1:])


def test_nothing_is_asked_when_all_that_is_wanted_is_known(
    repository: ServedRepository, server: GitServer, remote: Remote
) -> None:
    head = repository.commit("Start")

    assert all_of(remote, head, known=[head]) == []
    assert all_of(remote) == []
    assert server.asked == []


def test_what_is_wanted_and_lies_behind_what_is_known_is_no_error(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    made = commits(repository, 4)

    assert all_of(remote, made[1], known=[made[3]]) == []


def test_no_more_than_a_thousand_known_commits_are_told(
    repository: ServedRepository, server: GitServer, remote: Remote, version: int
) -> None:
    head = repository.commit("Start")
    known = [CommitId(f"{number:040x}") for number in range(1, 3000)]

    all_of(remote, head, known=known)

    assert server.asked[-1].body.count(b"have ") == 1000


def test_what_the_server_has_not_is_missing(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    head = repository.commit("Start")

    with pytest.raises(MissingError):
        all_of(remote, head, CommitId("a" * 40))


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        ([], b"filter tree:0"),
        (["tree"], b"filter blob:none"),
        (["tree", "blob:none"], b""),
    ],
)
def test_next_best_is_asked_for_when_a_filter_is_refused(
    repository: ServedRepository,
    server: GitServer,
    remote: Remote,
    version: int,
    refused: list[str],
    expected: bytes,
) -> None:
    for name in refused:
        repository.git("config", f"uploadpackfilter.{name}.allow", "false")
    made = commits(repository, 3)

    assert set(read(remote, made[-1])) == set(made)
    assert expected in server.asked[-1].body
    assert expected or b"filter" not in server.asked[-1].body
    assert len(server.asked) == 2 + len(refused)


def test_server_that_leaves_nothing_out_is_read_up_to_a_smaller_cap(
    repository: ServedRepository, server: GitServer, remote: Remote, version: int
) -> None:
    repository.git("config", "uploadpack.allowFilter", "false")
    made = commits(repository, 3)

    assert read(remote, made[-1]) == listed(repository, "main")
    assert b"filter" not in server.asked[-1].body

    with pytest.raises(RefusedError, match="100 bytes"):
        all_of(remote, made[-1], caps=Caps(unfiltered_bytes=100))


def test_files_and_folders_are_passed_over(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    repository.git("config", "uploadpack.allowFilter", "false")
    stream = []
    for number in range(30):
        text = f"PAY-{number} Change"
        content = "".join(f"line {line * number}\n" for line in range(200))
        stream.append(
            f"commit refs/heads/main\ncommitter B <b@x> {1_600_000_000 + number} +0000\n"
            f"data {len(text)}\n{text}\nM 644 inline a/b/{number % 3}\n"
            f"data {len(content)}\n{content}\n"
        )
    repository.git("fast-import", "--quiet", typed="".join(stream))
    repository.git("gc", "--quiet")

    assert read(remote, CommitId(repository.git("rev-parse", "main"))) == listed(repository, "main")


def test_commits_that_are_kept_as_changes_to_others_are_put_together(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    same = "The same long text in every message. " * 100
    for number in range(40):
        repository.commit(f"PAY-{number} Change\n\n{same}")
    repository.git("repack", "-a", "-d", "-f", "-q", "--depth=50", "--window=50")

    found = read(remote, CommitId(repository.git("rev-parse", "main")))

    assert found == listed(repository, "main")


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    some.lists(
        some.tuples(
            some.sampled_from(["main", "a", "b"]),
            some.sampled_from(["", "main", "a", "b"]),
            some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00\x01\r")),
        ),
        min_size=1,
        max_size=12,
    ),
    some.data(),
)
def test_any_history_is_the_one_that_git_lists(
    repository: ServedRepository,
    remote: Remote,
    steps: list[tuple[str, str, str]],
    data: some.DataObject,
) -> None:
    heads: dict[str, CommitId] = {}
    made: list[CommitId] = []
    tree = repository.git("mktree")
    for branch, merged, message in steps:
        parents = dict.fromkeys(filter(None, (heads.get(branch), heads.get(merged))))
        options = [option for parent in parents for option in ("-p", parent)]
        heads[branch] = CommitId(repository.git("commit-tree", tree, *options, typed=message))
        repository.git("update-ref", f"refs/heads/{branch}", heads[branch])
        made.append(heads[branch])
    known = data.draw(some.lists(some.sampled_from(made), unique=True))

    found = {commit.id for commit in all_of(remote, *heads.values(), known=known)}

    without = [f"^{commit}" for commit in known]
    assert found == set(repository.git("rev-list", *heads.values(), *without).split())
