"""Version descriptors: how callers name a branch, a tag or a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from .refusals import bad_argument

if TYPE_CHECKING:
    from .exchange import Query


class Version(msgspec.Struct, frozen=True, rename="camel"):
    """A version descriptor: a branch unless it says otherwise."""

    version: str = ""
    version_type: Literal["branch", "tag", "commit"] = "branch"


def asked_version(query: Query, name: str, kind_name: str) -> Version | None:
    """Return the version that two query parameters name, None where the first is absent."""
    version = query.text(name)
    if version is None:
        return None
    kind = query.text(kind_name) or "branch"
    match kind.lower():
        case "branch" | "tag" | "commit" as known:
            return Version(version, known)
        case _:
            raise bad_argument(f"{kind} is not a version type.")
