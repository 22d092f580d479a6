"""What an examination of a connection tells, step by step, while it is made.

A step is about one thing alone, so that whoever reads it knows what to put right and where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

StepName = Literal[
    "address",
    "dns",
    "reach",
    "tls",
    "host_key",
    "tenant",
    "version",
    "sign_in",
    "owner",
    "email",
    "organization",
    "projects",
    "code_read",
    "repositories",
    "public_url",
    "tfvc",
    "work_items_read",
    "code_write",
    "identity_read",
    "service_hooks",
    "without_hooks",
    "branches",
    "expiry",
    "webhook",
]

TITLES: Final[Mapping[StepName, str]] = {
    "address": "Address",
    "dns": "Name of the server",
    "reach": "Way to the server",
    "tls": "Certificate",
    "host_key": "Host key",
    "tenant": "Tenant",
    "version": "Version of the server",
    "sign_in": "Sign-in",
    "owner": "Owner of the credential",
    "email": "E-mail",
    "organization": "Organizations",
    "projects": "Projects",
    "code_read": "Reading code",
    "repositories": "Repositories",
    "public_url": "Public URL of the server",
    "tfvc": "Projects under TFVC",
    "work_items_read": "Reading work items",
    "code_write": "Writing code",
    "identity_read": "Finding reviewers",
    "service_hooks": "Service hooks",
    "without_hooks": "Living without service hooks",
    "branches": "Branches",
    "expiry": "Expiry of the credential",
    "webhook": "Address for service hooks",
}
"""What people read."""


class Step(Struct, frozen=True):
    """What was found out about one thing."""

    step: StepName
    ok: bool | None
    """None: it could not be told, or was not asked since a step before failed."""
    message: str
    next_step: str = ""
    """What to do about it; where `ok` is true it is advice."""
    help_url: str = ""
    """The page on which that is done, or the git host's documentation of it."""
    command: str = ""
    """A line for a shell that asks the same by hand, with `$TOKEN` in place of the secret."""
    organization: str = ""
    """Which of several; empty where it is about all of them."""
    is_needed: bool = True
    """False: what is wrong here limits what is indexed, and keeps nothing from being connected."""


class Asked(Struct, frozen=True):
    """What a connection is to be good for, and what an admin said of it besides."""

    work_items: bool = False
    service_hooks: bool = True
    writes: bool = False
    """By the connection itself, and not by tokens of those who write."""
    email: str = ""


def is_good(steps: Iterable[Step]) -> bool:
    """Tell whether an integration can be connected like this."""
    return not any(step.ok is False and step.is_needed for step in steps)


def not_asked(name: StepName, reason: str) -> Step:
    """Return a step that was left out; *reason* ends a sentence that begins with "Not asked"."""
    return Step(name, None, f"Not asked: {reason}.")
