"""Examines how a repository would be connected by its clone address, a step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import BadRequestError, DevlinksError, ForbiddenError, SignedOutError
from shared.git_hosts.commands import list_refs, show_host_key
from shared.git_hosts.git.credentials import completed
from shared.git_hosts.git_protocol.keys import fingerprint, read_host_keys
from shared.git_hosts.git_protocol.refs import read_refs
from shared.git_hosts.git_protocol.remote import Caps
from shared.git_hosts.hurrying import STEP_SECONDS
from shared.git_hosts.reaching import examine_way
from shared.interfaces.examining import Step, not_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from shared.git_hosts.dialling import Egress
    from shared.git_hosts.git.addresses import CloneAddress
    from shared.git_hosts.git_protocol.refs import Refs
    from shared.git_hosts.git_protocol.remote import Remote
    from shared.interfaces.git_host_family import Credential

_CAPS: Final = Caps(seconds=STEP_SECONDS)
_NO_KEY_YET: Final = (
    "The key pair is made when the repository is connected: its public half is then added to the "
    "deploy keys, to read only"
)
_DENIED: Final = (SignedOutError, ForbiddenError)


def examine(
    address: CloneAddress,
    credential: Credential,
    *,
    egress: Egress,
    open_remote: Callable[[CloneAddress, Credential], Remote],
) -> Iterator[Step]:
    """See GitHostFamily.examine; *open_remote* gives a repository that is not waited for long."""
    if not (yield from examine_way(_whole_url(address), egress)):
        yield not_asked("sign_in", "the way to the server does not lead there")
        return
    if address.scheme == "ssh" and credential.kind == "ssh_key":
        known = yield from _host_key(address, credential, egress)
        if known is None:
            return
        credential = replace(credential, host_key=known)
        if not credential.secret:
            yield Step("sign_in", None, f"Not asked: {_NO_KEY_YET}.", is_needed=False)
            return
    try:
        shown = completed(credential, address, egress=egress)
        refs = read_refs(open_remote(address, shown), caps=_CAPS)
    except DevlinksError as error:
        yield _refused(address, credential, error)
        yield not_asked("branches", "the repository cannot be read")
        return
    who = "" if credential.kind == "none" else ", signed in"
    message = f"Successfully connected: {'/'.join(address.names)} can be read{who}."
    yield Step("sign_in", ok=True, message=message, command=list_refs(address.url))
    yield _branches(refs)


def _host_key(
    address: CloneAddress, credential: Credential, egress: Egress
) -> Generator[Step, None, str | None]:
    """Yield whether the server shows the key that is known, and return it; None when it is not."""
    from shared.git_hosts.git_protocol.ssh_remote import (  # noqa: PLC0415 — slow to import
        remote_host_key,
    )

    command = show_host_key(address.host, address.port)
    try:
        told = remote_host_key(address.url, egress=egress, seconds=STEP_SECONDS)
    except DevlinksError as error:
        yield Step("host_key", ok=False, message=str(error), command=command)
        return None
    shown, known = read_host_keys(told), read_host_keys(credential.host_key)
    if not known:
        yield Step(
            "host_key",
            ok=True,
            message=f"{address.host} shows the key {fingerprint(told)}, which is trusted once the "
            "repository is connected.",
            next_step="Compare it with what the git host publishes.",
            command=command,
        )
        return told
    if shown[0] in known:
        yield Step("host_key", ok=True, message=f"{address.host} shows the key that is known.")
        return credential.host_key
    yield Step(
        "host_key",
        ok=False,
        message=f"{address.host} shows the key {fingerprint(told)}, and known is "
        f"{fingerprint(credential.host_key)}.",
        next_step="Ask whoever runs the git host whether its key was changed; if so, replace the "
        "connection.",
        command=command,
    )
    return None


def _refused(address: CloneAddress, credential: Credential, error: DevlinksError) -> Step:
    text, next_step = str(error), error.next_step
    if isinstance(error, BadRequestError):
        text += " " + "; ".join(f"{name}: {why}" for name, why in error.fields.items()) + "."
    is_denied = isinstance(error, _DENIED)
    return Step(
        "sign_in",
        ok=False,
        message=f"Authorization denied: {text}" if is_denied else text,
        next_step=next_step,
        command=list_refs(address.url),
        # A key that is not known there yet is kept, and tried again.
        is_needed=not (is_denied and credential.kind == "ssh_key"),
    )


def _branches(refs: Refs) -> Step:
    count = len(refs.branches)
    if not count:
        message = "There are no branches: nothing is indexed until something is pushed."
        return Step("branches", ok=True, message=message)
    words = "1 branch" if count == 1 else f"{count:,} branches"
    default = f", {refs.default_branch} by default" if refs.default_branch else ""
    return Step("branches", ok=True, message=f"{words} seen{default}.")


def _whole_url(address: CloneAddress) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{address.scheme}://{host}:{address.port}"
