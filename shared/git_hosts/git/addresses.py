"""What admins paste as the address of a git repository, brought to one form.

Understood are `https://host/path`, `ssh://user@host:port/path`, `user@host:path` as git writes it
for SSH, and `http://` for who may decide that. https://git-scm.com/docs/git-clone#_git_urls
"""

from __future__ import annotations

import re
from typing import Final, Literal
from urllib.parse import quote, unquote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from shared.errors import BadRequestError
from shared.git_hosts.host_names import read_host_name
from shared.model import ProjectId, RepositoryId

Scheme = Literal["https", "http", "ssh"]

_SCHEMES: Final[dict[str, Scheme]] = {"https": "https", "http": "http", "ssh": "ssh"}
_PORTS: Final[dict[Scheme, int]] = {"https": 443, "http": 80, "ssh": 22}
_LONGEST: Final = 1000
_SHORT_FORM: Final = re.compile(r"(?P<user>[^@/:]+)@(?P<host>\[[^\]]+\]|[^@/:]+):(?P<path>.+)")
_HELPER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
"""What makes git run a program of that name. https://git-scm.com/docs/gitremote-helpers"""
_FORMS: Final = "it must be https://host/path, ssh://user@host/path or user@host:path"
_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SUFFIX: Final = ".git"


class CloneAddress(Struct, frozen=True):
    """The address of one repository, in its parts."""

    scheme: Scheme
    host: str
    """In lower case and ASCII; an IPv6 address without its brackets."""
    port: int
    path: tuple[str, ...]
    """Decoded."""
    user: str = ""
    """Of SSH alone."""
    is_relative: bool = False
    """To the home of the user, as in `git@host:path`."""

    @property
    def url(self) -> str:
        """The one form of it."""
        path = "/".join(quote(segment, safe="~") for segment in self.path)
        if self.is_relative:
            # A blank and a percent sign stand for themselves in this form.
            return f"{self.user}@{self._shown_host}:{'/'.join(self.path)}"
        user = f"{self.user}@" if self.user else ""
        return f"{self.scheme}://{user}{self.site}/{path}"

    @property
    def site(self) -> str:
        """The host, with the port unless that is the usual one."""
        is_usual = self.port == _PORTS[self.scheme]
        return self._shown_host if is_usual else f"{self._shown_host}:{self.port}"

    @property
    def names(self) -> tuple[str, ...]:
        """The path without the ending of a bare repository."""
        *folders, last = self.path
        kept = last.removesuffix(_SUFFIX)
        return (*folders, kept) if kept else tuple(folders)

    @property
    def repository_id(self) -> RepositoryId:
        """The same for each way to reach the repository: HTTPS, SSH, whoever asks."""
        return RepositoryId(self._id(self.names))

    @property
    def project_id(self) -> ProjectId:
        """The same for all repositories beside this one."""
        return ProjectId(self._id((*self.names[:-1], "")))

    def _id(self, names: tuple[str, ...]) -> str:
        path = "/".join(quote(name, safe="") for name in names)
        return str(uuid5(NAMESPACE_URL, f"git://{self.site}/{path}"))

    @property
    def _shown_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read_clone_address(url: str) -> CloneAddress:
    """Return the parts of an address; BadRequestError says what is wrong with it.

    What is wrong is told without repeating it: it may hold a password.
    """
    text = url.strip()
    if not text or len(text) > _LONGEST or _UNPRINTABLE.search(text) or "\\" in text:
        raise bad("url", "it is no address")
    if _HELPER.match(text) or text.startswith("-"):
        raise bad("url", _FORMS)
    if "://" not in text:
        short = _SHORT_FORM.fullmatch(text)
        return _short(short) if short else _long(f"https://{text}")
    return _long(text)


def bad(field: str, reason: str) -> BadRequestError:
    """Return the error that says what is wrong with a field."""
    return BadRequestError(
        "The repository cannot be connected like this.",
        fields={field: reason},
        next_step=f"Correct {field}: {reason}.",
    )


def _short(found: re.Match[str]) -> CloneAddress:
    """Return an address of the form `user@host:path`."""
    path = found["path"]
    if path.startswith("-"):
        raise bad("url", "its path must be written out")
    return CloneAddress(
        scheme="ssh",
        host=_host(found["host"].strip("[]")),
        port=_PORTS["ssh"],
        path=_path(path.split("/"), path),
        user=_user(found["user"]),
        is_relative=not path.startswith("/"),
    )


def _long(text: str) -> CloneAddress:
    """Return an address with a scheme."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise bad("url", "it is no address") from error
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None:
        raise bad("url", _FORMS)
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise bad("url", "it must hold no question mark and no number sign")
    if scheme != "ssh" and "@" in parts.netloc:
        raise bad(
            "url",
            "it must hold no user name and no password: they belong into connection.user_name and "
            "connection.token or connection.password",
        )
    if parts.password is not None:
        raise bad("url", "it must hold no password: SSH is signed in to with a key")
    if port == 0:
        raise bad("url", "it is no address")
    return CloneAddress(
        scheme=scheme,
        host=_host(parts.hostname or ""),
        port=port or _PORTS[scheme],
        path=_path([unquote(segment) for segment in parts.path.split("/")], unquote(parts.path)),
        user=_user(parts.username or "git") if scheme == "ssh" else "",
    )


def _host(text: str) -> str:
    try:
        return read_host_name(text)
    except ValueError as error:
        raise bad("url", "its host is no name") from error


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise bad("url", "its user name cannot be used")
    return text


def _path(segments: list[str], decoded: str) -> tuple[str, ...]:
    """Return the segments of a path, without those that say nothing."""
    path = tuple(segment for segment in segments if segment)
    if not path or path == (_SUFFIX,):
        raise bad("url", "it names no repository")
    if _UNPRINTABLE.search(decoded) or any(segment in {".", ".."} for segment in path):
        raise bad("url", "its path must be written out")
    return path
