"""The commits of a repository over HTTP: which are linked, and why others are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.links import address_of
from tests.links_api.by_hand.conftest import say

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation

HOSTILE = "PAY-9 \u202e<script>alert(1)</script>"


@pytest.fixture
def path(installation: Installation, sample: SampleOrganization) -> str:
    """Return the path of the commits of a repository with a linked one and others."""
    sample.push("part-00", "main", "Fixes OPS-2, see UTF-8", "Nothing to see")
    made = installation.connect(sample)
    installation.work()
    installation.call("PATCH", "trackers/default", {"projects": ["PAY"]})
    installation.work()
    return f"integrations/{made}/repositories/{sample.repository('part-00').id}/commits"


def rows(installation: Installation, path: str) -> dict[str, dict[str, Any]]:
    """Return the commits of a page by title."""
    answered = installation.call("GET", path)
    assert answered.status == 200, answered.body
    return {row["title"]: row for row in answered.json["commits"]}


def test_each_commit_tells_what_it_links_to_or_why_it_does_not(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    found = rows(installation, path)

    row = found["PAY-1 Start"]
    record = installation.services.repositories.get(path.split("/")[1], path.split("/")[3])
    assert record is not None
    assert found["Nothing to see"]["id"] == sample.head("part-00", "main")
    assert row["url"] == address_of("commit", row["id"], record.value.repository)
    assert (row["author"], row["at"]) == ("Backend developer", "2026-11-21T09:00:00Z")
    assert (row["linked"], row["issue_keys"], row["not_accepted"]) == (True, ["PAY-1"], [])
    assert found["Fixes OPS-2, see UTF-8"]["not_accepted"] == [
        {"text": "OPS-2", "why": "is of OPS, which is not in the list of projects"},
        {"text": "UTF-8", "why": "is of UTF, which is not in the list of projects"},
    ]
    assert (found["Nothing to see"]["linked"], found["Nothing to see"]["not_accepted"]) == (
        False,
        [],
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("linked=true", {"PAY-1 Start"}),
        ("linked=false", {"Fixes OPS-2, see UTF-8", "Nothing to see"}),
        ("linked=true&tracker=default", {"PAY-1 Start"}),
    ],
)
def test_linked_and_unlinked_are_told_apart(
    installation: Installation, path: str, query: str, found: set[str]
) -> None:
    assert rows(installation, f"{path}?{query}").keys() == found


def test_pages_hold_every_commit_once(installation: Installation, path: str) -> None:
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = installation.call("GET", f"{path}?limit=1&cursor={cursor}").json
        found += [row["id"] for row in page["commits"]]
        cursor = page["next"]

    assert len(found) == 3
    assert found == sorted(set(found))
    assert (page["tracker"], page["truncated"]) == ("default", False)


def test_release_notes_tell_no_more_than_twenty_reasons(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    sample.push("part-00", "main", "Notes " + " ".join(f"OPS-{n}" for n in range(1, 300)))
    installation.call("POST", f"{path.partition('/repositories')[0]}/reindex", {})
    installation.work()

    found = rows(installation, path)

    [row] = [row for title, row in found.items() if title.startswith("Notes")]
    assert [one["text"] for one in row["not_accepted"]] == [f"OPS-{n}" for n in range(1, 21)]


def test_what_was_detached_by_hand_says_so(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    repository = sample.repository("part-00").id
    [commit] = [row["id"] for row in rows(installation, f"{path}?linked=true").values()]

    say(installation, "detach", "commit", commit, repository=repository)
    say(installation, "attach", "commit", commit, repository=repository, issue="OPS-5")

    [row] = rows(installation, f"{path}?linked=true").values()
    assert row["issue_keys"] == ["OPS-5"]
    assert row["not_accepted"] == [{"text": "PAY-1", "why": "was detached by hand"}]


@pytest.mark.parametrize(
    ("query", "field"),
    [("linked=maybe", "linked"), ("limit=0", "limit"), ("cursor=%21", "cursor")],
)
def test_query_that_makes_no_sense_is_refused_by_field(
    installation: Installation, path: str, query: str, field: str
) -> None:
    assert installation.call("GET", f"{path}?{query}").fields.keys() == {field}


def test_what_the_integration_does_not_index_is_unknown(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.call("POST", "trackers", {"name": "Second", "id": "second"})
    repository = sample.repository("part-00").id
    empty = sample.repository("empty").id

    for wrong in (
        f"{path}?tracker=second",
        f"{path}?tracker=%27",
        path.replace(repository, empty),
        path.replace(repository, "nothing"),
        path.replace(repository, "%27"),
        path.replace(path.split("/")[1], "nothing"),
    ):
        assert installation.call("GET", wrong).problem == (404, "not_found"), wrong


def test_token_without_the_scope_is_refused(installation: Installation, path: str) -> None:
    token = installation.token("links:read", "code:read", "code:write")

    assert installation.call("GET", path, token=token).problem == (403, "scope_missing")


def test_titles_of_others_are_told_without_what_cannot_be_seen(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    sample.push("part-01", "main", f"{HOSTILE}\x00")
    installation.call("POST", f"{path.partition('/repositories')[0]}/reindex", {})
    installation.work()

    found = rows(
        installation,
        path.replace(sample.repository("part-00").id, sample.repository("part-01").id),
    )

    assert HOSTILE in found, "no control characters; the rest is text, for whoever shows it"
