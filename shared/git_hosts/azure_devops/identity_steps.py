"""The steps of an examination that are about who signs in, and at what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import ForbiddenError, NotAddedError, SignedOutError
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.about import is_anonymous
from shared.git_hosts.azure_devops.advice import MEANINGS
from shared.git_hosts.azure_devops.outsiders import Identity, explained
from shared.git_hosts.azure_devops.tenants import tenant_of
from shared.git_hosts.azure_devops.versions import TooOldError, product_of
from shared.interfaces.examining import Step, not_asked
from shared.interfaces.git_host_family import PERSONAL_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.errors import DevlinksError
    from shared.git_hosts.azure_devops.client import Client
    from shared.git_hosts.azure_devops.place import Place

_POLICIES: Final = (
    "https://learn.microsoft.com/azure/devops/organizations/accounts/"
    "change-application-access-policies"
)
_UPGRADES: Final = "https://learn.microsoft.com/azure/devops/server/upgrade/get-started"
_CONDITIONAL_ACCESS: Final = "VS403463"
_NOTHING_ELSE: Final = (
    "Connect it with a personal access token of this organization: nothing else lets apps in here."
)


def tenant(place: Place) -> Iterator[Step]:
    """Tell which tenant an organization belongs to; MissingError where there is none."""
    found = tenant_of(place.sessions, place.url)
    is_token = place.credential.kind == "pat"
    if found is None:
        yield Step("tenant", None, "Azure DevOps does not tell which tenant it belongs to.")
    elif found == PERSONAL_ACCOUNTS:
        yield Step(
            "tenant",
            ok=is_token,
            message=f"{place.name} belongs to no tenant: people sign in with personal accounts.",
            next_step="" if is_token else _NOTHING_ELSE,
            help_url="" if is_token else place.tokens_page,
        )
    elif place.credential.tenant_id.lower() in {"", found}:
        yield Step("tenant", ok=True, message=f"{place.name} belongs to the tenant {found}.")
    else:
        yield Step(
            "tenant",
            ok=False,
            message=f"{place.name} belongs to the tenant {found}, and the connection signs in at "
            f"{place.credential.tenant_id}.",
            next_step="Sign in with an account of the organization's tenant, or connect it with a "
            "personal access token.",
        )


def sign_in(place: Place) -> Iterator[Step]:
    """Tell whether the credential is accepted at all: what is asked for here needs no scope.

    https://github.com/microsoft/azure-devops-python-api asks the same first, to learn who it is.
    """
    try:
        place.who = _who(place.client)
    except TooOldError as error:
        place.stopped = "the server is too old"
        yield Step(
            "version", ok=False, message=str(error), next_step=error.next_step, help_url=_UPGRADES
        )
        yield not_asked("sign_in", place.stopped)
    except (SignedOutError, ForbiddenError) as error:
        place.stopped = "the credential is not accepted"
        yield _denied(place, error)
    else:
        message = f"Successfully connected to {place.name} as {_shown(place.who)}."
        yield place.step("sign_in", ok=True, message=message)


def owner(place: Place) -> Iterator[Step]:
    """Tell whose the credential is: what somebody connected ends when they leave."""
    who = place.who or wire.SignedIn()
    if not place.is_person:
        yield Step("owner", ok=True, message=f"{_shown(who)} is an app: it does not leave.")
        return
    yield Step(
        "owner",
        ok=True,
        message=f"The credential is of {_shown(who)}.",
        next_step="If that is a person, connect with a service account instead: when somebody "
        "leaves, their tokens and service hooks stop.",
        is_needed=False,
    )


def email(place: Place) -> Iterator[Step]:
    """Tell whether the e-mail that an admin gave is the profile's; its case matters nowhere."""
    given = place.asked.email.strip()
    account = (place.who or wire.SignedIn()).account
    if not account:
        yield Step("email", None, "Azure DevOps does not tell the e-mail of the profile.")
    elif given == account:
        yield Step("email", ok=True, message=f"It is the profile's: {account}.")
    elif given.casefold() == account.casefold():
        message = f"The profile writes it {account}; the difference in case does not matter."
        yield Step("email", ok=True, message=message)
    else:
        yield Step(
            "email",
            ok=False,
            message=f"The credential is of {account}, and not of {given}.",
            next_step="Correct the e-mail, or make the token while signed in with the other one.",
            is_needed=False,
        )


def version(place: Place) -> Iterator[Step]:
    """Tell what answers. It comes after a question that every version answers to."""
    number = place.client.version
    product = product_of(number) if place.is_collection else "Azure DevOps Services"
    message = f"{product} answers, and is asked with api-version {number}."
    yield Step("version", ok=True, message=message)


def _who(client: Client) -> wire.SignedIn:
    told = client.get(
        "/_apis/connectionData",
        wire.ConnectionData,
        what="connection",
        params={"connectOptions": "none"},
        is_preview=True,
    ).value
    if is_anonymous(told):
        raise SignedOutError("Azure DevOps answers, and takes us for nobody.")
    return told.authenticated_user


def _denied(place: Place, error: SignedOutError | ForbiddenError) -> Step:
    identity = Identity.of(place.credential, place.sessions)
    why: DevlinksError = error
    if identity is not None:
        why = explained(place.client, place.name, identity, error)
    step = place.step("sign_in", ok=False, message=f"Authorization denied: {why}")
    step = replace(step, next_step=why.next_step)
    if _CONDITIONAL_ACCESS in str(error):
        next_step = MEANINGS[_CONDITIONAL_ACCESS].next_step
        return replace(step, next_step=next_step, help_url=_POLICIES)
    if identity is None:
        return replace(step, help_url=place.tokens_page)
    is_member = not isinstance(why, NotAddedError)
    return replace(step, help_url=place.policies_page if is_member else place.users_page)


def _shown(who: wire.SignedIn) -> str:
    name, account = who.provider_display_name or "", who.account
    if name and account and name != account:
        return f"{name} ({account})"
    return name or account or "somebody whose name is not told"
