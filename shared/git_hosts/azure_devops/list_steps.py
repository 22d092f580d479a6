"""The steps of an examination that are about what there is to index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import ForbiddenError, SignedOutError, ThrottledError
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.listing import keeps_tfvc, list_collection, list_organization
from shared.git_hosts.azure_devops.outsiders import Identity, without_licence
from shared.git_hosts.egress import CutOffError
from shared.interfaces.examining import Step, not_asked
from shared.model import ProjectId

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.errors import DevlinksError
    from shared.git_hosts.azure_devops.place import Place
    from shared.interfaces.answers import Listing

_MOST_PROJECTS: Final = 500
_LISTED_IN: Final = 3
"""Times as long as other steps: a listing of thousands of repositories takes its time."""
_LOOKED_AT: Final = 5
"""Projects without repositories, each a call."""
_SHOWN: Final = 3
_SETTLED: Final = frozenset({"wellFormed", "unchanged"})
_IMPORT: Final = "https://learn.microsoft.com/azure/devops/repos/git/import-from-tfvc"
_PUBLIC_URL: Final = "https://learn.microsoft.com/azure/devops/server/admin/websitesettings"
_LICENCE: Final = (
    "A Stakeholder licence shows no repositories: give the credential's owner the access level "
    "Basic, and add them to the projects, as a Reader at least."
)


def projects(place: Place) -> Iterator[Step]:
    """Tell which projects are seen, which takes the scope Project and Team (Read).

    https://learn.microsoft.com/rest/api/azure/devops/core/projects/list
    """
    params = {"$top": str(_MOST_PROJECTS), "stateFilter": "all"}
    try:
        page = place.client.page("/_apis/projects", wire.Project, what="project", params=params)
    except (SignedOutError, ForbiddenError) as error:
        place.stopped = "the projects are not shown"
        yield scope_missing(
            place, place.step("projects", ok=False, message=""), "Project and Team (Read)", error
        )
        return
    place.projects = [one for one in page.value if one.state in _SETTLED]
    more = "more than " if page.continuation else ""
    count = counted(len(place.projects), "project")
    message = f"Project and Team (Read) is given: {more}{count} seen."
    step = place.step("projects", ok=True, message=message)
    if place.projects:
        yield step
        return
    place.stopped = "there is no project"
    message = "The credential works, and shows no project."
    yield replace(step, ok=False, message=message, **_where(place, _LICENCE))


def repositories(place: Place) -> Iterator[Step]:
    """Tell which repositories are seen, which takes the scope Code (Read).

    https://learn.microsoft.com/rest/api/azure/devops/git/repositories/list
    """
    list_all = list_collection if place.is_collection else list_organization
    place.sessions.begin_step(times=_LISTED_IN)
    try:
        listing = list_all(place.client, place.name)
    except ThrottledError as error:
        if not _is_late(error):
            raise
        place.go_on()
        step = place.step("code_read", ok=None, message="The list of repositories takes long.")
        yield replace(step, next_step="Nothing to do: connecting waits for it for longer.")
        return
    except (SignedOutError, ForbiddenError) as error:
        place.stopped = "code may not be read"
        step = place.step("code_read", ok=False, message="")
        yield scope_missing(place, step, "Code (Read)", error)
        yield not_asked("repositories", place.stopped)
        return
    place.repositories = listing.repositories
    yield place.step(
        "code_read",
        ok=True,
        message="Code (Read) is given: it lets commits, branches and pull requests be linked.",
    )
    yield _count(place, listing)
    if place.is_collection:
        yield _public_url(place, listing)


def tfvc(place: Place) -> Iterator[Step]:
    """Tell which projects have no git repository, since their code is under TFVC.

    https://learn.microsoft.com/rest/api/azure/devops/core/projects/get
    """
    if place.repositories is None:
        yield not_asked("tfvc", "the repositories were not listed to the end")
        return
    with_git = {one.repository.project_id for one in place.repositories}
    without = [one for one in place.projects if one.id.lower() not in with_git]
    found = [
        one.name
        for one in without[:_LOOKED_AT]
        if keeps_tfvc(place.client, ProjectId(one.id.lower()))
    ]
    if not found:
        yield Step("tfvc", ok=True, message="No project was seen whose code is under TFVC alone.")
        return
    more = ", and there may be more" if len(without) > _LOOKED_AT else ""
    yield Step(
        "tfvc",
        ok=False,
        message=f"The code of {named(found)} is under TFVC, of which nothing is indexed{more}.",
        next_step="Import it into a git repository: Import repository takes a TFVC path, with up "
        "to 180 days of history. What is in git is not affected.",
        help_url=_IMPORT,
        is_needed=False,
    )


def scope_missing(place: Place, step: Step, scope: str, error: DevlinksError) -> Step:
    """Return *step* as it ends when a sign-in is good, and not for this."""
    if place.credential.kind == "pat":
        message = f"Authorization denied: the token has not the scope {scope}. {error}"
        next_step = f"Make a token with the scope {scope} as well, and use it instead."
        return replace(
            step, ok=False, message=message, next_step=next_step, help_url=place.tokens_page
        )
    next_step = f"Have {scope} added to the permissions of the app registration, or of the account."
    message = f"Authorization denied: the sign-in does not cover {scope}. {error}"
    return replace(step, ok=False, message=message, next_step=next_step, help_url=place.users_page)


def counted(number: int, what: str) -> str:
    """Return how many there are, in words that fit to one too."""
    ending = "ies" if what.endswith("y") else f"{what[-1]}s"
    return f"{number} {what}" if number == 1 else f"{number:,} {what[:-1]}{ending}"


def named(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    left = len(names) - _SHOWN
    return f"{shown} and {left} more" if left > 0 else shown


def _is_late(error: ThrottledError) -> bool:
    """Whether the answer was on its way still."""
    return isinstance(error.__cause__, CutOffError) and error.__cause__.is_late


def _count(place: Place, listing: Listing) -> Step:
    found = [one.repository for one in listing.repositories]
    if not found:
        place.stopped = "there is no repository"
        return _no_repository(place)
    states = {
        "disabled": sum(one.is_disabled for one in found),
        "in maintenance": sum(one.is_in_maintenance for one in found),
        "empty": sum(not one.default_branch and not one.is_disabled for one in found),
    }
    told = "".join(f", {number} {state}" for state, number in states.items() if number)
    message = f"{counted(len(found), 'repository')} seen{told}."
    is_any = any(not one.is_disabled and one.default_branch for one in found)
    next_step = "" if is_any else "Nothing is indexed until something is pushed to one of them."
    return replace(place.step("repositories", ok=True, message=message), next_step=next_step)


def _no_repository(place: Place) -> Step:
    identity = Identity.of(place.credential, place.sessions)
    if identity is not None:
        why = without_licence(place.client, place.name, identity)
        step = place.step("repositories", ok=False, message=str(why))
        return replace(step, **_where(place, why.next_step))
    message = "The credential works, and shows no repository."
    step = place.step("repositories", ok=False, message=message)
    return replace(step, **_where(place, _LICENCE))


def _public_url(place: Place, listing: Listing) -> Step:
    wrong = next((note for note in listing.notes if note.code == "server_public_url"), None)
    if wrong is None:
        message = f"The server says of itself that it lies at {place.url}."
        return place.step("public_url", ok=True, message=message)
    text, _, next_step = wrong.text.partition(": links lead there. ")
    step = place.step("public_url", ok=False, message=f"{text}: links lead there.")
    return replace(step, next_step=next_step, help_url=_PUBLIC_URL, is_needed=False)


def _where(place: Place, next_step: str) -> dict[str, str]:
    return {"next_step": next_step, "help_url": place.users_page}
