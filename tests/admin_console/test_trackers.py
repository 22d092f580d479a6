from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Answered

WHOLE = {
    "id": "jira",
    "name": "Our Jira",
    "kind": "jira",
    "url": "https://jira.example.com",
    "grammars": ["jira"],
    "projects": ["PAY", "OPS"],
    "sources": {"description": False, "tags": True, "inherit": True},
    "number_range": [1, 99999],
    "number_since": "2026-01-01T00:00:00Z",
    "pattern": "\\[([A-Z]+-[0-9]+)\\]",
    "origins": ["https://jira.example.com"],
    "aliases": {"OLD": "PAY", "PAY-1": "OPS-2"},
}


@pytest.fixture
def installation() -> Installation:
    return Installation()


def create(installation: Installation, **fields: Any) -> Answered:
    return installation.call("POST", "trackers", {"id": "jira", "name": "Jira", **fields})


def test_tracker_is_made_as_it_is_given(installation: Installation) -> None:
    answered = installation.call("POST", "trackers", WHOLE)

    assert answered.status == 201
    assert answered.json == {**WHOLE, "created_at": "2026-11-21T09:00:00Z"}
    assert installation.call("GET", "trackers/jira").json == answered.json


def test_tracker_of_which_little_is_said_has_what_is_usual(installation: Installation) -> None:
    made = installation.call("POST", "trackers", {"name": "Ours"}).json

    assert made.pop("id")
    assert made == {
        "created_at": "2026-11-21T09:00:00Z",
        "name": "Ours",
        "kind": "other",
        "url": "",
        "grammars": ["jira", "azure_boards"],
        "projects": [],
        "sources": {"description": True, "tags": False, "inherit": False},
        "number_range": None,
        "number_since": None,
        "pattern": None,
        "origins": [],
        "aliases": {},
    }


def test_projects_are_kept_in_upper_case_and_once(installation: Installation) -> None:
    made = create(installation, projects=["pay", " PAY ", "Ops"]).json

    assert made["projects"] == ["PAY", "OPS"]


def test_aliases_are_kept_as_keys_are_answered(installation: Installation) -> None:
    made = create(installation, aliases={"old": " New", "pay-007": "ops-1", "ab#1": "#2"}).json

    assert made["aliases"] == {"OLD": "NEW", "PAY-7": "OPS-1", "AB#1": "#2"}


def test_trackers_without_an_id_get_different_ones(installation: Installation) -> None:
    made = [installation.call("POST", "trackers", {"name": "Ours"}).json["id"] for _ in range(3)]

    assert len(set(made)) == 3


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"id": "Not One"}, ["id"]),
        ({"name": " "}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"kind": "github"}, ["kind"]),
        ({"url": "jira"}, ["url"]),
        ({"grammars": []}, ["grammars"]),
        ({"grammars": ["perl"]}, ["grammars[0]"]),
        ({"projects": ["not a project"]}, ["projects"]),
        ({"number_range": [5, 1]}, ["number_range"]),
        ({"number_range": [1]}, ["number_range"]),
        ({"number_since": "yesterday"}, ["number_since"]),
        ({"sources": {"titles": True}}, ["sources.titles"]),
        ({"pattern": "[A-Z"}, ["pattern"]),
        ({"pattern": "(?=PAY)"}, ["pattern"]),
        ({"pattern": "P" * 501}, ["pattern"]),
        ({"pattern": 5}, ["pattern"]),
        ({"grammars": [], "pattern": "("}, ["pattern"]),
        ({"aliases": {"OLD": "PAY-1"}}, ["aliases"]),
        ({"aliases": {"PAY-1": "NEW"}}, ["aliases"]),
        ({"aliases": {"": "NEW"}}, ["aliases"]),
        ({"aliases": {"OLD": 5}}, ["aliases[...]"]),
        ({"nmae": "x"}, ["nmae"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_tracker_that_makes_no_sense_is_refused_by_field(
    installation: Installation, fields: dict[str, Any], wrong: list[str]
) -> None:
    assert sorted(create(installation, **fields).fields) == wrong
    assert [t["id"] for t in installation.call("GET", "trackers").json["trackers"]] == ["default"]


def test_time_without_a_zone_is_refused_or_meant_in_utc(installation: Installation) -> None:
    answered = create(installation, number_since="2026-01-01T00:00:00")

    assert answered.status == 400 or answered.json["number_since"] == "2026-01-01T00:00:00Z"


def test_id_that_is_taken_is_a_conflict(installation: Installation) -> None:
    create(installation)

    assert create(installation).problem == (409, "exists")
    assert create(installation, id="default").problem == (409, "exists")


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({}, {}),
        ({"name": "Ours"}, {"name": "Ours"}),
        ({"id": "jira"}, {}),
        ({"projects": ["ops"]}, {"projects": ["OPS"]}),
        (
            {"sources": {"tags": False}},
            {"sources": {"description": False, "tags": False, "inherit": True}},
        ),
        ({"sources": None}, {"sources": {"description": True, "tags": False, "inherit": False}}),
        ({"number_range": None}, {"number_range": None}),
        ({"number_since": None, "url": None}, {"number_since": None, "url": ""}),
        ({"aliases": {"OLD": None, "NEW": "PAY"}}, {"aliases": {"PAY-1": "OPS-2", "NEW": "PAY"}}),
        ({"grammars": None}, {"grammars": ["jira", "azure_boards"]}),
    ],
    ids=str,
)
def test_patch_changes_what_it_names_and_leaves_the_rest(
    installation: Installation, patch: dict[str, Any], changed: dict[str, Any]
) -> None:
    before = installation.call("POST", "trackers", WHOLE).json

    answered = installation.call("PATCH", "trackers/jira", patch)

    assert answered.status == 200
    assert answered.json == {**before, **changed}
    assert installation.call("GET", "trackers/jira").json == answered.json


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"name": None}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"id": "other"}, ["id"]),
        ({"created_at": "2026-01-01T00:00:00Z"}, ["created_at"]),
        ({"table_id": "x"}, ["table_id"]),
        ({"sources": {"titles": True}}, ["sources.titles"]),
        ({"projects": "PAY"}, ["projects"]),
        ([], ["body"]),
    ],
    ids=str,
)
def test_patch_that_makes_no_sense_is_refused_and_changes_nothing(
    installation: Installation, patch: object, wrong: list[str]
) -> None:
    before = installation.call("POST", "trackers", WHOLE).json

    answered = installation.call("PATCH", "trackers/jira", patch)

    assert sorted(answered.fields) == wrong
    assert installation.call("GET", "trackers/jira").json == before


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_tracker_is_not_found(installation: Installation, method: str) -> None:
    body: object = {} if method == "PATCH" else None

    assert installation.call(method, "trackers/nothing", body).problem == (404, "not_found")


def test_deleted_tracker_is_gone(installation: Installation) -> None:
    create(installation)

    answered = installation.call("DELETE", "trackers/jira")

    assert (answered.status, answered.body) == (204, b"")
    assert installation.call("GET", "trackers/jira").problem == (404, "not_found")


def test_default_tracker_stays(installation: Installation) -> None:
    assert installation.call("DELETE", "trackers/default").problem == (409, "exists")


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 9])
def test_trackers_are_listed_page_by_page(installation: Installation, limit: int) -> None:
    for number in range(7):
        create(installation, id=f"jira-{number}")

    found, cursor = [], ""
    while cursor is not None:
        page = installation.call("GET", f"trackers?limit={limit}&cursor={cursor}").json
        assert 0 < len(page["trackers"]) <= limit
        found += [tracker["id"] for tracker in page["trackers"]]
        cursor = page["next"]

    assert found == ["default", *(f"jira-{number}" for number in range(7))]


def test_bad_pattern_is_refused_with_its_part_and_place(installation: Installation) -> None:
    answered = create(installation, pattern="PAY-(?!0)[0-9]+")

    assert answered.status == 400
    assert answered.fields["pattern"].startswith("invalid perl operator '(?!' at position 4;")


@pytest.mark.parametrize("nothing", [None, ""])
def test_pattern_is_taken_away(installation: Installation, nothing: str | None) -> None:
    create(installation, pattern="PAY-[0-9]+")

    changed = installation.call("PATCH", "trackers/jira", {"pattern": nothing}).json

    assert changed["pattern"] is None


def test_with_a_pattern_no_grammar_is_needed(installation: Installation) -> None:
    made = create(installation, grammars=[], pattern="PAY-[0-9]+")

    assert made.status == 201
    answered = installation.call("PATCH", "trackers/jira", {"pattern": None})
    assert answered.fields == {"grammars": "at least one, unless there is a pattern"}
