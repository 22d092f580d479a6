from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.errors import MalformedAnswerError, RefusedError, UnavailableError
from shared.git_hosts.git_protocol.history import read_history
from shared.git_hosts.git_protocol.remote import Caps
from tests.shared.git_hosts.git_protocol.conftest import all_of, raised_by
from tests.shared.git_hosts.git_protocol.git_server import Asked, Told

if TYPE_CHECKING:
    from shared.git_hosts.git_protocol.remote import Remote
    from shared.model import CommitId
    from tests.serving_git import ServedRepository
    from tests.shared.git_hosts.git_protocol.git_server import GitServer


def commits(repository: ServedRepository, number: int, branch: str = "main") -> list[CommitId]:
    return [
        repository.commit(f"PAY-{n} Change\n\nWhole message {n} " + "and more " * 20, branch=branch)
        for n in range(number)
    ]


@pytest.mark.parametrize(
    "caps",
    [
        Caps(pack_bytes=2000),
        Caps(objects=10),
        Caps(commit_bytes=200),
        Caps(inflated_bytes=2000),
    ],
)
def test_history_over_a_cap_is_refused_by_the_caps_number(
    repository: ServedRepository, remote: Remote, caps: Caps
) -> None:
    made = commits(repository, 30)

    error = raised_by(lambda: all_of(remote, made[-1], caps=caps))

    assert isinstance(error, RefusedError)
    assert any(f"{n:,}" in str(error) for n in (2000, 10, 200))


def test_history_that_takes_too_long_is_unavailable(
    repository: ServedRepository, remote: Remote
) -> None:
    head = repository.commit("Start")

    with pytest.raises(UnavailableError, match="too long"):
        all_of(remote, head, caps=Caps(seconds=-1.0))


@pytest.mark.parametrize("kept", [0, 3, 50, 300, -30, -1])
def test_answer_that_is_cut_is_unavailable(
    repository: ServedRepository, server: GitServer, remote: Remote, version: int, kept: int
) -> None:
    made = commits(repository, 10)

    def cut(asked: Asked, told: Told) -> Told:
        if asked.method == "GET":
            return told
        return Told(told.status, told.headers, told.body[:kept], is_cut=True)

    server.answer = cut

    with pytest.raises(UnavailableError):
        all_of(remote, made[-1])


@pytest.mark.parametrize("kept", [0, 3, 50, 300, -30])
def test_answer_that_ends_early_is_unavailable_or_malformed(
    repository: ServedRepository, server: GitServer, remote: Remote, version: int, kept: int
) -> None:
    made = commits(repository, 10)

    def end(asked: Asked, told: Told) -> Told:
        return told if asked.method == "GET" else Told(200, told.headers, told.body[:kept])

    server.answer = end

    with pytest.raises((UnavailableError, MalformedAnswerError)):
        all_of(remote, made[-1])


def test_pack_whose_sum_is_wrong_is_malformed(
    repository: ServedRepository, server: GitServer, remote: Remote
) -> None:
    made = commits(repository, 3)

    def garble(asked: Asked, told: Told) -> Told:
        at = told.body.find(b"PACK") + 60
        garbled = told.body[:at] + bytes([told.body[at] ^ 1]) + told.body[at + 1 :]
        return told if asked.method == "GET" else Told(200, told.headers, garbled)

    server.answer = garble

    with pytest.raises(MalformedAnswerError, match="sum"):
        all_of(remote, made[-1])


def test_history_without_what_was_wanted_is_malformed(
    repository: ServedRepository, server: GitServer, remote: Remote
) -> None:
    old = repository.commit("Start")
    new = repository.commit("Go on")

    def stale(asked: Asked, told: Told) -> Told:
        replaced = Asked(asked.method, asked.path, asked.query, {**asked.headers}, asked.body)
        body = replaced.body.replace(new.encode(), old.encode())
        again = Asked(asked.method, asked.path, asked.query, asked.headers, body)
        return server.run(repository.root, again) if asked.method == "POST" else told

    server.answer = stale

    with pytest.raises(MalformedAnswerError, match=new):
        all_of(remote, new)


def held_in(folder: Path) -> list[str]:
    """Return which files in a folder this process holds open, also those without a name."""
    links = list(Path("/proc/self/fd").iterdir())
    targets = [str(link.readlink()) for link in links if link.is_symlink()]
    return [target for target in targets if target.startswith(str(folder))]


@pytest.mark.parametrize("how", ["closed", "dropped", "read", "failed"])
def test_temporary_file_is_gone_whatever_happens(
    repository: ServedRepository,
    server: GitServer,
    remote: Remote,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    made = commits(repository, 3)
    if how == "failed":
        server.answer = lambda asked, told: Told(
            told.status, told.headers, told.body[: None if asked.method == "GET" else -30]
        )

    parts = read_history(remote, wanted=made[-1:], known=())
    if how == "failed":
        with pytest.raises((UnavailableError, MalformedAnswerError)):
            next(parts)
    else:
        next(parts)
        assert held_in(folder)
    if how == "read":
        list(parts)
    elif how == "closed":
        parts.close()
    del parts

    assert list(folder.iterdir()) == []
    assert not held_in(folder)
