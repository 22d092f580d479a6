"""The event of a push, as recorded deliveries carry it: commits with their whole messages."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from devhost.sample_organization import moments
from devhost.sample_organization.commit_shapes import first_line, signature, written_commit
from devhost.sample_organization.model import HEADS, TAGS, ZERO
from devhost.sample_organization.shapes import identity

from .events import Event, Words

if TYPE_CHECKING:
    from devhost.sample_organization.exchange import Json
    from devhost.sample_organization.model import Push, Repository
    from devhost.sample_organization.organization import Organization


def push_event(organization: Organization, repository: Repository, push: Push) -> Event:
    """Return the event of *push*.

    There is no `commits` key for deletions, tags and new branches without new commits.
    """
    resource = _resource(organization, repository, push)
    branches = {update.name.removeprefix(HEADS).lower() for update in push.updates}
    return Event(
        id=organization.new_event_id(),
        type="git.push",
        at=push.at,
        project_id=repository.project_id,
        resource=resource,
        message=_message(organization, repository, push),
        detailed_message=_detailed(organization, repository, push, resource),
        facts={
            "repository": frozenset({repository.id}),
            "branch": frozenset(branches),
            "pushedBy": frozenset({push.person.id, push.person.name.lower()}),
        },
        minimal=("url", "pushId"),
    )


def _resource(organization: Organization, repository: Repository, push: Push) -> Json:
    addresses = organization.addresses
    home = addresses.repository_in_events(repository)
    own = f"{home}/pushes/{push.id}"
    resource: Json = {}
    commits = _commits(organization, repository, push)
    if commits:
        resource["commits"] = commits
    resource |= {
        "refUpdates": [
            {"name": update.name, "oldObjectId": update.old, "newObjectId": update.new}
            for update in push.updates
        ],
        "repository": _repository(organization, repository),
        "pushedBy": identity(organization, push.person),
        "pushId": push.id,
        "date": moments.written(push.at),
        "url": own,
        "_links": {
            "self": {"href": own},
            "repository": {"href": addresses.repository(repository)},
            "commits": {"href": f"{own}/commits"},
            "pusher": {"href": addresses.person(push.person)},
            "refs": {"href": f"{addresses.repository(repository)}/{push.updates[0].name}"},
        },
    }
    if push.forced:
        resource["forced"] = True
    return resource


def _commits(organization: Organization, repository: Repository, push: Push) -> list[Json]:
    if not any(u.name.startswith(HEADS) and u.new != ZERO for u in push.updates):
        return []
    home = organization.addresses.repository_in_events(repository)
    limit = organization.behaviour.push_event_commits
    shapes: list[Json] = []
    for sha in push.commits[:limit]:
        commit = organization.git.commit(repository, sha)
        written = written_commit(commit)
        shapes.append(
            {
                "commitId": sha,
                "author": signature(commit.author, commit.message_encoding),
                "committer": signature(commit.committer, commit.message_encoding),
                "comment": str(written["comment"]).rstrip("\n"),
                "url": f"{home}/commits/{sha}",
            }
        )
    return shapes


def _repository(organization: Organization, repository: Repository) -> Json:
    project = organization.project_holding(repository)
    addresses = organization.addresses
    shape: Json = {
        "id": repository.id,
        "name": repository.name,
        "url": addresses.repository_in_events(repository),
        "project": {
            "id": project.id,
            "name": project.name,
            "url": addresses.project(project),
            "state": project.state,
            "visibility": "unchanged",
            "lastUpdateTime": "0001-01-01T00:00:00",
        },
    }
    if repository.default_branch is not None:
        shape["defaultBranch"] = repository.default_branch
    shape["remoteUrl"] = addresses.web(repository, project)
    return shape


def _message(organization: Organization, repository: Repository, push: Push) -> Words:
    page = organization.addresses.web(repository, organization.project_holding(repository))
    name = push.updates[0].name.removeprefix(HEADS).removeprefix(TAGS)
    who = push.person.name
    return Words(
        text=f"{who} pushed updates to {repository.name}:{name}\r\n({page}/#version=GB{name})",
        html=(
            f'{escape(who)} pushed updates to <a href="{escape(page)}/">'
            f"{escape(repository.name)}</a>:{escape(name)}"
        ),
        markdown=f"{who} pushed updates to [{repository.name}]({page}/):{name}",
    )


def _detailed(
    organization: Organization, repository: Repository, push: Push, resource: Json
) -> Words:
    brief = _message(organization, repository, push)
    commits = [
        (first_line(organization.git.commit(repository, sha).message)[0], sha)
        for sha in (push.commits if "commits" in resource else ())
    ]
    return Words(
        text=brief.text + "".join(f"\r\n - {line} {sha[:8]}" for line, sha in commits),
        html=f"{brief.html}\r\n<ul>"
        + "".join(f"\r\n<li>{escape(line)} {sha[:8]}</li>" for line, sha in commits)
        + "\r\n</ul>",
        markdown=brief.markdown + "".join(f"\r\n* {line} {sha[:8]}" for line, sha in commits),
    )
