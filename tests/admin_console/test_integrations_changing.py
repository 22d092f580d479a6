from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin_console.conftest import add_parts

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation

FEW = "[?name!='part-02']"


@pytest.fixture
def path(installation: Installation, sample: SampleOrganization) -> str:
    """Return the path of an integration whose repositories are indexed."""
    connection = {"kind": "pat", "token": sample.token, "email": "admin@example.com"}
    made = installation.connect(sample, connection=connection, pull_request_window_days=30)
    installation.work()
    return f"integrations/{made}"


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({}, {}),
        ({"name": "Ours"}, {"name": "Ours"}),
        ({"name": None}, {"name": "contoso"}),
        ({"pull_request_window_days": None}, {"pull_request_window_days": 183}),
        ({"webhooks": False, "writes": "off"}, {"webhooks": False, "writes": "off"}),
        (
            {"index": {"work_items": True}},
            {"index": {"commits": True, "branches": True, "pull_requests": True,
                       "work_items": True}},
        ),
        (
            {"repositories": {"jmespath": FEW}},
            {"repositories": {"mode": "all", "jmespath": FEW, "selected": []}},
        ),
        ({"connection": {"kind": "pat"}}, {}),
        ({"confirm_disconnect": 3}, {}),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_patch_changes_what_it_names_and_leaves_the_rest(
    installation: Installation, path: str, patch: dict[str, Any], changed: dict[str, Any]
) -> None:
    before = installation.call("GET", path).json

    answered = installation.call("PATCH", path, patch)

    assert answered.status == 200
    assert {**answered.json, "state": ""} == {**before, **changed, "state": ""}
    installation.work()
    assert installation.call("GET", path).json == {**before, **changed}


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"git_host": None}, ["git_host"]),
        ({"url": None}, ["url"]),
        ({"url": "https://evil.example/contoso"}, ["url"]),
        ({"organizations": ["fabrikam"]}, ["organizations"]),
        ({"trackers": ["nothing"]}, ["trackers"]),
        ({"index": {"tags": True}}, ["index.tags"]),
        ({"repositories": {"jmespath": "[?"}}, ["repositories.jmespath"]),
        ({"connection": None}, ["connection"]),
        ({"connection": {"token": "a b"}}, ["connection.token"]),
        ({"id": "x"}, ["id"]),
        ({"state": "idle"}, ["state"]),
        ({"webhook_id": "x"}, ["webhook_id"]),
        ({"created_at": "2020-01-01T00:00:00Z"}, ["created_at"]),
        ([], ["body"]),
    ],
    ids=str,
)
def test_patch_that_makes_no_sense_is_refused_by_field_and_changes_nothing(
    installation: Installation, path: str, patch: object, wrong: list[str]
) -> None:
    before = installation.call("GET", path).json

    answered = installation.call("PATCH", path, patch)

    assert sorted(answered.fields) == wrong
    assert installation.call("GET", path).json == before


def test_connection_is_replaced_and_everything_else_kept(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    before = installation.call("GET", path).json
    token = sample.issue_token().value
    sample.revoke_token()
    patch = {"connection": {"token": token, "expires_at": "2027-01-31T00:00:00Z"}}

    answered = installation.call("PATCH", path, patch)
    installation.work()

    assert answered.json["connection"] == {
        "kind": "pat",
        "email": "admin@example.com",
        "expires_at": "2027-01-31T00:00:00Z",
    }
    after = installation.call("GET", path).json
    assert {**after, "connection": None} == {**before, "connection": None}


def test_connection_that_is_refused_replaces_nothing(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    answered = installation.call("PATCH", path, {"connection": {"token": "wrong"}})

    assert answered.problem == (422, "signed_out")
    sample.push("part-00", "main", "PAY-99 Later")
    installation.call("POST", f"{path}/reindex")
    installation.work()
    assert len(installation.call("GET", "links/PAY-99").json["links"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"email": "somebody@example.com"},
        {"expires_at": "2027-06-30T00:00:00Z"},
        {"email": None},
    ],
    ids=str,
)
def test_change_of_what_is_known_of_a_connection_is_kept_or_refused(
    installation: Installation, path: str, change: dict[str, Any]
) -> None:
    before = installation.call("GET", path).json["connection"]

    answered = installation.call("PATCH", path, {"connection": change})

    expected = {**before, **{name: value or "" for name, value in change.items()}}
    kept = answered.status == 200 and answered.json["connection"] == expected
    assert kept or answered.status == 400


@pytest.fixture
def wide(installation: Installation, sample: SampleOrganization) -> str:
    """Return the path of an integration whose eleven repositories are indexed."""
    add_parts(sample, 8)
    made = installation.connect(sample)
    installation.work()
    return f"integrations/{made}"


def test_change_that_disconnects_more_than_ten_repositories_has_to_be_meant(
    installation: Installation, wide: str
) -> None:
    selection = {"repositories": {"mode": "selected"}}

    answered = installation.call("PATCH", wide, selection)

    assert answered.problem == (409, "would_disconnect")
    assert answered.json["count"] == 11
    assert "11" in answered.json["next_step"]
    for wrong in (10, 12, 0):
        again = installation.call("PATCH", wide, {**selection, "confirm_disconnect": wrong})
        assert again.problem == (409, "would_disconnect")
    assert installation.call("GET", wide).json["repositories"]["mode"] == "all"

    confirmed = installation.call("PATCH", wide, {**selection, "confirm_disconnect": 11})

    assert confirmed.status == 200
    installation.work()
    assert installation.call("GET", "links/PAY-1").json["links"] == []


def test_new_connection_does_not_hide_that_a_change_disconnects(
    installation: Installation, sample: SampleOrganization, wide: str
) -> None:
    other = type(sample)(sample.organization.folder, name="fabrikam", beside=sample)
    other.add_project("Other")
    other.create_repository("Other", "one")
    patch = {
        "url": other.url,
        "organizations": ["fabrikam"],
        "connection": {"kind": "pat", "token": other.token},
    }

    answered = installation.call("PATCH", wide, patch)

    assert answered.problem == (409, "would_disconnect")
    assert answered.json["count"] == 11


def test_disconnected_repositories_come_back_with_their_links(
    installation: Installation, path: str
) -> None:
    before = installation.call("GET", "links/PAY-2").json
    shown = []
    for mode in ("selected", "all"):
        installation.call("PATCH", path, {"repositories": {"mode": mode}})
        installation.work()
        # What was shown may be remembered for half a minute.
        installation.clock.advance(timedelta(minutes=1))
        shown.append(installation.call("GET", "links/PAY-2").json)

    assert [len(answer["links"]) for answer in shown] == [0, 1]
    assert shown[1] == before
