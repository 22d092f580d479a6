"""What a route of Azure DevOps is called where calls are counted: without the ids in it."""

from __future__ import annotations

from typing import Final

_API: Final = "/_apis/"
_GIT: Final = "/_git/"
_WORDS: Final = frozenset((
    "accounts", "branches", "commits", "commitsbatch", "connectiondata", "git", "hooks",
    "identities", "me", "notificationsquery", "permissions", "profile", "profiles", "projects",
    "pullrequests", "refs", "repositories", "stats", "subscriptions", "subscriptionsquery", "wiql",
    "wit", "workitems",
))  # fmt: skip
_OTHER: Final = "other"


def route_of(path: str) -> str:
    """Return the route of a path or an address, in lower case: `git/repositories/{}/refs`.

    What is not known to be part of a route stands as `{}`, so that no name is ever told; a request
    that git itself makes is `git:refs` or `git:git-upload-pack`.
    """
    if _API in path:
        words = path.partition(_API)[2].lower().split("/")
        return "/".join(word if word in _WORDS else "{}" for word in words)
    if _GIT in path:
        last = path.rpartition("/")[2]
        return f"git:{last}" if last in {"refs", "git-upload-pack"} else _OTHER
    return _OTHER
