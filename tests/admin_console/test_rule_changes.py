"""What rules do, and what a change of them would do, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared import trackers
from shared.web.calls import write_cursor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation

ONE = "trackers/default"


@pytest.fixture
def indexed(installation: Installation, sample: SampleOrganization) -> str:
    """Return an integration whose commits name issues of several projects."""
    sample.push("part-00", "main", *(f"SHOP-{number} Propose" for number in range(1, 13)))
    sample.push("part-01", "main", "UTF-8 everywhere", "OPS-1 Run", "PAY-7 and OPS-2")
    sample.push("part-01", "feature/OPS-3", "Work")
    made = installation.connect(sample)
    installation.work()
    return made


def preview(installation: Installation, patch: dict[str, Any]) -> Any:
    return installation.call("POST", f"{ONE}/rules/preview", patch).json


def test_preview_tells_what_a_list_of_projects_would_take_away(
    installation: Installation, indexed: str
) -> None:
    found = preview(installation, {"projects": ["PAY"]})

    assert (found["added"], found["truncated"]) == (0, False)
    assert found["projects"] == [
        {"project": "SHOP", "added": 0, "removed": 12},
        {"project": "OPS", "added": 0, "removed": 3},
    ]
    assert found["removed"] == 15


def test_preview_tells_what_an_alias_would_move(installation: Installation, indexed: str) -> None:
    found = preview(installation, {"aliases": {"OPS": "RUN"}})

    assert (found["added"], found["removed"]) == (3, 3)
    assert {row["project"]: (row["added"], row["removed"]) for row in found["projects"]} == {
        "OPS": (0, 3),
        "RUN": (3, 0),
    }


def test_preview_shows_examples_with_where_they_are(
    installation: Installation, sample: SampleOrganization, indexed: str
) -> None:
    found = preview(installation, {"aliases": {"OPS-3": "OPS-30"}})

    repository = {
        "id": sample.repository("part-01").id,
        "name": "part-01",
        "project": "Shop",
        "organization": "contoso",
    }
    shown = {"kind": "branch", "id": "feature/OPS-3", "title": "feature/OPS-3"}
    assert sorted(found["examples"], key=lambda row: row["issue_key"]) == [
        {"issue_key": "OPS-3", "change": "removed", **shown, "repository": repository},
        {"issue_key": "OPS-30", "change": "added", **shown, "repository": repository},
    ]


def test_preview_shows_few_examples_of_one_project(
    installation: Installation, indexed: str
) -> None:
    examples = preview(installation, {"projects": ["PAY"]})["examples"]

    assert len([row for row in examples if row["issue_key"].startswith("SHOP-")]) == 5


def test_preview_is_what_the_change_then_does(
    installation: Installation, sample: SampleOrganization, indexed: str
) -> None:
    patch = {"projects": ["PAY", "OPS"], "aliases": {"OPS-1": "PAY-100"}}
    found = preview(installation, patch)
    before = _links(installation)
    sample.calls.reset()

    installation.call("PATCH", ONE, patch)
    installation.work()

    after = _links(installation)
    assert (found["added"], found["removed"]) == (len(after - before), len(before - after))
    assert found["added"] == 1
    assert len(sample.calls) == 0


def test_preview_learns_what_the_change_would_learn(
    installation: Installation, sample: SampleOrganization
) -> None:
    trackers.change_tracker(installation.services, replace(installation.tracker, projects=("PAY",)))
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", *(f"SHOP-{n} Do it" for n in range(100, 130)), "Like shop-101")
    sample.create_branch("shop", "feature/shop_102_more")
    installation.connect(sample)
    installation.work()
    found = preview(installation, {"projects": []})

    installation.call("PATCH", ONE, {"projects": []})
    installation.work()

    assert (found["added"], found["removed"]) == (32, 0)
    assert len(installation.call("GET", "links/SHOP-101").json["links"]) == 2
    assert installation.call("GET", "links/SHOP-102").json["links"][0]["kind"] == "branch"


def test_preview_writes_nothing_and_calls_nobody(
    installation: Installation, sample: SampleOrganization, indexed: str
) -> None:
    tables = {key: dict(rows) for key, rows in installation.storage.tables.tables.items()}
    tracker = installation.call("GET", ONE).json
    sample.calls.reset()

    found = preview(installation, {"projects": ["PAY"]})

    assert found["mentions_read"] == 3 + 12 + 3 + 1 + 4
    assert len(sample.calls) == 0
    assert installation.waiting() == []
    assert installation.storage.tables.tables == tables
    assert installation.call("GET", ONE).json == tracker


def test_preview_of_what_changes_nothing_is_empty(installation: Installation, indexed: str) -> None:
    found = preview(installation, {"name": "Ours"})

    assert (found["added"], found["removed"], found["examples"]) == (0, 0, [])


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [({"projects": ["not one"]}, "projects"), ({"nmae": 1}, "nmae"), ({"id": "other"}, "id")],
    ids=str,
)
def test_change_that_would_be_refused_is_refused_in_the_preview(
    installation: Installation, patch: dict[str, Any], wrong: str
) -> None:
    answered = installation.call("POST", f"{ONE}/rules/preview", patch)

    assert list(answered.fields) == [wrong]


def test_prefixes_are_told_with_how_much_they_are_used(
    installation: Installation, indexed: str
) -> None:
    found = installation.call("GET", f"{ONE}/prefixes").json

    assert (found["truncated"], found["next"]) == (False, None)
    rows = {row["prefix"]: row for row in found["prefixes"]}
    assert [row["prefix"] for row in found["prefixes"]] == ["SHOP", "PAY", "OPS", "UTF"]
    assert rows["SHOP"] == {
        "prefix": "SHOP",
        "mentions": 12,
        "numbers": 12,
        "repositories": 1,
        "is_listed": False,
        "is_learned": True,
    }
    assert rows["PAY"]["repositories"] == 3
    assert rows["UTF"]["is_learned"] is False


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_prefixes_are_told_page_by_page(
    installation: Installation, indexed: str, limit: int
) -> None:
    found, cursor = [], ""
    while cursor is not None:
        page = installation.call("GET", f"{ONE}/prefixes?limit={limit}&cursor={cursor}").json
        found += [row["prefix"] for row in page["prefixes"]]
        cursor = page["next"]

    assert found == ["SHOP", "PAY", "OPS", "UTF"]


def test_listed_projects_are_told_as_such(installation: Installation, indexed: str) -> None:
    installation.call("PATCH", ONE, {"projects": ["PAY"]})
    installation.work()

    rows = installation.call("GET", f"{ONE}/prefixes").json["prefixes"]

    assert {row["prefix"]: row["is_listed"] for row in rows}["PAY"]
    assert not any(row["is_learned"] for row in rows)


def test_cursor_of_a_number_beyond_all_is_refused(installation: Installation) -> None:
    cursor = write_cursor("9" * 5000)

    answered = installation.call("GET", f"{ONE}/prefixes?cursor={cursor}")

    assert list(answered.fields) == ["cursor"]


def test_cursor_that_is_no_prefixes_is_refused(installation: Installation, indexed: str) -> None:
    cursor = installation.call("GET", "trackers?limit=1").json["next"] or "MWFiYw"

    answered = installation.call("GET", f"{ONE}/prefixes?cursor={cursor}")

    assert list(answered.fields) == ["cursor"]


def test_texts_are_tried_with_the_rules_of_now(installation: Installation, indexed: str) -> None:
    texts = ["PAY-7 Fixes pay-8", "UTF-8", ""]

    found = installation.call("POST", f"{ONE}/try", {"texts": texts}).json["results"]

    assert [row["text"] for row in found] == texts
    assert found[0]["issue_keys"][0] == {"issue_key": "PAY-7", "text": "PAY-7", "closes": False}
    assert found[1] == {"text": "UTF-8", "issue_keys": [], "not_accepted": ["UTF-8"]}
    assert found[2] == {"text": "", "issue_keys": [], "not_accepted": []}


def test_texts_are_tried_with_rules_that_are_not_kept(
    installation: Installation, indexed: str
) -> None:
    body = {
        "texts": ["OLD-5 and pay-7, #12"],
        "rules": {"projects": ["NEW"], "aliases": {"OLD": "NEW"}},
    }

    [found] = installation.call("POST", f"{ONE}/try", body).json["results"]

    assert [key["issue_key"] for key in found["issue_keys"]] == ["NEW-5"]
    assert installation.call("GET", ONE).json["projects"] == []


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, "texts"),
        ({"texts": "PAY-1"}, "texts"),
        ({"texts": ["x" * 20_001]}, "texts[0]"),
        ({"texts": ["x"] * 101}, "texts"),
        ({"texts": [], "rules": {"projects": [5]}}, "rules.projects[0]"),
        ({"texts": [], "rules": {"kind": "github"}}, "rules.kind"),
        ({"texts": [], "sources": []}, "sources"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_tried_is_refused_by_field(
    installation: Installation, body: dict[str, Any], wrong: str
) -> None:
    assert list(installation.call("POST", f"{ONE}/try", body).fields) == [wrong]


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("GET", "prefixes", None),
        ("POST", "try", {"texts": []}),
        ("POST", "rules/preview", {}),
    ],
)
def test_unknown_tracker_has_no_rules(
    installation: Installation, method: str, route: str, body: object
) -> None:
    answered = installation.call(method, f"trackers/nothing/{route}", body)

    assert answered.problem == (404, "not_found")


def test_change_of_a_tracker_is_audited(installation: Installation, indexed: str) -> None:
    installation.call("PATCH", ONE, {"projects": ["PAY"]})

    entry = installation.call("GET", "audit").json["entries"][0]

    assert (entry["action"], entry["detail"]) == ("tracker_changed", "default")


def test_issues_that_were_moved_are_found_by_their_new_key(
    installation: Installation, sample: SampleOrganization, indexed: str
) -> None:
    installation.call("PATCH", ONE, {"aliases": {"SHOP": "KAF", "OPS-1": "PAY-100"}})
    installation.work()
    sample.push("part-02", "main", "SHOP-99 Written by the old name")
    installation.call("POST", f"integrations/{indexed}/reindex")
    installation.work()

    counts = {
        key: len(installation.call("GET", f"links/{key}").json["links"])
        for key in ("KAF-1", "SHOP-1", "PAY-100", "OPS-1", "KAF-99")
    }

    assert counts == {"KAF-1": 1, "SHOP-1": 0, "PAY-100": 1, "OPS-1": 0, "KAF-99": 1}


def _links(installation: Installation) -> set[tuple[str, str]]:
    """Return every link, as its partition and its row."""
    return {
        (partition, row)
        for (table, partition), rows in installation.storage.tables.tables.items()
        if table.startswith("links")
        for row in rows
    }


@pytest.mark.parametrize(
    ("rules", "keys", "not_accepted"),
    [
        ({"pattern": r"case (?P<number>\d+)"}, ["PAY-1", "#7"], []),
        ({"pattern": r"case (?P<number>\d+)", "grammars": []}, ["#7"], ["PAY-1"]),
        ({"pattern": r"PAY-\d+", "grammars": []}, ["PAY-1"], []),
        ({"pattern": r"PAY-\d+", "projects": ["OPS"]}, [], ["PAY-1"]),
    ],
)
def test_pattern_is_tried_before_it_is_kept(
    installation: Installation, rules: dict[str, Any], keys: list[str], not_accepted: list[str]
) -> None:
    answered = installation.call("POST", f"{ONE}/try", {"texts": ["PAY-1: case 7"], "rules": rules})

    (tried,) = answered.json["results"]
    assert [found["issue_key"] for found in tried["issue_keys"]] == keys
    assert tried["not_accepted"] == not_accepted


def test_bad_pattern_is_refused_in_the_box_too(installation: Installation) -> None:
    answered = installation.call("POST", f"{ONE}/try", {"texts": [], "rules": {"pattern": "("}})

    assert answered.status == 400
    assert list(answered.fields) == ["rules.pattern"]


def test_preview_of_a_pattern_says_that_repositories_are_read_again(
    installation: Installation, sample: SampleOrganization, indexed: str
) -> None:
    sample.calls.reset()

    found = preview(installation, {"pattern": r"Propose|(?P<number>\d+) everywhere"})

    live = [
        row
        for row in installation.call("GET", f"integrations/{indexed}/repositories").json[
            "repositories"
        ]
        if row["left_out"] is None
    ]
    assert (found["added"], found["removed"]) == (1, 0)
    assert found["reads_again"] == len(live)
    assert len(sample.calls) == 0
    assert preview(installation, {"aliases": {"OPS": "RUN"}})["reads_again"] == 0
