from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.errors import MalformedAnswerError, RefusedError
from shared.git_hosts.git_protocol.refs import read_refs
from shared.git_hosts.git_protocol.remote import Caps
from shared.model import Branch, Tag
from tests.shared.git_hosts.git_protocol.conftest import raised_by
from tests.shared.git_hosts.git_protocol.git_server import Told

if TYPE_CHECKING:
    from shared.git_hosts.git_protocol.remote import Remote
    from tests.serving_git import ServedRepository
    from tests.shared.git_hosts.git_protocol.git_server import GitServer


def test_all_branches_and_what_tags_lead_to_are_read(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    first = repository.commit("Start")
    second = repository.commit("Go on", branch="feature/PAY-1")
    repository.git("tag", "light", first)
    repository.git("tag", "-a", "-m", "A release", "v1", second)
    repository.git("tag", "-a", "-m", "The same again", "again", "v1")
    repository.git("update-ref", "refs/pull/7/merge", first)

    refs = read_refs(remote)

    assert set(refs.branches) == {Branch("main", first), Branch("feature/PAY-1", second)}
    assert set(refs.tags) == {Tag("light", first), Tag("v1", second), Tag("again", second)}
    assert refs.default_branch == "main"


def test_refs_take_one_call_or_two(
    repository: ServedRepository, server: GitServer, remote: Remote, version: int
) -> None:
    repository.commit("Start")

    read_refs(remote)

    assert len(server.asked) == (2 if version == 2 else 1)


def test_default_branch_is_the_one_that_head_names(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    for branch in ("main", "trunk", "other"):
        repository.commit("Start", branch=branch)
    repository.git("symbolic-ref", "HEAD", "refs/heads/trunk")

    assert read_refs(remote).default_branch == "trunk"


def test_repository_without_a_commit_has_no_branches(remote: Remote, version: int) -> None:
    refs = read_refs(remote)

    assert (refs.branches, refs.tags) == ((), ())


def test_default_branch_is_none_when_head_leads_nowhere(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    repository.commit("Start", branch="feature")
    repository.git("symbolic-ref", "HEAD", "refs/heads/gone")
    if version == 2:
        repository.git("config", "lsrefs.unborn", "ignore")

    assert read_refs(remote).default_branch is None


def test_head_that_is_detached_counts_as_a_branch_that_stands_there(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    head = repository.commit("Start", branch="trunk")
    (repository.folder / "HEAD").write_text(f"{head}\n")

    assert read_refs(remote).default_branch == "trunk"


def test_branches_whose_names_are_odd_are_read(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    head = repository.commit("Start")
    names = ["größe", "a/b/c", "50%", "#17", "x" * 200, "emoji-🙂", "quote'and\"more"]
    for name in names:
        repository.git("update-ref", f"refs/heads/{name}", head)

    assert {branch.name for branch in read_refs(remote).branches} == {"main", *names}


def test_time_is_the_servers(repository: ServedRepository, remote: Remote, version: int) -> None:
    repository.commit("Start")

    observed_at = read_refs(remote).observed_at

    assert observed_at is not None
    assert observed_at.utcoffset() == timedelta()


def test_more_refs_than_allowed_are_refused(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    head = repository.commit("Start")
    listed = "".join(f"create refs/heads/b{number:04} {head}\n" for number in range(500))
    repository.git("update-ref", "--stdin", typed=listed)

    error = raised_by(lambda: read_refs(remote, caps=Caps(refs_bytes=20_000)))

    assert isinstance(error, RefusedError)
    assert "20,000 bytes" in str(error)


def test_repository_that_names_commits_by_sha_256_is_refused_by_name(
    repository: ServedRepository, remote: Remote, version: int
) -> None:
    repository.git("init", "--bare", "--object-format=sha256", str(repository.root / "long.git"))
    repository.folder.rename(repository.root / "old.git")
    (repository.root / "long.git").rename(repository.folder)
    repository.commit("Start")

    with pytest.raises(RefusedError, match="SHA-256"):
        read_refs(remote)


@pytest.mark.parametrize(
    "line",
    [b"zz refs/heads/main", b"0" * 39 + b" refs/heads/main", b"0" * 40],
)
def test_ref_that_is_none_is_an_error_and_not_left_out(
    server: GitServer, remote: Remote, line: bytes
) -> None:
    server.highest_version = 0
    told = line + b"\x00side-band-64k\n"
    body = b"001e# service=git-upload-pack\n0000" + b"%04x" % (len(told) + 4) + told + b"0000"
    server.answer = lambda _, given: Told(200, given.headers, body)

    with pytest.raises(MalformedAnswerError):
        read_refs(remote)
