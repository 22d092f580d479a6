"""Make, fork, rename, disable, delete and restore repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .git_command import run_git
from .hooks import repository_events
from .hooks.raising import raise_event
from .model import HEADS, ZERO, Person, Project, RefUpdate, Repository
from .ref_changes import record_push
from .refusals import bad_argument, name_taken, no_such_version

if TYPE_CHECKING:
    from pathlib import Path

    from .organization import Organization

_FORBIDDEN = frozenset('\\/:*?"<>|;#$*{},+=[]')
_LONGEST = 64


def create_repository(
    organization: Organization, project: Project, name: str, *, by: Person
) -> Repository:
    """Make an empty repository; refused if the name is taken or not allowed."""
    with organization.lock:
        made = _register(organization, project, name)
        organization.git.create(made.folder)
        raise_event(organization, repository_events.created(organization, made, by=by))
        return made


def import_repository(
    organization: Organization, project: Project, name: str, source: Path, *, by: Person
) -> Repository:
    """Copy a clone, bare or not, with all its branches and tags; *source* is only read.

    Nothing is shared with it, not even hard links: git touches the times of objects that it
    meets again. A clone's remote branches become branches, as they were where it came from.
    """
    with organization.lock:
        made = _register(organization, project, name)
        run_git("clone", "--quiet", "--bare", "--no-hardlinks", str(source), str(made.folder))
        _take_remote_branches(source, made.folder)
        run_git("remote", "remove", "origin", folder=made.folder)
        run_git("commit-graph", "write", "--reachable", folder=made.folder)
        raise_event(organization, repository_events.created(organization, made, by=by))
        return _journalled(organization, made, by=by)


def fork_repository(
    organization: Organization,
    parent: Repository,
    project: Project,
    name: str,
    *,
    by: Person,
    only_ref: str | None = None,
) -> Repository:
    """Copy a repository, or one ref of it, into a fork of its own."""
    with organization.lock:
        made = _register(organization, project, name, parent=parent)
        run_git("clone", "--quiet", "--mirror", str(parent.folder), str(made.folder))
        run_git("remote", "remove", "origin", folder=made.folder)
        for ref in organization.git.refs(made):
            if ref.startswith("refs/pull/") or only_ref not in {None, ref}:
                organization.git.open(made).references.delete(ref)
        raise_event(organization, repository_events.created(organization, made, by=by))
        event = repository_events.forked(organization, made, source=parent, by=by)
        raise_event(organization, event)
        return _journalled(organization, made, by=by)


def rename_repository(
    organization: Organization, repository: Repository, name: str, *, by: Person
) -> Repository:
    """Give a repository another name; its id stays."""
    with organization.lock:
        _check_name(organization, organization.project_holding(repository), name)
        renamed = msgspec.structs.replace(repository, name=name)
        organization.repositories[renamed.id] = renamed
        event = repository_events.renamed(organization, renamed, old_name=repository.name, by=by)
        raise_event(organization, event)
        return renamed


def set_default_branch(organization: Organization, repository: Repository, ref: str) -> Repository:
    """Make a branch that is there the default one."""
    with organization.lock:
        if not ref.startswith(HEADS) or organization.git.head(repository, ref) is None:
            raise no_such_version("branch", ref.removeprefix(HEADS), repository.name)
        organization.git.open(repository).set_head(ref)
        changed = msgspec.structs.replace(repository, default_branch=ref)
        organization.repositories[changed.id] = changed
        return changed


def set_disabled(
    organization: Organization, repository: Repository, *, disabled: bool, by: Person
) -> Repository:
    """Disable or enable; only a real change is told."""
    with organization.lock:
        if repository.is_disabled == disabled:
            return repository
        changed = msgspec.structs.replace(repository, is_disabled=disabled)
        organization.repositories[changed.id] = changed
        raise_event(organization, repository_events.status_changed(organization, changed, by=by))
        return changed


def delete_repository(organization: Organization, repository: Repository, *, by: Person) -> None:
    """Put a repository into the recycle bin."""
    with organization.lock:
        now = organization.clock.now()
        gone = msgspec.structs.replace(repository, deleted_at=now, deleted_by=by)
        organization.repositories[gone.id] = gone
        raise_event(organization, repository_events.deleted(organization, repository, by=by))


def restore_repository(organization: Organization, repository: Repository) -> Repository:
    """Take a repository out of the recycle bin; its id and its history are as before."""
    with organization.lock:
        _check_name(organization, organization.project_holding(repository), repository.name)
        back = msgspec.structs.replace(repository, deleted_at=None, deleted_by=None)
        organization.repositories[back.id] = back
        return back


def _register(
    organization: Organization, project: Project, name: str, *, parent: Repository | None = None
) -> Repository:
    _check_name(organization, project, name)
    again = sum(one.name == name for one in organization.repositories.values())
    identifier = organization.new_id("repository", project.id, name, again)
    made = Repository(
        id=identifier,
        name=name,
        project_id=project.id,
        folder=organization.folder / f"{identifier}.git",
        created_at=organization.clock.now(),
        parent_id=None if parent is None else parent.id,
    )
    organization.repositories[identifier] = made
    return made


def _check_name(organization: Organization, project: Project, name: str) -> None:
    if not name or len(name) > _LONGEST or _FORBIDDEN & set(name) or name.startswith(("_", ".")):
        raise bad_argument(f"TF401025: '{name}' is not a valid name for a Git repository.")
    for other in organization.repositories.values():
        taken = other.name.casefold() == name.casefold() and other.deleted_at is None
        if taken and other.project_id == project.id:
            raise name_taken(name)


def _journalled(organization: Organization, made: Repository, *, by: Person) -> Repository:
    """Journal all refs of a copied repository as one push, and find its default branch."""
    head = run_git("symbolic-ref", "HEAD", folder=made.folder).decode().strip()
    refs = organization.git.refs(made)
    if head in refs:
        made = msgspec.structs.replace(made, default_branch=head)
        organization.repositories[made.id] = made
    updates = [RefUpdate(name, ZERO, sha) for name, sha in refs.items()]
    record_push(organization, made, updates, by=by, whole_history=True)
    return organization.repositories[made.id]


def _take_remote_branches(source: Path, copy: Path) -> None:
    """Make a branch of every `origin/…` of *source* that has no branch of that name."""
    pattern = "--format=%(objectname) %(refname:lstrip=3)"
    remote = run_git("for-each-ref", pattern, "refs/remotes/origin", folder=source).decode()
    here = run_git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads", folder=copy)
    known = set(here.decode().splitlines()) | {"HEAD"}
    lines = (line.partition(" ") for line in remote.splitlines())
    created = "".join(
        f"create {HEADS}{name} {sha}\n" for sha, _, name in lines if name and name not in known
    )
    run_git("update-ref", "--stdin", folder=copy, given=created.encode())
