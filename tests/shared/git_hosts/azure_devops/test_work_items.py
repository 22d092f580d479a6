"""Work items of an organization: which changed, what they say, what they are attached to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.azure_devops.work_items import AzureBoards, read_attachment
from shared.model import Attachment, RepositoryId
from tests.shared.git_hosts.azure_devops.conftest import NOW, Scripted, Waits, good

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.interfaces.git_host import Boards, GitHost
    from shared.model import WorkItem

PROJECT = "3065bb47-8344-4370-982a-5183abf197fa"
REPOSITORY = "649107BD-AB35-4192-8584-601f64172f80"
SHA = "4800cfa0be564b1e606d6811e99e0380f765a9c4"


@pytest.fixture
def boards(host: GitHost) -> Boards:
    assert host.boards is not None
    return host.boards


def add(sample: SampleOrganization, *numbers: int) -> None:
    for number in numbers:
        sample.add_work_item("Shop", number, f"Item {number}", kind="Bug")


def read(boards: Boards, *numbers: int) -> list[WorkItem]:
    return [item for _, found in boards.read(numbers) for item in found]


@pytest.mark.parametrize(
    ("uri", "kind", "name"),
    [
        (f"vstfs:///Git/Commit/{PROJECT}%2F{REPOSITORY}%2F{SHA.upper()}", "commit", SHA),
        (f"vstfs:///Git/Commit/{PROJECT}/{REPOSITORY}/{SHA}", "commit", SHA),
        (f"vstfs:///Git/PullRequestId/{PROJECT}%2f{REPOSITORY}%2f45", "pull_request", "45"),
        (f"vstfs:///Git/Ref/{PROJECT}%2F{REPOSITORY}%2FGBmain", "branch", "main"),
        (f"vstfs:///Git/Ref/{PROJECT}%2F{REPOSITORY}%2FGBa%2Fb%C3%A9%20%23", "branch", "a/bé #"),
        (f"vstfs:///git/ref/{PROJECT}/{REPOSITORY}/GBGB", "branch", "GB"),
    ],
)
def test_artifact_is_read_as_what_it_names(uri: str, kind: str, name: str) -> None:
    found = read_attachment(uri)

    assert found == Attachment(kind, RepositoryId(REPOSITORY.lower()), name)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://example.com/",
        f"vstfs:///Git/Ref/{PROJECT}%2F{REPOSITORY}%2FGTv1.0",
        f"vstfs:///Git/Ref/{PROJECT}%2F{REPOSITORY}%2FGB",
        f"vstfs:///Git/Commit/{PROJECT}%2F{REPOSITORY}%2F{SHA[:7]}",
        f"vstfs:///Git/Commit/{REPOSITORY}%2F{SHA}",
        f"vstfs:///Git/PullRequestId/{PROJECT}%2F{REPOSITORY}%2F0",
        f"vstfs:///Git/PullRequestId/{PROJECT}%2F{REPOSITORY}%2F\u0664\u0665",
        f"vstfs:///Git/Tag/{PROJECT}%2F{REPOSITORY}%2Fv1",
        "vstfs:///Build/Build/45",
        "vstfs:///GitHub/Commit/649107bd%2Fabc",
    ],
)
def test_artifact_that_is_no_item_of_ours_is_passed_over(uri: str) -> None:
    assert read_attachment(uri) is None


def test_work_item_is_read_with_all_that_it_is_attached_to(
    sample: SampleOrganization, boards: Boards
) -> None:
    sample.add_work_item("Shop", 1, "Epic")
    sample.add_work_item("Shop", 2, "Story", state="Active", parent=1, iteration="Release\\S 1")
    sample.push("web", "main", "First")
    head, web = sample.head("web", "main"), RepositoryId(sample.repository("web").id)
    sample.attach_work_item(2, "web", commit=head)
    sample.attach_work_item(2, "web", branch="topic/é")

    [found] = read(boards, 2)

    assert (found.number, found.title, found.type, found.state) == (
        2, "Story", "User Story", "Active",
    )  # fmt: skip
    assert (found.project, found.iteration, found.parent) == ("Shop", "Shop\\Release\\S 1", 1)
    assert found.attached == (
        Attachment("commit", web, head),
        Attachment("branch", web, "topic/é"),
    )


def test_one_that_is_missing_deleted_or_hidden_fails_no_other(
    sample: SampleOrganization, boards: Boards
) -> None:
    sample.add_project("Secret")
    add(sample, 1, 2)
    sample.add_work_item("Secret", 3, "Hidden")
    sample.delete_work_item(2)
    sample.deny(project="Secret")

    [(asked, found)] = list(boards.read([1, 2, 3, 99]))

    assert set(asked) == {1, 2, 3, 99}
    assert [item.number for item in found] == [1]


def test_server_that_cannot_omit_one_is_asked_for_fewer(
    sample: SampleOrganization, boards: Boards
) -> None:
    add(sample, *range(1, 9))
    sample.delete_work_item(5)
    sample.behaviour.omits_missing_work_items = False

    found = read(boards, *range(1, 9))

    assert [item.number for item in found] == [1, 2, 3, 4, 6, 7, 8]


def test_work_item_that_cannot_be_read_is_neither_there_nor_gone(waits: Waits) -> None:
    body = b'{"count": 3, "value": [{"id": "one"}, {"id": 2, "fields": {}}, null]}'
    client = Client(
        "https://dev.azure.com/contoso",
        token="t",
        sessions=Scripted(good(body)),
        clock=lambda: NOW,
        wait=waits,
    )

    [(asked, found)] = list(AzureBoards(client).read([1, 2, 3]))

    assert set(asked) == {2, 3}
    assert [item.number for item in found] == [2]


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (1, 1), (200, 1), (201, 2)])
def test_two_hundred_are_read_in_one_call(
    sample: SampleOrganization, boards: Boards, count: int, calls: int
) -> None:
    add(sample, *range(1, count + 1))
    sample.calls.reset()

    found = read(boards, *range(1, count + 1))

    assert len(found) == count
    assert len(sample.calls) == calls


def test_those_attached_to_anything_are_found(sample: SampleOrganization, boards: Boards) -> None:
    add(sample, 1, 2, 3)
    sample.attach_work_item(3, "web", branch="main")
    sample.attach_work_item(1, "web", branch="main")

    assert boards.attached().numbers == (1, 3)


def test_those_changed_since_are_found_to_the_second(
    sample: SampleOrganization, boards: Boards
) -> None:
    add(sample, 1, 2)
    sample.clock.advance(timedelta(minutes=5))
    since = sample.clock.now()
    sample.edit_work_item(2, title="New")

    assert boards.changed(since=since).numbers == (2,)
    assert boards.changed(since=since - timedelta(minutes=5)).numbers == (1, 2)


@pytest.mark.parametrize("top_helps", [True, False])
def test_more_than_a_query_may_find_are_found_in_parts(
    sample: SampleOrganization, client: Client, top_helps: bool
) -> None:
    numbers = (*range(1, 30), *range(100, 120), 5000)
    add(sample, *numbers)
    sample.behaviour.most_query_results = 20
    sample.behaviour.top_cuts_queries = top_helps
    boards = AzureBoards(client, found_at_once=20, most_found=20)

    found = boards.changed(since=sample.clock.now() - timedelta(days=1))

    assert found.numbers == numbers


@pytest.mark.parametrize(("count", "calls"), [(19, 1), (20, 2), (21, 2), (45, 3)])
def test_ids_are_found_a_page_at_a_time(
    sample: SampleOrganization, client: Client, count: int, calls: int
) -> None:
    add(sample, *range(1, count + 1))
    boards = AzureBoards(client, found_at_once=20)
    sample.calls.reset()

    found = boards.changed(since=sample.clock.now() - timedelta(days=1))

    assert found.numbers == tuple(range(1, count + 1))
    assert len(sample.calls) == calls


def test_boards_are_those_of_the_organization(host: GitHost) -> None:
    assert isinstance(host.boards, AzureBoards)
