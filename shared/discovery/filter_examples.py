"""Filters of repositories to begin with: an admin picks one and puts other names into it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class FilterExample(Struct, frozen=True):
    """A filter, and what it keeps."""

    title: str
    expression: str


FILTER_EXAMPLES: Final = (
    FilterExample("All of one project", "[?project.name=='Shop']"),
    FilterExample("All of some projects", "[?contains(['Shop', 'Payments'], project.name)]"),
    FilterExample("All but one project", "[?project.name!='Sandbox']"),
    FilterExample("Some by name", "[?name=='shop' || name=='payment types']"),
    FilterExample("Names that begin alike", "[?starts_with(name, 'shop')]"),
    FilterExample("Names that hold a word", "[?contains(name, 'pay')]"),
    FilterExample("All but names that end alike", "[?!ends_with(name, '-fork')]"),
    FilterExample("No forks", "[?!isFork]"),
    FilterExample("Those whose default branch is main", "[?defaultBranch=='refs/heads/main']"),
    FilterExample("None larger than 1 GB", "[?size<`1073741824`]"),
    FilterExample("All of one organization", "[?organization=='contoso']"),
    FilterExample(
        "One project without what is retired",
        "[?project.name=='Shop' && !starts_with(name, 'retired')]",
    ),
)
