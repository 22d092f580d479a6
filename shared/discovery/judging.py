"""Decide which of the listed repositories are indexed, and why another is left out.

Nothing here reads or writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.discovery.filtering import kept_by

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from shared.configuration import Selection
    from shared.interfaces.answers import ListedRepository
    from shared.model import LeftOut, ProjectId, RepositoryId


def reasons_of(
    listed: Mapping[RepositoryId, ListedRepository],
    selection: Selection,
    *,
    unsettled: Collection[ProjectId] = (),
) -> dict[RepositoryId, LeftOut | None]:
    """Return why each repository is not indexed, whoever owns it; None where it is.

    *unsettled* are projects that are being made or deleted. BadRequestError when the filter
    cannot be used.
    """
    kept = kept_by(selection.jmespath, [one.as_listed for one in listed.values()])
    return {
        identity: decide(one, selection, kept=kept, unsettled=unsettled)
        for identity, one in listed.items()
    }


def decide(
    listed: ListedRepository,
    selection: Selection,
    *,
    kept: Collection[str],
    unsettled: Collection[ProjectId] = (),
) -> LeftOut | None:
    """Return why one repository is not indexed; *kept* are the ids that the filter keeps.

    What the git host itself does not let us read comes first: no other selection would help.
    """
    repository = listed.repository
    if repository.project_id in unsettled:
        return "deleting"
    if repository.is_disabled:
        return "disabled"
    if repository.is_in_maintenance:
        return "maintenance"
    if str(listed.as_listed["id"]) not in kept:
        return "filter"
    if selection.mode == "selected" and repository.id not in selection.selected:
        return "not_selected"
    return "empty" if _is_empty(listed) else None


def _is_empty(listed: ListedRepository) -> bool:
    """Tell whether a repository has no branch; one that has may still name no default branch."""
    return listed.repository.default_branch is None and not listed.as_listed.get("size")
