"""Serve a repository to git itself, through `git http-backend`."""

from __future__ import annotations

import subprocess
import threading
from typing import IO, TYPE_CHECKING, BinaryIO

import msgspec

from .exchange import Answer
from .git_command import git_environment
from .many_repositories import with_own_folder
from .ref_changes import changed_refs, record_push

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import Person, Repository
    from .organization import Organization

_CHUNK = 64 * 1024
_PASSED_ON = {
    "content-type": "CONTENT_TYPE",
    "content-encoding": "HTTP_CONTENT_ENCODING",
    "git-protocol": "GIT_PROTOCOL",
    "accept-encoding": "HTTP_ACCEPT_ENCODING",
    "user-agent": "HTTP_USER_AGENT",
}
"""Header → the CGI variable that git reads."""

SERVICES = frozenset({"info/refs", "git-upload-pack", "git-receive-pack"})


class GitRequest(msgspec.Struct, frozen=True):
    """One request of git's smart HTTP protocol."""

    method: str
    service: str
    """`info/refs`, `git-upload-pack` or `git-receive-pack`."""
    query: str
    headers: dict[str, str]
    body: BinaryIO

    @property
    def is_push(self) -> bool:
        """Whether the caller means to write."""
        return "git-receive-pack" in {self.service, self.query.removeprefix("service=")}


def answer_git(
    organization: Organization, repository: Repository, request: GitRequest, *, person: Person
) -> Answer:
    """Answer git; a push is journalled and told of once git has taken it."""
    if request.service != "git-receive-pack":
        status, headers, body = _run(repository, request, person)
        return _answer(status, headers, body)
    # One writer at a time: what a push changed is what the refs say before and after.
    with organization.lock:
        repository = with_own_folder(organization, repository)
        before = organization.git.refs(repository)
        status, headers, body = _run(repository, request, person)
        # All of it: what the refs are afterwards is known only when git has ended.
        whole = b"".join(body)
        updates = changed_refs(before, organization.git.refs(repository))
        record_push(organization, repository, updates, by=person)
        return _answer(status, headers, whole)


def _answer(status: int, headers: dict[str, str], body: bytes | Iterator[bytes]) -> Answer:
    content_type = headers.pop("content-type", "")
    return Answer(status, body, content_type, tuple(headers.items()))


def _run(
    repository: Repository, request: GitRequest, person: Person
) -> tuple[int, dict[str, str], Iterator[bytes]]:
    """Start git, and return the status and headers that it gives, and the body as it comes."""
    process = subprocess.Popen(
        ["git", "http-backend"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(repository, request, person),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    # Git reads while it writes; feeding it from here alone could wait for ever.
    feeder = threading.Thread(target=_feed, args=(request.body, process.stdin), daemon=True)
    feeder.start()
    status, headers = _read_headers(process.stdout)
    return status, headers, _stream(process, feeder)


def _environment(repository: Repository, request: GitRequest, person: Person) -> dict[str, str]:
    environment = git_environment()
    environment |= {
        "GIT_PROJECT_ROOT": str(repository.folder.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.folder.name}/{request.service}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query,
        "REMOTE_USER": person.email,
        "REMOTE_ADDR": "127.0.0.1",
    }
    for header, variable in _PASSED_ON.items():
        if header in request.headers:
            environment[variable] = request.headers[header]
    length = request.headers.get("content-length")
    if length:
        environment["CONTENT_LENGTH"] = length
    return environment


def _feed(body: BinaryIO, into: IO[bytes]) -> None:
    try:
        while chunk := body.read(_CHUNK):
            into.write(chunk)
        into.close()
    except BrokenPipeError:
        # Git refused what it was sent, and says so in its answer.
        return


def _read_headers(output: IO[bytes]) -> tuple[int, dict[str, str]]:
    status = 200
    headers: dict[str, str] = {}
    for line in output:
        text = line.decode("latin-1").strip()
        if not text:
            break
        name, _, value = text.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name.lower()] = value.strip()
    return status, headers


def _stream(process: subprocess.Popen[bytes], feeder: threading.Thread) -> Iterator[bytes]:
    assert process.stdout is not None
    try:
        while chunk := process.stdout.read1(_CHUNK):  # type: ignore[attr-defined]  # a BufferedReader
            yield chunk
    finally:
        # A caller that goes away in the middle must not leave git behind.
        if process.poll() is None and process.stdout.read(1):
            process.kill()
        process.stdout.close()
        process.wait()
        feeder.join()
