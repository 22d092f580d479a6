"""What the codes of Azure DevOps mean: whose fault it is, and what that person can do.

Texts are in the language of the server; the code at their start is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.errors import (
    DevlinksError,
    ForbiddenError,
    MissingError,
    RefusedError,
    ThrottledError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEEN: Final = (
    "Check the name, that it is not disabled or deleted, and that the token's owner may see it: "
    "a Stakeholder licence shows no repositories, Basic does."
)


class Meaning(Struct, frozen=True):
    """What a code stands for."""

    error: type[DevlinksError]
    next_step: str = ""
    """Empty: that of the error."""


MEANINGS: Final[Mapping[str, Meaning]] = {
    "TF400733": Meaning(ThrottledError),
    # The database is not correctly configured: it comes with 401 too, and says nothing of whom.
    "TF30040": Meaning(
        UnavailableError, "Have the server's administrator look at its configuration database."
    ),
    "VS403463": Meaning(
        ForbiddenError,
        "Have the tenant's administrator allow the addresses that Devlinks calls from in the "
        "Conditional Access policy, or exempt the token's owner from it.",
    ),
    "TF401027": Meaning(
        ForbiddenError, "Give the token the scope Code (Read), and its owner the permission Read."
    ),
    "TF50309": Meaning(
        ForbiddenError, "Give the token's owner the permission that the text above names."
    ),
    "VS402335": Meaning(RefusedError, "Ask for less: the query takes longer than 30 seconds."),
    "TF401019": Meaning(MissingError, _SEEN),
    "VS800075": Meaning(MissingError, _SEEN),
    "TF200016": Meaning(MissingError, _SEEN),
    "TF401175": Meaning(MissingError, "Nothing to do: the branch or commit has gone meanwhile."),
    "TF401035": Meaning(MissingError, "Nothing to do: the commit has gone meanwhile."),
}

SIGN_IN_ON_WINDOWS: Final = (
    "Make a new personal access token on the server. If that is not accepted either, IIS Basic "
    "Authentication is on for the server's site, where tokens do not work: have it switched off, "
    "or replace the connection by one of the kind basic, with a user name and its password."
)
FOR_ALL_ORGANIZATIONS: Final = (
    "Make a token for this organization alone: those for all accessible organizations stop "
    "working on 1 December 2026."
)
EXPIRED: Final = "Make a new personal access token and replace the connection with it."
NOT_A_MEMBER: Final = (
    "Add the token's owner to the organization, and make the token while signed in to its tenant; "
    "the token must be for this organization and have the scope Code (Read)."
)
NOT_EXPLAINED: Final = (
    "Make a new personal access token and replace the connection with it: this one is wrong, "
    "expired or revoked. If it is not, look at the organization's policies: Third-party "
    "application access via OAuth may be off."
)
