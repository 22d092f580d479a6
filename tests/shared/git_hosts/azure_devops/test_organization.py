from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.sample_organization import Where
from shared.errors import (
    DevlinksError,
    ForbiddenError,
    GitHostError,
    MissingError,
    RefusedError,
    SignedOutError,
)
from shared.model import CommitId, ProjectId, PullRequest, RepositoryId, Reviewer
from tests.shared.git_hosts.azure_devops.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from shared.git_hosts.azure_devops import AzureDevOps
    from shared.interfaces import GitHost
    from shared.model import Commit, Repository

HOOK = "https://links.example.com/api/webhooks/1"
PASSWORD = "a-password-of-a-hook"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NO_SUCH = CommitId("0123456789abcdef0123456789abcdef01234567")


def web_of(host: GitHost) -> Repository:
    return next(r.repository for r in host.listing().repositories if r.repository.name == "web")


def project_of(sample: SampleOrganization, name: str = "Shop") -> ProjectId:
    return ProjectId(sample.organization.project(name).id)


def all_commits(host: GitHost, until: str, after: str | None = None) -> list[Commit]:
    return host.commits(
        web_of(host),
        until=CommitId(until),
        after=None if after is None else CommitId(after),
        skip=0,
        limit=100,
    )


def listed(host: GitHost, sample: SampleOrganization) -> list[PullRequest]:
    return list(chain.from_iterable(host.open_pull_requests(project_of(sample))))


def closed(host: GitHost, sample: SampleOrganization, since: datetime) -> list[int]:
    pages = host.closed_pull_requests(project_of(sample), since=since)
    return sorted(pull_request.number for pull_request in chain.from_iterable(pages))


@pytest.fixture
def pull_request(sample: SampleOrganization) -> Callable[..., int]:
    """Open a pull request from a branch of its own."""
    sample.push("web", "main", "Start")

    def open_one(branch: str = "feature", title: str = "A title", **more: object) -> int:
        sample.push("web", branch, f"Work on {branch}")
        opened: int = sample.open_pull_request("web", branch, title, **more)  # type: ignore[arg-type]
        return opened

    return open_one


def multiply(sample: SampleOrganization, number: int, *, to: int) -> None:
    """Have as many pull requests as *to*, all like the one of that *number*."""
    known = sample.organization.pull_requests
    for other in range(number + 1, number + to):
        known[other] = msgspec.structs.replace(known[number], id=other)


# --- listing


def test_listing_holds_every_project_and_every_repository_of_the_organization(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.add_project("Legacy", source_control="Tfvc")
    sample.add_project("Zahlungen & Café #1")
    sample.create_repository("Zahlungen & Café #1", "payment types")

    listing = host.listing()

    names = {project.name for project in listing.projects}
    assert names == {"Shop", "Legacy", "Zahlungen & Café #1"}
    assert {r.repository.name for r in listing.repositories} == {"web", "payment types"}


@pytest.mark.parametrize(("projects", "calls"), [(499, 1), (500, 1), (501, 2), (1000, 2)])
def test_listing_reads_every_page_of_projects(
    host: GitHost, sample: SampleOrganization, projects: int, calls: int
) -> None:
    for number in range(projects - 1):
        sample.add_project(f"Project {number:04}")

    listing = host.listing()

    assert len({project.id for project in listing.projects}) == projects
    assert len(sample.calls.to("projects")) == calls
    assert len(sample.calls.to("git/repositories")) == 1


def test_listing_of_several_hundred_repositories_is_complete(
    host: GitHost, sample: SampleOrganization
) -> None:
    known = sample.organization.repositories
    web = sample.repository("web")
    for number in range(300):
        copy_id = sample.organization.new_id("copy", number)
        known[copy_id] = msgspec.structs.replace(web, id=copy_id, name=f"web {number}")

    assert len({r.repository.id for r in host.listing().repositories}) == 301


def test_listed_repository_is_told_in_our_words_and_in_the_service_s(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.add_project("Zahlungen & Café #1")
    sample.create_repository("Zahlungen & Café #1", "payment types")
    sample.push("payment types", "trunk/main", "Start")

    found = next(r for r in host.listing().repositories if r.repository.name == "payment types")

    page = f"{sample.url}/Zahlungen%20%26%20Caf%C3%A9%20%231/_git/payment%20types"
    repository = found.repository
    assert repository.id == sample.repository("payment types").id
    assert repository.project == "Zahlungen & Café #1"
    assert repository.organization == "contoso"
    assert repository.default_branch == "trunk/main"
    assert repository.url == repository.clone_url == page
    assert repository.ssh_url.startswith("git@ssh.dev.azure.com:v3/contoso/")
    assert repository.pages.commit == f"{page}/commit/{{}}"
    assert repository.pages.branch == f"{page}?version=GB{{}}"
    assert repository.pages.pull_request == f"{page}/pullrequest/{{}}"
    assert found.as_listed["organization"] == "contoso"
    assert found.as_listed["defaultBranch"] == "refs/heads/trunk/main"


def test_state_of_a_repository_is_listed(host: GitHost, sample: SampleOrganization) -> None:
    sample.push("web", "main", "Start")
    sample.fork_repository("web", "Shop", "fork")
    for name in ("disabled", "maintained"):
        sample.create_repository("Shop", name)
    sample.disable_repository("disabled")
    sample.put_into_maintenance("maintained")
    sample.create_repository("Shop", "deleted")
    sample.delete_repository("deleted")

    found = {r.repository.name: r.repository for r in host.listing().repositories}

    assert found.keys() == {"web", "fork", "disabled", "maintained"}
    assert found["fork"].is_fork
    assert not found["web"].is_fork
    assert found["disabled"].is_disabled
    assert found["maintained"].is_in_maintenance
    assert found["disabled"].default_branch is None


def test_organization_without_a_repository_has_an_empty_listing(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.delete_repository("web")

    assert host.listing().repositories == ()


def test_page_that_fails_makes_no_shorter_listing(
    host: GitHost, sample: SampleOrganization
) -> None:
    for number in range(600):
        sample.add_project(f"Project {number}")
    sample.faults.cut_json(after=1, where=Where(route="projects"))

    with pytest.raises(GitHostError):
        host.listing()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sample: sample.faults.html(where=Where(route="git/repositories")),
        lambda sample: sample.faults.empty_body(where=Where(route="git/repositories")),
        lambda sample: sample.faults.cut_json(where=Where(route="git/repositories")),
        lambda sample: sample.faults.outage(where=Where(route="git/repositories")),
        lambda sample: sample.faults.throttle(retry_after=300),
        lambda sample: sample.revoke_token(),
        lambda sample: sample.expire_token(),
        lambda sample: sample.limit_token("vso.work"),
    ],
    ids=["page", "nothing", "cut", "outage", "throttled", "revoked", "expired", "no scope"],
)
def test_failure_is_never_an_empty_listing(
    host: GitHost, sample: SampleOrganization, spoil: Callable[[SampleOrganization], None]
) -> None:
    spoil(sample)

    with pytest.raises(DevlinksError):
        host.listing()


def test_organization_that_there_is_not_is_an_error(
    family: AzureDevOps, sample: SampleOrganization
) -> None:
    with pytest.raises(DevlinksError):
        family.open("fabrikam", token=sample.token).listing()


def test_token_of_another_organization_is_signed_out(
    family: AzureDevOps, sample: SampleOrganization
) -> None:
    other = type(sample)(sample.organization.folder, name="fabrikam", beside=sample)

    with pytest.raises(SignedOutError, match="TF400813"):
        family.open("contoso", token=other.token).listing()


# --- heads


def test_heads_are_all_branches_and_neither_tags_nor_refs_of_pull_requests(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    pull_request("feature/PAY-1-büro#2%20")
    sample.tag("web", "v1", at=sample.head("web", "main"), message="First")

    heads = host.heads(web_of(host))

    assert {branch.name: branch.head for branch in heads.branches} == {
        "main": sample.head("web", "main"),
        "feature/PAY-1-büro#2%20": sample.head("web", "feature/PAY-1-büro#2%20"),
    }


@pytest.mark.parametrize(("branches", "calls"), [(999, 1), (1000, 1), (1001, 2)])
def test_heads_reads_every_page(
    host: GitHost, sample: SampleOrganization, branches: int, calls: int
) -> None:
    start = sample.push("web", "main", "Start")
    sample.move_branches("web", {f"b{number:04}": start for number in range(branches - 1)})

    heads = host.heads(web_of(host))

    assert len({branch.name for branch in heads.branches}) == branches
    assert len(sample.calls.to("refs")) == calls


def test_heads_of_an_empty_repository_are_none(host: GitHost) -> None:
    assert host.heads(web_of(host)).branches == ()


def test_heads_were_observed_when_their_first_page_was_answered(
    host: GitHost, sample: SampleOrganization
) -> None:
    start = sample.push("web", "main", "Start")
    sample.move_branches("web", {f"b{number:04}": start for number in range(1500)})
    repository = web_of(host)
    sample.clock.advance(timedelta(minutes=1))
    # Between the two pages 20 seconds pass.
    sample.faults.slow_down(retry_after=20, where=Where(route="refs"))

    heads = host.heads(repository)

    assert heads.observed_at == NOW + timedelta(minutes=1)
    assert host.now() == NOW + timedelta(seconds=80)


@pytest.mark.parametrize("hide", ["disable_repository", "delete_repository"])
def test_repository_that_cannot_be_seen_is_missing_and_not_without_branches(
    host: GitHost, sample: SampleOrganization, hide: str
) -> None:
    sample.push("web", "main", "Start")
    repository = web_of(host)
    getattr(sample, hide)("web")

    with pytest.raises(MissingError, match="TF401019"):
        host.heads(repository)


# --- commits


def test_whole_history_comes_newest_first(host: GitHost, sample: SampleOrganization) -> None:
    shas = [sample.push("web", "main", f"Step {number}") for number in range(5)]

    found = all_commits(host, shas[-1])

    assert [commit.id for commit in found] == shas[::-1]
    assert [commit.message for commit in found] == [f"Step {n}" for n in reversed(range(5))]


def test_commits_after_a_commit_are_those_that_it_does_not_reach(
    host: GitHost, sample: SampleOrganization
) -> None:
    shas = [sample.push("web", "main", f"Step {number}") for number in range(5)]

    assert [c.id for c in all_commits(host, shas[4], shas[1])] == shas[4:1:-1]


def test_commits_after_a_later_commit_are_none(host: GitHost, sample: SampleOrganization) -> None:
    shas = [sample.push("web", "main", f"Step {number}") for number in range(3)]

    assert all_commits(host, shas[0], shas[2]) == []
    assert all_commits(host, shas[2], shas[2]) == []


def test_commits_of_a_branch_after_the_main_one_are_the_branch_s_own(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "Start")
    own = [sample.push("web", "feature", "One"), sample.push("web", "feature", "Two")]
    later = sample.push("web", "main", "Meanwhile")

    found = all_commits(host, own[1], later)

    assert [commit.id for commit in found] == own[::-1]


def test_commits_after_a_force_push_are_the_new_ones(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "Start")
    replaced = sample.push("web", "main", "A mistake")
    new = sample.force_push("web", "main", "The same without it")

    assert [commit.id for commit in all_commits(host, new, replaced)] == [new]


@pytest.mark.parametrize(
    ("skip", "limit", "expected"),
    [
        (0, 1, [4]),
        (0, 4, [4, 3, 2, 1]),
        (0, 5, [4, 3, 2, 1, 0]),
        (0, 6, [4, 3, 2, 1, 0]),
        (2, 2, [2, 1]),
        (4, 2, [0]),
        (5, 2, []),
        (99, 2, []),
    ],
)
def test_page_of_commits_ends_where_it_is_asked_to(
    host: GitHost, sample: SampleOrganization, skip: int, limit: int, expected: list[int]
) -> None:
    shas = [sample.push("web", "main", f"Step {number}") for number in range(5)]

    found = host.commits(
        web_of(host), until=CommitId(shas[-1]), after=None, skip=skip, limit=limit
    )

    assert [commit.id for commit in found] == [shas[number] for number in expected]


def test_list_cuts_a_message_at_its_first_line_and_says_so(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "One line\n")
    head = sample.push("web", "main", "First line\n\nPAY-1 stands in the body.")

    long, short = all_commits(host, head)

    assert (long.message, long.is_whole, long.parents) == ("First line", False, None)
    assert (short.message, short.is_whole) == ("One line", True)


def test_single_commit_is_whole(host: GitHost, sample: SampleOrganization) -> None:
    message = "First line\n\nPAY-1 stands in the body — naïve façade, 支払い 🚀.\n"
    first = sample.push("web", "main", "Start")
    moment = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    head = sample.push("web", "main", message, by="Team lead", at=moment)

    found = host.commit(web_of(host), CommitId(head))

    assert (found.message, found.is_whole) == (message, True)
    assert (found.author, found.committed_at) == ("Team lead", moment)
    assert found.parents == (first,)


def test_merge_commit_tells_both_parents(host: GitHost, sample: SampleOrganization) -> None:
    start = sample.push("web", "main", "Start")
    other = sample.push("web", "feature", "Work")
    merge = sample.merge_branch("web", "feature", into="main", message="Merge branch 'feature'")

    assert host.commit(web_of(host), CommitId(merge)).parents == (start, other)


def test_history_that_begins_or_ends_at_an_unknown_commit_is_missing(
    host: GitHost, sample: SampleOrganization
) -> None:
    head = sample.push("web", "main", "Start")

    with pytest.raises(MissingError):
        all_commits(host, head, NO_SUCH)
    with pytest.raises(MissingError):
        all_commits(host, NO_SUCH)
    with pytest.raises(MissingError):
        host.commit(web_of(host), NO_SUCH)


# --- pull requests


def test_open_pull_requests_of_a_project_are_of_all_its_repositories(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    of_web = pull_request()
    sample.create_repository("Shop", "api")
    sample.push("api", "main", "Start")
    sample.push("api", "feature", "Work")
    of_api = sample.open_pull_request("api", "feature", "Another")
    sample.abandon(pull_request("experiment"))

    found = {p.number: p.repository for p in listed(host, sample)}

    assert found == {of_web: web_of(host).id, of_api: RepositoryId(sample.repository("api").id)}


@pytest.mark.parametrize(
    ("known", "pages"), [(0, []), (1, [1]), (999, [999]), (1000, [1000]), (1001, [1000, 1])]
)
def test_pull_requests_are_read_page_by_page_to_the_last(
    host: GitHost,
    sample: SampleOrganization,
    pull_request: Callable[..., int],
    known: int,
    pages: list[int],
) -> None:
    if known:
        multiply(sample, pull_request(), to=known)

    found = list(host.open_pull_requests(project_of(sample)))

    assert [len(page) for page in found] == pages
    assert len({p.number for page in found for p in page}) == known


def test_full_last_page_is_followed_by_one_more_look(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    multiply(sample, pull_request(), to=1000)

    listed(host, sample)

    assert [c.query["$skip"] for c in sample.calls.to("pullrequests")] == ["0", "1000"]


def test_page_of_pull_requests_that_fails_is_an_error_and_not_the_end(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    multiply(sample, pull_request(), to=1001)
    sample.faults.cut_json(after=1, where=Where(route="pullrequests"))

    pages = host.open_pull_requests(project_of(sample))

    assert len(next(pages)) == 1000
    with pytest.raises(GitHostError):
        next(pages)


def test_closed_pull_requests_are_those_closed_at_or_after_a_moment(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    numbers = [pull_request(f"b{number}") for number in range(4)]
    for number in numbers[:3]:
        sample.abandon(number)
        sample.clock.advance(timedelta(minutes=1))

    assert closed(host, sample, LONG_AGO) == numbers[:3]
    assert closed(host, sample, NOW + timedelta(minutes=1)) == numbers[1:3]
    assert closed(host, sample, NOW + timedelta(minutes=3)) == []


def test_moment_of_another_zone_means_the_same(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request()
    sample.abandon(number)
    from_elsewhere = datetime.fromisoformat("2026-11-21T10:00:00+01:00")

    assert closed(host, sample, from_elsewhere) == [number]


@pytest.mark.parametrize(
    ("become", "status"),
    [
        (lambda sample, number: None, "open"),
        (lambda sample, number: sample.abandon(number), "declined"),
        (lambda sample, number: sample.complete(number), "merged"),
    ],
    ids=["open", "declined", "merged"],
)
def test_status_of_a_pull_request_is_told_in_our_words(
    host: GitHost,
    sample: SampleOrganization,
    pull_request: Callable[..., int],
    become: Callable[[SampleOrganization, int], object],
    status: str,
) -> None:
    number = pull_request()
    become(sample, number)

    found = host.pull_request(web_of(host).id, number)

    assert found.status == status
    assert (found.merge_commit is not None) == (status == "merged")
    assert (found.closed_at is not None) == (status != "open")


def test_merge_commit_of_a_pull_request_is_the_one_on_the_target(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request()
    sample.complete(number, strategy="squash", delete_source_branch=True)

    found = host.pull_request(web_of(host).id, number)

    assert found.merge_commit == sample.head("web", "main")
    assert (found.source_branch, found.target_branch) == ("feature", "main")


def test_draft_is_its_own_status_until_it_is_published(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request(draft=True)

    assert host.pull_request(web_of(host).id, number).status == "draft"

    sample.publish(number)

    assert host.pull_request(web_of(host).id, number).status == "open"


def test_votes_of_reviewers_are_told_in_our_words(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request()
    votes = {10: "One", 5: "Two", 0: "Three", -5: "Four", -10: "Five"}
    for vote, name in votes.items():
        sample.vote(number, vote, by=name, required=vote == 10)

    [found] = listed(host, sample)

    assert set(found.reviewers) == {
        Reviewer("One", "approved", required=True),
        Reviewer("Two", "approved_with_suggestions"),
        Reviewer("Three", "none"),
        Reviewer("Four", "waiting"),
        Reviewer("Five", "rejected"),
    }


@pytest.mark.parametrize(("length", "is_whole"), [(0, True), (399, True), (400, False)])
def test_listed_description_that_may_have_been_cut_says_so(
    host: GitHost, pull_request: Callable[..., int], sample: SampleOrganization,
    length: int, is_whole: bool,
) -> None:  # fmt: skip
    pull_request(description="x" * length)

    [found] = listed(host, sample)

    assert (len(found.description), found.is_description_whole) == (length, is_whole)


def test_description_is_cut_in_lists_and_whole_by_itself(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    description = "x" * 1000 + " PAY-111"
    number = pull_request(description=description)

    [cut] = listed(host, sample)
    whole = host.pull_request(web_of(host).id, number)

    assert (cut.description, cut.is_description_whole) == (description[:400], False)
    assert (whole.description, whole.is_description_whole) == (description, True)


def test_work_items_of_a_pull_request_are_told_by_itself_and_not_in_lists(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    sample.add_work_item("Shop", 17, "Keep the cart")
    number = pull_request(work_items=[17])

    [found] = listed(host, sample)
    whole = host.pull_request(web_of(host).id, number)

    assert found.work_items is None
    assert whole.work_items == (17,)


def test_pull_request_without_work_items_has_none(
    host: GitHost, pull_request: Callable[..., int]
) -> None:
    assert host.pull_request(web_of(host).id, pull_request()).work_items in {(), None}


def test_pull_request_of_a_fork_belongs_to_the_target_s_repository(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "Start")
    sample.fork_repository("web", "Shop", "fork")
    sample.push("fork", "small-screens", "Work")
    number = sample.open_pull_request("web", "small-screens", "Small", from_fork="fork")

    assert host.pull_request(web_of(host).id, number).repository == web_of(host).id


def test_pull_request_was_observed_when_it_was_answered(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request()
    repository = web_of(host).id
    sample.clock.advance(timedelta(minutes=4))

    assert host.pull_request(repository, number).observed_at == NOW + timedelta(minutes=4)


def test_pull_request_that_there_is_not_is_missing(host: GitHost) -> None:
    with pytest.raises(MissingError, match="pull request 4711"):
        host.pull_request(web_of(host).id, 4711)


# --- service hooks


def subscribe(host: GitHost, project: ProjectId, event_type: str = "git.push") -> str:
    made = host.subscribe(
        event_type, project, url=HOOK, user_name="devlinks", password=PASSWORD
    )
    return made.id


@pytest.mark.parametrize(
    ("event_type", "version"),
    [
        ("git.push", "1.0"),
        ("git.pullrequest.created", "1.0"),
        ("git.pullrequest.merged", "1.0"),
        ("git.repo.created", "1.0-preview.1"),
        ("git.repo.statuschanged", "1.0-preview.1"),
    ],
)
def test_service_hook_is_made_as_the_service_wants_it(
    host: GitHost, sample: SampleOrganization, event_type: str, version: str
) -> None:
    made = host.subscribe(
        event_type, project_of(sample), url=HOOK, user_name="devlinks", password=PASSWORD
    )

    assert (made.event_type, made.project_id) == (event_type, project_of(sample))
    assert made.status == "enabled"
    [kept] = sample.organization.subscriptions.all()
    assert (kept.id, kept.resource_version) == (made.id, version)
    assert kept.publisher_inputs.get("repository", "") == ""
    assert kept.consumer_inputs == {
        "url": HOOK,
        "basicAuthUsername": "devlinks",
        "basicAuthPassword": PASSWORD,
        "messagesToSend": "none",
        "detailedMessagesToSend": "none",
    }


def test_service_hooks_are_found_again_by_project_and_address(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.add_project("Other")
    made = {subscribe(host, project_of(sample)), subscribe(host, project_of(sample), "git.repo.created")}
    subscribe(host, project_of(sample, "Other"))
    host.subscribe("git.push", project_of(sample), url=f"{HOOK}2", user_name="u", password="p")

    found = host.subscriptions(project_of(sample), url=HOOK)

    assert {hook.id for hook in found} == made
    assert sample.calls.to("hooks/subscriptions", method="GET") == []


def test_state_of_a_service_hook_is_told(host: GitHost, sample: SampleOrganization) -> None:
    made = subscribe(host, project_of(sample))
    sample.set_subscription_status(made, "onProbation")

    assert [h.status for h in host.subscriptions(project_of(sample), url=HOOK)] == ["onProbation"]


def test_project_without_our_service_hooks_has_none(
    host: GitHost, sample: SampleOrganization
) -> None:
    assert host.subscriptions(project_of(sample), url=HOOK) == []


def test_service_hook_is_removed_once_and_twice_is_fine(
    host: GitHost, sample: SampleOrganization
) -> None:
    made = subscribe(host, project_of(sample))

    host.unsubscribe(made)
    host.unsubscribe(made)

    assert list(sample.organization.subscriptions.all()) == []


def test_service_hook_that_the_token_may_not_make_is_forbidden(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.behaviour.hooks_forbidden = True

    with pytest.raises(ForbiddenError):
        subscribe(host, project_of(sample))


def test_service_hook_that_the_service_will_not_make_is_refused_with_its_reason(
    host: GitHost, sample: SampleOrganization
) -> None:
    with pytest.raises(RefusedError, match="url"):
        host.subscribe(
            "git.push", project_of(sample), url="nowhere", user_name="u", password=PASSWORD
        )


def test_look_up_of_service_hooks_that_fails_is_no_empty_list(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.faults.html(where=Where(route="subscriptionsquery"))

    with pytest.raises(GitHostError):
        host.subscriptions(project_of(sample), url=HOOK)
