"""Where well-known git hosts show a repository, its commits and its branches.

Of any other nothing is guessed: its links lead to the repository itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from msgspec import Struct

from shared.model import PageAddresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.git_hosts.git.addresses import CloneAddress

_CODE_COMMIT: Final = re.compile(
    r"git-codecommit(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com"
)
_SSH_DOORS: Final = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
"""SSH on port 443, for who may leave by no other."""
_GERRIT_PORT: Final = 29418
_BITBUCKET_PORT: Final = 7999


class Pages(Struct, frozen=True):
    """The page of a repository, and of what is in it."""

    repository: str
    of: PageAddresses = PageAddresses()


def pages_of(address: CloneAddress) -> Pages:
    """Return the pages of a repository; where they are not known, the address itself stands."""
    host = _SSH_DOORS.get(address.host, address.host)
    for is_theirs, pages in _KNOWN:
        if is_theirs(address, host):
            return pages(address, host)
    return Pages(address.url)


def _site(address: CloneAddress, host: str) -> str:
    """Return where the pages are: for SSH, whose port tells nothing of them, at the usual one."""
    return f"https://{host}" if address.scheme == "ssh" else f"{address.scheme}://{address.site}"


def _like(commit: str, branch: str) -> Callable[[CloneAddress, str], Pages]:
    """Return how to build pages that lie below the repository's own."""

    def pages(address: CloneAddress, host: str) -> Pages:
        url = f"{_site(address, host)}/{_joined(address.names)}"
        return Pages(url, PageAddresses(commit=f"{url}{commit}", branch=f"{url}{branch}"))

    return pages


def _bitbucket_server(address: CloneAddress, host: str) -> Pages:
    """https://confluence.atlassian.com/bitbucketserver/basic-git-commands-776639767.html."""
    *above, project, name = [part for part in address.names if part != "scm"]
    owner = f"users/{project[1:]}" if project.startswith("~") else f"projects/{project}"
    below = "/".join(["", *above]) if above else ""
    url = f"{_site(address, host)}{below}/{quote(owner)}/repos/{quote(name)}"
    branch = f"{url}/browse?at=refs%2Fheads%2F{{}}"
    return Pages(url, PageAddresses(commit=f"{url}/commits/{{}}", branch=branch))


def _gerrit(address: CloneAddress, host: str) -> Pages:
    """Gitiles: https://gerrit.googlesource.com/gitiles/+/HEAD/Documentation/."""
    is_signed_in = address.names[0] == "a" and len(address.names) > 1
    names = address.names[1:] if is_signed_in else address.names
    is_google = host.endswith(".googlesource.com")
    plugin = "" if is_google else "/plugins/gitiles"
    url = f"{_site(address, host)}{plugin}/{_joined(names)}"
    return Pages(url, PageAddresses(commit=f"{url}/+/{{}}"))


def _code_commit(address: CloneAddress, host: str) -> Pages:
    """https://docs.aws.amazon.com/codecommit/latest/userguide/regions.html."""
    found = _CODE_COMMIT.fullmatch(host)
    assert found is not None, "only such a host is asked about"
    region = found["region"]
    console = f"https://{region}.console.aws.amazon.com/codesuite/codecommit/repositories"
    url = f"{console}/{quote(address.names[-1], safe='')}"
    return Pages(
        f"{url}/browse?region={region}",
        PageAddresses(
            commit=f"{url}/commit/{{}}?region={region}",
            branch=f"{url}/browse/refs/heads/{{}}?region={region}",
        ),
    )


def _joined(names: tuple[str, ...]) -> str:
    return "/".join(quote(name, safe="~") for name in names)


def _named(*words: str) -> Callable[[CloneAddress, str], bool]:
    """Return whether one of the parts of a host's name is, or begins with, a word."""
    pattern = re.compile(rf"(?:^|[.-])(?:{'|'.join(words)})")

    def is_theirs(address: CloneAddress, host: str) -> bool:
        del address
        return pattern.search(host) is not None

    return is_theirs


def _is_gerrit(address: CloneAddress, host: str) -> bool:
    is_port = address.scheme == "ssh" and address.port == _GERRIT_PORT
    return is_port or host.endswith(".googlesource.com") or _named("gerrit")(address, host)


def _is_bitbucket_server(address: CloneAddress, host: str) -> bool:
    del host
    if address.scheme == "ssh":
        return address.port == _BITBUCKET_PORT and len(address.names) > 1
    return "scm" in address.names[:-2]


def _is_code_commit(address: CloneAddress, host: str) -> bool:
    del address
    return _CODE_COMMIT.fullmatch(host) is not None


_KNOWN: Final = (
    (_is_code_commit, _code_commit),
    (_is_gerrit, _gerrit),
    (_is_bitbucket_server, _bitbucket_server),
    (_named(r"bitbucket\.org$"), _like("/commits/{}", "/branch/{}")),
    (_named("github", r"ghe\.com$"), _like("/commit/{}", "/tree/{}")),
    (_named("gitlab"), _like("/-/commit/{}", "/-/tree/{}")),
    (_named("gitea", "forgejo", r"codeberg\.org$"), _like("/commit/{}", "/src/branch/{}")),
)
"""The first that fits counts."""
