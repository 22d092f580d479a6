"""Why a repository is not indexed, in words for an admin, with what would change that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.model import LeftOut

ADVICE: Final[dict[LeftOut, str]] = {
    "filter": "The integration's JMESPath filter does not keep it.",
    "not_selected": "It is not among the repositories that are selected.",
    "disabled": (
        "It is disabled on the git host. Enable it in the settings of the project's repositories: "
        "its links come back by themselves."
    ),
    "empty": "It has no branch yet. It is indexed as soon as the first one is pushed.",
    "tfvc": (
        "The project keeps its code in TFVC, which is not indexed. Convert it to Git with Import "
        "repository in Azure Repos: the repository is then found by itself."
    ),
    "forbidden": (
        "It is listed, and what is in it is hidden from the credential. Give its owner access with "
        "Basic and Read on the repositories, and a token the scope Code (Read); it is tried again "
        "within the hour."
    ),
    "deleting": "Its project is being made or deleted.",
    "maintenance": "The git host has it in maintenance. It comes back by itself.",
    "owned_elsewhere": (
        "Another integration indexes it for the same tracker. It is taken over with its links when "
        "that one goes or leaves it out."
    ),
}
