from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pygit2
import pytest

from devhost.sample_organization.commit_shapes import first_line, message_of

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


def comments(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [commit["comment"] for commit in answer["value"]]


@pytest.mark.parametrize(
    ("message", "line", "is_cut"),
    [
        ("PAY-1", "PAY-1", False),
        ("PAY-1\n", "PAY-1", False),
        ("PAY-1\n\n \n", "PAY-1", False),
        ("PAY-1\nPAY-2", "PAY-1", True),
        ("PAY-1\n\nbody\n", "PAY-1", True),
        ("PAY-1\r\n\r\nbody\r\n", "PAY-1", True),
        ("PAY-1\u2028still the first line", "PAY-1\u2028still the first line", False),
        ("PAY-1\x0bstill\x0cthe first line", "PAY-1\x0bstill\x0cthe first line", False),
        ("", "", False),
    ],
)
def test_first_line_ends_where_git_says_and_is_cut_only_if_there_is_more(
    message: str, line: str, *, is_cut: bool
) -> None:
    assert first_line(message) == (line, is_cut)


def test_list_cuts_messages_and_the_single_commit_does_not(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sha = sample.push("web", "main", "PAY-1 First\n\nPAY-2 in the body\n")

    listed = api.get(f"{web}/commits")["value"][0]
    batched = api.post(f"{web}/commitsbatch", {})["value"][0]
    single = api.get(f"{web}/commits/{sha}")

    assert (listed["comment"], listed["commentTruncated"]) == ("PAY-1 First", True)
    assert batched == listed
    assert single["comment"] == "PAY-1 First\n\nPAY-2 in the body\n"
    assert "commentTruncated" not in single
    assert "parents" in single
    assert "parents" not in listed


def test_message_of_one_line_has_no_mark_of_being_cut(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1 First\n")

    assert "commentTruncated" not in api.get(f"{web}/commits")["value"][0]


@pytest.mark.parametrize(
    ("encoding", "raw", "message"),
    [
        (None, "Café".encode(), "Café"),
        ("ISO-8859-1", "Café".encode("latin-1"), "Café"),
        ("no-such-encoding", "Café".encode(), "Café"),
        ("hex", b"Plain", "Plain"),
        (None, b"Caf\xe9", "Caf\ufffd"),
    ],
)
def test_message_is_read_in_the_encoding_that_the_commit_names(
    tmp_path: Path, encoding: str | None, raw: bytes, message: str
) -> None:
    git = pygit2.init_repository(str(tmp_path / "x.git"), bare=True)
    named = f"encoding {encoding}\n" if encoding else ""
    who = "Backend developer <backend.developer@example.com> 1700000000 +0000"
    head = f"tree {git.TreeBuilder().write()}\nauthor {who}\ncommitter {who}\n{named}\n"

    sha = git.write(pygit2.enums.ObjectType.COMMIT, head.encode() + raw)

    assert message_of(git[sha].peel(pygit2.Commit)) == message


def test_hundred_commits_are_a_page_and_pages_join_without_gap_or_repeat(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    messages = [f"PAY-{n}" for n in range(230)]
    sample.push("web", "main", *messages)

    first = comments(api.get(f"{web}/commits"))
    second = comments(api.get(f"{web}/commits", skip=100, top=100))
    search: dict[str, Any] = {"searchCriteria.$top": 100, "searchCriteria.$skip": 200}
    third = comments(api.get(f"{web}/commits", **search))
    past = comments(api.get(f"{web}/commits", skip=230))

    assert [*first, *second, *third] == list(reversed(messages))
    assert past == []


def test_batch_gives_what_the_compared_version_has_and_the_item_version_has_not(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    base = sample.push("web", "main", "PAY-1", "PAY-2")
    sample.push("web", "topic", "PAY-3", "PAY-4")
    sample.push("web", "main", "PAY-5")

    def batch(item: str | None, compare: str | None, kind: str = "branch") -> list[str]:
        versions = {"itemVersion": item, "compareVersion": compare}
        body = {
            name: {"version": version, "versionType": kind}
            for name, version in versions.items()
            if version
        }
        return comments(api.post(f"{web}/commitsbatch", body))

    assert batch("main", "topic") == ["PAY-4", "PAY-3"]
    assert batch("topic", "main") == ["PAY-5"]
    assert batch("topic", None) == ["PAY-4", "PAY-3", "PAY-2", "PAY-1"]
    assert batch(None, "topic") == ["PAY-4", "PAY-3"]
    assert batch(base, sample.head("web", "topic"), "commit") == ["PAY-4", "PAY-3"]
    assert batch("main", "main") == []


def test_batch_is_paged_by_its_query_or_its_body(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", *(f"PAY-{n}" for n in range(10)))

    by_query = api.post(f"{web}/commitsbatch", {}, top=3, skip=2)
    by_body = api.post(f"{web}/commitsbatch", {"$top": 3, "$skip": 2})

    assert comments(by_query) == comments(by_body) == ["PAY-7", "PAY-6", "PAY-5"]


@pytest.mark.parametrize("form", ["searchCriteria.ids", "searchCriteria.ids[{}]"])
def test_list_of_ids_is_written_in_two_ways(
    sample: SampleOrganization, api: Api, web: str, form: str
) -> None:
    shas = [sample.push("web", "main", f"PAY-{n}") for n in range(3)][:2]
    several = {form.format(number): sha for number, sha in enumerate(shas)}
    query = several if len(several) > 1 else {form: ",".join(shas)}

    assert comments(api.get(f"{web}/commits", **query)) == ["PAY-0", "PAY-1"]


def test_batch_of_ids_keeps_their_order(sample: SampleOrganization, api: Api, web: str) -> None:
    shas = [sample.push("web", "main", f"PAY-{n}") for n in range(3)]

    answer = api.post(f"{web}/commitsbatch", {"ids": [shas[0], shas[2]]})

    assert comments(answer) == ["PAY-0", "PAY-2"]


@pytest.mark.parametrize("query", [{"top": 50_001}, {"skip": 3_000_001}, {"top": "many"}])
def test_page_beyond_the_limits_is_refused(
    sample: SampleOrganization, api: Api, web: str, query: dict[str, object]
) -> None:
    sample.push("web", "main", "PAY-1")

    assert api.refused("POST", f"{web}/commitsbatch", {}, **query)[0] == 400


def test_dates_are_the_committers_and_bounds_count(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for day in range(4):
        sample.push("web", "main", f"PAY-{day}", at=start + timedelta(days=day))

    found = api.get(
        f"{web}/commits",
        **{
            "searchCriteria.fromDate": "2026-01-02",
            "searchCriteria.toDate": "1/3/2026 12:00:00 AM",
        },
    )

    assert comments(found) == ["PAY-2", "PAY-1"]


def test_date_that_cannot_be_read_is_refused(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    query = {"searchCriteria.fromDate": "yesterday"}

    assert api.refused("GET", f"{web}/commits", **query)[0] == 400
    assert api.refused("POST", f"{web}/commitsbatch", {"fromDate": "yesterday"})[0] == 400


def test_author_path_and_order_narrow_the_list(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1", files={"src/a.py": b"1"}, by="Frontend developer")
    sample.push("web", "main", "PAY-2", files={"docs/b.md": b"1"})
    sample.push("web", "main", "PAY-3", files={"src/a.py": b"2"})

    by_author = api.get(f"{web}/commits", searchCriteria__author="frontend")
    by_path = api.get(f"{web}/commits", searchCriteria__itemPath="/src")
    oldest = api.get(f"{web}/commits", searchCriteria__showOldestCommitsFirst="true")

    assert comments(by_author) == ["PAY-1"]
    assert comments(by_path) == ["PAY-3", "PAY-1"]
    assert comments(oldest) == ["PAY-1", "PAY-2", "PAY-3"]


@pytest.mark.parametrize("kind", ["branch", "tag", "commit"])
def test_version_that_leads_to_no_commit_is_refused(
    sample: SampleOrganization, api: Api, web: str, kind: str
) -> None:
    sample.push("web", "main", "PAY-1")
    query = {
        "searchCriteria.itemVersion.version": "gone",
        "searchCriteria.itemVersion.versionType": kind,
    }

    refused = api.refused("GET", f"{web}/commits", **query)

    assert refused == (404, "GitUnresolvableToCommitException")


@pytest.mark.parametrize("sha", ["0" * 40, "abc", "g" * 40])
def test_commit_that_is_not_there_is_not_found(
    sample: SampleOrganization, api: Api, web: str, sha: str
) -> None:
    sample.push("web", "main", "PAY-1")

    assert api.refused("GET", f"{web}/commits/{sha}")[0] == 404


def test_list_of_an_empty_repository_is_an_error(api: Api, web: str) -> None:
    assert api.refused("GET", f"{web}/commits") == (404, "GitNoBranchesException")


def test_branch_names_are_taken_as_they_are(sample: SampleOrganization, api: Api, web: str) -> None:
    sample.push("web", "main", "PAY-1")
    name = "feature/PAY-2#ünï%20code"
    sample.push("web", name, "PAY-2")

    found = api.get(f"{web}/commits", searchCriteria__itemVersion__version=name)

    assert comments(found)[0] == "PAY-2"


def test_changes_of_a_commit_name_files_folders_and_renames(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1", files={"src/a.py": b"one\ntwo\n", "b.txt": b"1"})
    sha = sample.push("web", "main", "PAY-2", files={"b.txt": b"2", "c.txt": b"3"})

    changes = api.get(f"{web}/commits/{sha}/changes")["changes"]
    first = api.get(f"{web}/commits/{sha}/changes", top=1)["changes"]

    assert [(c["changeType"], c["item"]["path"]) for c in changes] == [
        ("edit", "/b.txt"),
        ("add", "/c.txt"),
    ]
    assert first == changes[:1]


def test_commits_of_a_push_are_listed_by_its_number(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "PAY-1")
    sample.push("web", "main", "PAY-2", "PAY-3")
    number = api.get(f"{web}/pushes")["value"][0]["pushId"]

    found = api.get(f"{web}/commits", pushId=number)
    first = api.get(f"{web}/commits", pushId=number, top=1)

    assert comments(found) == ["PAY-3", "PAY-2"]
    assert comments(first) == ["PAY-3"]


def test_commit_names_the_push_that_brought_it(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    first = sample.push("web", "main", "PAY-1")
    second = sample.push("web", "main", "PAY-2", by="Frontend developer")

    pushes = [api.get(f"{web}/commits/{sha}")["push"] for sha in (first, second)]

    assert [push["pushId"] for push in pushes] == [1, 2]
    assert pushes[1]["pushedBy"]["displayName"] == "Frontend developer"
