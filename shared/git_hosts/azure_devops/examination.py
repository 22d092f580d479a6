"""Examines how an organization, or a server's collection, would be connected, a step at a time.

Nothing is changed there: every question is one that reads, or one that is refused before it does
anything. After a step that everything else needs the rest is not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from shared.errors import (
    BadRequestError,
    DevlinksError,
    MissingError,
    ThrottledError,
    UnavailableError,
)
from shared.git_hosts.azure_devops import identity_steps, list_steps, permission_steps
from shared.git_hosts.azure_devops.organizations import organizations_of
from shared.git_hosts.azure_devops.place import Place
from shared.git_hosts.reaching import examine_way
from shared.interfaces.examining import Step, StepName, not_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from shared.git_hosts.azure_devops.client import Client
    from shared.git_hosts.dialling import Egress
    from shared.git_hosts.hurrying import HurriedSessions
    from shared.interfaces.examining import Asked
    from shared.interfaces.git_host_family import Address, Credential

_Ask = tuple[StepName, "Callable[[Place], Iterator[Step]]"]

_PLAN: Final[tuple[_Ask, ...]] = (
    ("tenant", identity_steps.tenant),
    ("sign_in", identity_steps.sign_in),
    ("owner", identity_steps.owner),
    ("email", identity_steps.email),
    ("projects", list_steps.projects),
    ("version", identity_steps.version),
    ("code_read", list_steps.repositories),
    ("tfvc", list_steps.tfvc),
    ("work_items_read", permission_steps.work_items),
    ("service_hooks", permission_steps.service_hooks),
    ("without_hooks", permission_steps.without_hooks),
    ("code_write", permission_steps.code_write),
    ("identity_read", permission_steps.identity_read),
)
_NEEDED: Final[frozenset[StepName]] = frozenset({"tenant", "sign_in", "projects", "code_read"})
"""What an integration cannot be connected without."""


_MOST_ORGANIZATIONS: Final = 10


class Surroundings(NamedTuple):
    """What an examination takes from the family whose address it looks at."""

    tidy: Callable[[Credential], Credential]
    """BadRequestError for what cannot be used."""
    client: Callable[[str, Credential], Client]
    url_of: Callable[[str], str]
    """Of an organization."""
    sessions: HurriedSessions
    egress: Egress
    identity_url: str = ""
    """Where organizations are listed; empty on a server."""


def examine(
    address: Address, credential: Credential, *, asked: Asked, around: Surroundings
) -> Iterator[Step]:
    """See GitHostFamily.examine."""
    is_there = yield from examine_way(address.url, around.egress)
    if not is_there:
        yield not_asked("sign_in", "the way to the server does not lead there")
        return
    try:
        shown = around.tidy(credential)
    except BadRequestError as error:
        yield _unusable(error)
        return
    organizations = address.organizations or (yield from _organizations(shown, around))
    are_chosen = bool(address.organizations)
    is_any_good = are_chosen or not organizations
    for name in organizations[:_MOST_ORGANIZATIONS]:
        steps = examine_organization(_place(name, shown, asked=asked, around=around))
        is_good_one = True
        for step in steps:
            is_good_one = is_good_one and not (step.ok is False and step.is_needed)
            of = name if len(organizations) > 1 else ""
            yield replace(step, organization=of, is_needed=step.is_needed and are_chosen)
        is_any_good = is_any_good or is_good_one
    if left := organizations[_MOST_ORGANIZATIONS:]:
        yield not_asked("organization", f"{len(left)} more organizations, from {left[0]} on")
    if not is_any_good:
        yield Step("organization", ok=False, message="None of the organizations can be connected.")


def _place(name: str, credential: Credential, *, asked: Asked, around: Surroundings) -> Place:
    return Place(
        name,
        client_of=lambda url: around.client(url, credential),
        url=around.url_of(name),
        sessions=around.sessions,
        credential=credential,
        asked=asked,
        is_collection=not around.identity_url,
    )


def _organizations(
    credential: Credential, around: Surroundings
) -> Generator[Step, None, tuple[str, ...]]:
    """Yield the step that finds every organization which a credential opens, and return them."""
    around.sessions.begin_step()
    try:
        found = organizations_of(
            around.client(around.identity_url, credential), kind=credential.kind
        )
    except DevlinksError as error:
        yield Step("organization", ok=False, message=told_by(error), next_step=error.next_step)
        return ()
    message = f"The sign-in is good for {len(found)}: {list_steps.named(found)}."
    yield Step("organization", ok=bool(found), message=message if found else _NO_ORGANIZATION)
    return found


_NO_ORGANIZATION: Final = "Whoever signed in is in no organization."


def _unusable(error: BadRequestError) -> Step:
    """Return what is wrong with a credential before it is shown to anybody."""
    reasons = "; ".join(f"{name}: {reason}" for name, reason in error.fields.items())
    return Step("sign_in", ok=False, message=f"{error} {reasons}.", next_step=error.next_step)


def examine_organization(place: Place) -> Iterator[Step]:
    """Yield the steps of one organization, from its tenant to what may be written there."""
    told: set[StepName] = set()
    for name, ask in _PLAN:
        for step in _asked(place, name, ask) if place.asks(name) and name not in told else ():
            told.add(step.step)
            yield step


def _asked(place: Place, name: StepName, ask: Callable[[Place], Iterator[Step]]) -> Iterator[Step]:
    """Yield what a step comes to; some tell of another one with it."""
    if place.stopped:
        yield not_asked(name, place.stopped)
        return
    place.sessions.begin_step()
    try:
        yield from ask(place)
    except DevlinksError as error:
        yield _failed(place, name, error)


def _failed(place: Place, name: StepName, error: DevlinksError) -> Step:
    """Return what a step ends with that could not be asked to its end."""
    is_needed = name in _NEEDED
    step = place.step(name, ok=False if is_needed else None, message=told_by(error))
    if isinstance(error, (UnavailableError, ThrottledError)):
        place.stopped = "Azure DevOps does not answer as it should"
    elif is_needed:
        place.stopped = "what comes before does not work"
    if isinstance(error, MissingError) and name == "tenant":
        return replace(step, step="organization", next_step=error.next_step)
    return replace(step, next_step=error.next_step, is_needed=is_needed)


def told_by(error: DevlinksError) -> str:
    """Return what happened, without what only a job does about it."""
    is_late = isinstance(error, ThrottledError) and not error.is_asked
    return str(error.__cause__ if is_late and error.__cause__ is not None else error)
