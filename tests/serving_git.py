"""Git servers for tests: one repository, served over HTTP and SSH by git itself."""

from __future__ import annotations

import base64
import os
import shlex
import socket
import subprocess
import threading
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED

from shared.model import CommitId

if TYPE_CHECKING:
    from pathlib import Path

_CLEAN = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Backend developer",
    "GIT_AUTHOR_EMAIL": "backend@example.com",
    "GIT_COMMITTER_NAME": "Backend developer",
    "GIT_COMMITTER_EMAIL": "backend@example.com",
    "LC_ALL": "C",
}


class ServedRepository:
    """A bare repository below a folder that servers serve."""

    def __init__(self, root: Path, name: str = "acme/shop.git") -> None:
        self.root = root
        self.folder = root / name
        self.folder.mkdir(parents=True)
        self.git("init", "--bare", "--initial-branch=main", ".")
        self.git("config", "uploadpack.allowFilter", "true")

    def git(self, *words: str, typed: str = "") -> str:
        """Return what a git command says."""
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=_CLEAN, input=typed,
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, message: str, *, branch: str = "main") -> CommitId:
        """Add a commit to a branch, which begins with it if it is new; return its id."""
        tree = self.git("mktree")
        ref = f"refs/heads/{branch}"
        head = self.git("for-each-ref", "--format=%(objectname)", ref)
        parents = ("-p", head) if head else ()
        made = self.git("commit-tree", tree, *parents, typed=message)
        self.git("update-ref", ref, made)
        return CommitId(made)


class WebServer:
    """Serves a folder over HTTP, to anybody or to one user name and password."""

    def __init__(self, root: Path, *, user_name: str = "", password: str = "") -> None:
        self.user_name, self.password = user_name, password
        self.requests: list[str] = []
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.requests.append(self.path)
                if served._is_refused(self.headers.get("Authorization", "")):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="git"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                served._answer(self, root)

            do_POST = do_GET  # noqa: N815 — the name is the method's

            def log_message(self, *words: object) -> None:
                del words

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _is_refused(self, authorization: str) -> bool:
        if not self.password:
            return False
        wanted = base64.b64encode(f"{self.user_name}:{self.password}".encode()).decode()
        return authorization != f"Basic {wanted}"

    @staticmethod
    def _answer(call: BaseHTTPRequestHandler, root: Path) -> None:
        path, _, query = call.path.partition("?")
        body = call.rfile.read(int(call.headers.get("Content-Length", 0)))
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=False,
            timeout=60,
            env={
                **_CLEAN,
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": call.command,
                "CONTENT_TYPE": call.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": call.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": call.headers.get("Git-Protocol", ""),
                "REMOTE_ADDR": "127.0.0.1",
            },
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.partition(b":") for line in head.split(b"\r\n")]
        named = {name.decode().lower(): value.decode().strip() for name, _, value in lines}
        call.send_response(int(named.pop("status", "200").split()[0]))
        for name, value in {**named, "content-length": str(len(content))}.items():
            call.send_header(name, value)
        call.end_headers()
        call.wfile.write(content)


class SshServer:
    """Serves a folder over SSH to who signs in with a key that was added."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.host_key: paramiko.PKey = paramiko.ECDSAKey.generate()
        self.user_name = "git"
        self.keys: set[str] = set()
        self.commands: list[str] = []
        self.takes_environment = True
        """Git learns of the version of its protocol that is asked for by it alone."""
        self.last_words = b""
        """With any, each command is over with them before it is said to have begun."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._transports: list[paramiko.Transport] = []
        self._thread = threading.Thread(target=self._accept)

    @property
    def url(self) -> str:
        """The address of what it serves."""
        return f"ssh://git@localhost:{self._socket.getsockname()[1]}"

    @property
    def known_host(self) -> str:
        """The kind of its key, the key, and its fingerprint."""
        digest = base64.b64encode(sha256(self.host_key.asbytes()).digest()).decode().rstrip("=")
        return f"{self.host_key.get_name()} {self.host_key.get_base64()} SHA256:{digest}"

    def add(self, public_key: str) -> None:
        """Let in who has the private half of a key."""
        self.keys.add(public_key.split()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        # Closing it does not wake who waits on it.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for transport in self._transports:
            transport.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.host_key)
            self._transports.append(transport)
            # Who asks for the host key alone goes away in the middle.
            with suppress(paramiko.SSHException, EOFError):
                transport.start_server(event=threading.Event(), server=_Session(self))


class _Session(paramiko.ServerInterface):
    def __init__(self, server: SshServer) -> None:
        self._server = server
        self._environment: dict[str, str] = {}

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        is_known = username == self._server.user_name and key.get_base64() in self._server.keys
        return AUTH_SUCCESSFUL if is_known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return OPEN_SUCCEEDED

    def check_channel_env_request(
        self, channel: paramiko.Channel, name: bytes, value: bytes
    ) -> bool:
        self._environment[name.decode()] = value.decode()
        del channel
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self._server.commands.append(command.decode())
        if self._server.last_words:
            channel.sendall_stderr(self._server.last_words)
            channel.close()
            return True
        threading.Thread(target=self._run, args=(channel, command.decode()), daemon=True).start()
        return True

    def _run(self, channel: paramiko.Channel, command: str) -> None:
        program, path = shlex.split(command)
        folder = self._server.root / path.lstrip("/")
        with subprocess.Popen(
            [program, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_CLEAN | (self._environment if self._server.takes_environment else {}),
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            feeder = threading.Thread(target=_feed, args=(channel, process), daemon=True)
            feeder.start()
            # Who has heard enough goes away.
            with suppress(OSError, EOFError, paramiko.SSHException):
                while chunk := process.stdout.read1(65_536):  # type: ignore[attr-defined]  # it is buffered
                    channel.sendall(chunk)
                channel.sendall_stderr(process.stderr.read())
                channel.send_exit_status(process.wait())
            channel.close()
            process.kill()
            feeder.join()


def _feed(channel: paramiko.Channel, process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with suppress(OSError):
        while chunk := channel.recv(65_536):
            process.stdin.write(chunk)
            process.stdin.flush()
        process.stdin.close()
