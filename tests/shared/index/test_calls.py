"""How many calls to Azure DevOps following costs, counted exactly: none is made twice.

A reindex of R repositories of which B branches moved takes, for each organization, 1 + R + B +
2 · projects calls, and one for each truncated message never seen, each pull request that changed,
and each further page. The list of projects, service hooks and probes are counted apart.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from devhost.sample_organization import SampleOrganization
from shared.messages import Job
from shared.scheduling.runs import start_run
from tests.hooks import deliver, push_event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.configuration import Integration
    from tests.world import World

LONG = "PAY-2 First line\n\nand more of it, with PAY-3"
PROJECTS = ("Shop", "Bank")
NAMES = ("shop", "stock", "bank")


class Expected(Struct, frozen=True):
    """What a shape costs beyond what everything costs."""

    moved: int = 0
    """Branches: B."""
    messages: int = 0
    """Truncated ones, never seen."""
    pull_requests: int = 0
    """Those that changed."""
    pages: int = 0
    """Further ones."""


def nothing(sample: SampleOrganization) -> None:
    del sample


def one_branch_moves(sample: SampleOrganization) -> None:
    sample.push("shop", "main", "PAY-2 Go on", "PAY-3 Go on", "PAY-4 Go on")


def branches_of_several_repositories_move(sample: SampleOrganization) -> None:
    sample.push("shop", "main", "PAY-2 Go on")
    sample.push("shop", "topic", "PAY-3 Go on")
    sample.push("bank", "main", "PAY-4 Go on")


def long_messages(sample: SampleOrganization) -> None:
    sample.push("shop", "main", LONG, f"{LONG} again", "PAY-4 Short")


def new_branch_with_commits(sample: SampleOrganization) -> None:
    sample.push("shop", "fresh", "PAY-2 Go on")


def new_branch_without_commits(sample: SampleOrganization) -> None:
    sample.create_branch("shop", "PAY-9-fresh")


def two_branches_at_the_same_commit(sample: SampleOrganization) -> None:
    head = sample.push("shop", "fresh", "PAY-2 Go on")
    sample.create_branch("shop", "PAY-9-same", at=head)


def deleted_branch(sample: SampleOrganization) -> None:
    sample.delete_branch("shop", "merged")


def commit_of_long_message_on_two_branches(sample: SampleOrganization) -> None:
    sample.push("shop", "topic", LONG)
    sample.merge_branch("shop", "topic", into="main", message="Merge topic")


def pull_requests_change(sample: SampleOrganization) -> None:
    sample.retitle(1, "PAY-5 Another title")
    sample.push("stock", "second", "Go on")
    sample.open_pull_request("stock", "second", "PAY-6 New")


def pull_request_closed(sample: SampleOrganization) -> None:
    sample.abandon(1)


def more_pull_requests_than_a_page(sample: SampleOrganization) -> None:
    for number in range(4):
        sample.create_branch("bank", f"b{number}")
        sample.push("bank", f"b{number}", f"Go on {number}")
        sample.open_pull_request("bank", f"b{number}", f"PAY-{10 + number} Review")


SHAPES: dict[str, tuple[Callable[[SampleOrganization], None], Expected]] = {
    f.__name__.replace("_", " "): (f, expected)
    for f, expected in (
        (nothing, Expected()),
        (one_branch_moves, Expected(moved=1)),
        (branches_of_several_repositories_move, Expected(moved=3)),
        (long_messages, Expected(moved=1, messages=2)),
        (new_branch_with_commits, Expected(moved=1)),
        (new_branch_without_commits, Expected()),
        (two_branches_at_the_same_commit, Expected(moved=1)),
        (deleted_branch, Expected()),
        (commit_of_long_message_on_two_branches, Expected(moved=2, messages=1)),
        (pull_requests_change, Expected(moved=1, pull_requests=2)),
        (pull_request_closed, Expected(pull_requests=1)),
        # Of the project's five that are open, one was known; pages of two.
        (more_pull_requests_than_a_page, Expected(moved=4, pull_requests=4, pages=2)),
    )
}


@pytest.fixture
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have lists of pull requests come two at a time."""
    from shared.git_hosts.azure_devops import pull_requests  # noqa: PLC0415

    monkeypatch.setattr(pull_requests, "_A_PAGE", 2)


@pytest.fixture
def organization(sample: SampleOrganization) -> SampleOrganization:
    """Return two projects with three repositories, a merged branch, and an open pull request."""
    sample.add_project("Bank")
    for project, name in (("Shop", "shop"), ("Shop", "stock"), ("Bank", "bank")):
        sample.create_repository(project, name)
        sample.push(name, "main", f"PAY-1 Begin\n\nAll of {name}")
        sample.push(name, "topic", f"PAY-1 Work on {name}")
    sample.create_branch("shop", "merged")
    sample.open_pull_request("shop", "topic", "PAY-1 Review")
    return sample


def reindex(world: World, integration: Integration) -> None:
    """List the repositories, and look at each of them and at each project."""
    world.run("reindex", Job(integration.id, "discover"))
    start_run(world.services, integration)
    world.work()


def made(sample: SampleOrganization) -> Counter[str]:
    """Return the calls by what they ask for, those apart left out."""
    counted = sample.calls.by_route()
    return Counter({route: n for route, n in counted.items() if route not in APART})


APART = {"GET projects", "GET accounts", "GET profile/profiles/{id}"}
REFS = "GET git/repositories/{repositoryId}/refs"
BATCH = "POST git/repositories/{repositoryId}/commitsbatch"
COMMIT = "GET git/repositories/{repositoryId}/commits/{commitId}"
LISTED = "GET git/pullrequests"
ONE = "GET git/repositories/{repositoryId}/pullrequests/{pullRequestId}"


@pytest.mark.parametrize(("happens", "expected"), SHAPES.values(), ids=SHAPES)
def test_reindex_makes_no_call_beyond_what_changed(
    world: World,
    organization: SampleOrganization,
    happens: Callable[[SampleOrganization], None],
    expected: Expected,
    request: pytest.FixtureRequest,
) -> None:
    integration = world.connect()
    world.work()
    happens(organization)
    if expected.pages:
        request.getfixturevalue("pages_of_two")
    organization.calls.reset()

    reindex(world, integration)

    calls = made(organization)
    assert calls == Counter(
        {
            "GET git/repositories": 1,
            REFS: len(NAMES),
            BATCH: expected.moved,
            COMMIT: expected.messages,
            LISTED: 2 * len(PROJECTS) + expected.pages,
            ONE: expected.pull_requests,
        }
    )
    asked = Counter((c.path, str(sorted(c.query.items()))) for c in organization.calls)
    again = {path for (path, _), times in asked.items() if times > 1}
    assert all(path.endswith("commitsbatch") for path in again), "these differ in their bodies"


@pytest.mark.parametrize(("happens", "expected"), SHAPES.values(), ids=SHAPES)
def test_second_reindex_finds_nothing_new(
    world: World,
    organization: SampleOrganization,
    happens: Callable[[SampleOrganization], None],
    expected: Expected,
) -> None:
    del expected
    integration = world.connect()
    world.work()
    happens(organization)
    reindex(world, integration)
    organization.calls.reset()

    reindex(world, integration)

    assert made(organization) == Counter(
        {"GET git/repositories": 1, REFS: len(NAMES), LISTED: 2 * len(PROJECTS)}
    )


def test_two_organizations_cost_what_each_of_them_costs(
    world: World, organization: SampleOrganization, tmp_path: Path
) -> None:
    token = organization.issue_token()
    other = SampleOrganization(tmp_path / "other", name="fabrikam", beside=organization)
    other.accept(token)
    other.add_project("Depot")
    for name in ("depot", "yard"):
        other.create_repository("Depot", name)
        other.push(name, "main", "PAY-1 Begin")
    integration = world.connect(organizations=("contoso", "fabrikam"), token=token.value)
    world.work()
    organization.push("shop", "main", LONG)
    other.push("depot", "main", "PAY-4 Short")
    for one in (organization, other):
        one.calls.reset()

    reindex(world, integration)

    assert made(organization) == Counter(
        {"GET git/repositories": 1, REFS: 3, BATCH: 1, COMMIT: 1, LISTED: 2 * 2}
    )
    assert made(other) == Counter({"GET git/repositories": 1, REFS: 2, BATCH: 1, LISTED: 2})


def test_refs_of_many_branches_cost_a_call_for_each_further_page(
    world: World, organization: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.git_hosts.azure_devops import organization as module  # noqa: PLC0415

    for number in range(6):
        organization.create_branch("shop", f"more-{number}")
    integration = world.connect()
    world.work()
    monkeypatch.setattr(module, "_REFS_A_PAGE", 4)
    organization.calls.reset()

    reindex(world, integration)

    # shop has nine branches, the others have two.
    assert made(organization)[REFS] == len(NAMES) + 2


def test_left_out_repositories_and_projects_without_any_cost_nothing(
    world: World, organization: SampleOrganization
) -> None:
    organization.add_project("Legacy", source_control="Tfvc")
    organization.create_repository("Bank", "empty")
    organization.disable_repository("stock")
    integration = world.connect()
    world.work()
    organization.calls.reset()

    reindex(world, integration)

    assert made(organization) == Counter({"GET git/repositories": 1, REFS: 2, LISTED: 2 * 2})


PUSHES = {
    "one commit": ("main", ("PAY-21 Alone",)),
    "as many as an event is known to carry": (
        "main",
        tuple(f"PAY-{30 + n} Of several\n\nwith a body" for n in range(24)),
    ),
    "a long message": ("topic", ("PAY-22 On a topic\n\nand PAY-23",)),
}


@pytest.mark.parametrize(("branch", "messages"), PUSHES.values(), ids=PUSHES)
def test_push_event_that_carries_all_its_commits_makes_no_call(
    world: World, organization: SampleOrganization, branch: str, messages: tuple[str, ...]
) -> None:
    integration = world.connect()
    world.work()
    old = organization.head("shop", branch)
    shas = [organization.push("shop", branch, message) for message in messages]
    told = list(zip(shas, messages, strict=True))[::-1]
    organization.calls.reset()

    deliver(world, integration, push_event(world, *told, old=old, new=shas[-1], branch=branch))
    world.work()

    assert list(organization.calls) == []
    key = messages[-1].partition(" ")[0]
    assert ("commit", shas[-1]) in world.links(key)


def test_what_push_events_told_is_not_read_again_by_a_reindex(
    world: World, organization: SampleOrganization
) -> None:
    integration = world.connect()
    world.work()
    old = organization.head("shop", "main")
    new = organization.push("shop", "main", LONG)
    deliver(world, integration, push_event(world, (new, LONG), old=old, new=new))
    world.work()
    organization.calls.reset()

    reindex(world, integration)

    # The move is looked at from the last complete pass, its message is known.
    assert made(organization) == Counter(
        {"GET git/repositories": 1, REFS: len(NAMES), BATCH: 1, LISTED: 2 * len(PROJECTS)}
    )
