"""Repositories of an integration over HTTP: what is left out and why, and other selections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from devhost.sample_organization import SampleOrganization
from shared.discovery.left_out import ADVICE
from shared.model import LeftOut
from tests.admin_console.conftest import add_parts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shared.web.in_memory import Answered, Installation


@pytest.fixture
def path(installation: Installation, sample: SampleOrganization) -> str:
    """Return the path of an integration's repositories, which are indexed."""
    made = installation.connect(sample)
    installation.work()
    return f"integrations/{made}/repositories"


def preview(installation: Installation, path: str, **selection: Any) -> Answered:
    return installation.call("POST", f"{path}/preview", selection)


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


@pytest.mark.parametrize("reason", get_args(LeftOut))
def test_every_reason_says_what_would_help(reason: LeftOut) -> None:
    assert ADVICE[reason].endswith(".")


def test_project_under_tfvc_is_listed_with_the_advice_to_convert_it(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    sample.add_project("Legacy", source_control="Tfvc")
    installation.call("POST", path.replace("/repositories", "/reindex"))
    installation.call("PATCH", path.removesuffix("/repositories"), {"name": "Again"})
    installation.work()

    [row] = installation.call("GET", f"{path}?search=legacy").json["repositories"]

    assert (row["name"], row["project"], row["state"]) == ("Legacy", "Legacy", "left_out")
    assert row["left_out"] == "tfvc"
    assert "Convert it to Git" in row["advice"]


def test_search_with_a_slash_looks_at_the_whole_name(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    sample.add_project("Bank")
    sample.create_repository("Bank", "part-00")
    installation.call("PATCH", path.removesuffix("/repositories"), {"name": "Again"})
    installation.work()

    by_name = installation.call("GET", f"{path}?search=PART-00").json["repositories"]
    by_place = installation.call("GET", f"{path}?search=bank/part").json["repositories"]

    assert sorted(row["project"] for row in by_name) == ["Bank", "Shop"]
    assert [row["project"] for row in by_place] == ["Bank"]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
@pytest.mark.parametrize("query", ["search=part", "state=idle", "search=part&state=idle"])
def test_what_is_searched_for_is_found_on_any_page(
    installation: Installation, path: str, query: str, limit: int
) -> None:
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = installation.call("GET", f"{path}?{query}&limit={limit}&cursor={cursor}").json
        assert len(page["repositories"]) <= limit
        found += names(page["repositories"])
        cursor = page["next"]

    assert sorted(found) == ["part-00", "part-01", "part-02"]


def test_preview_tells_what_a_filter_keeps_and_drops_and_changes_nothing(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    before = installation.call("GET", path).json
    sample.disable_repository("part-02")

    found = preview(installation, path, jmespath="[?name!='part-01']", mode="all").json

    assert names(found["kept"]) == ["part-00"]
    assert {row["name"]: (row["left_out"], row["change"]) for row in found["dropped"]} == {
        "empty": ("empty", None),
        "part-01": ("filter", "disconnects"),
        "part-02": ("disabled", "disconnects"),
    }
    assert (found["connects"], found["disconnects"], found["failures"]) == (0, 2, {})
    assert installation.call("GET", path).json == before
    assert installation.waiting() == []


def test_preview_tells_what_a_selection_would_connect(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    ids = [sample.repository(name).id for name in ("part-00", "part-01")]
    installation.call(
        "PATCH",
        path.removesuffix("/repositories"),
        {"repositories": {"mode": "selected", "selected": ids[:1]}},
    )
    installation.work()

    found = preview(installation, path, mode="selected", selected=[ids[1].upper()]).json

    assert [(row["name"], row["change"]) for row in found["kept"]] == [("part-01", "connects")]
    changes = {row["name"]: (row["left_out"], row["change"]) for row in found["dropped"]}
    assert changes["part-00"] == ("not_selected", "disconnects")
    assert changes["part-02"] == ("not_selected", None)


def test_preview_finds_what_was_made_since_the_last_listing(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    add_parts(sample, 1)

    found = preview(installation, path, mode="all", jmespath="").json

    assert {row["name"]: row["change"] for row in found["kept"]} == {
        "part-00": None,
        "part-01": None,
        "part-02": None,
        "part-03": "connects",
    }


def test_same_names_are_told_apart_in_the_preview(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    sample.add_project("Bank")
    sample.create_repository("Bank", "PART-00")
    sample.push("Bank/PART-00", "main", "Begin")

    found = preview(installation, path, mode="all", jmespath="").json

    assert names(found["kept"]) == [
        "contoso/Bank/PART-00",
        "contoso/Shop/part-00",
        "part-01",
        "part-02",
    ]


@pytest.mark.parametrize(
    ("jmespath", "reason"),
    [
        ("[?name==", "at position 8"),
        ("x" * 2001, "longer than 2,000 characters"),
        ("name", "a list of repositories"),
        ("[?contains(project, 'x')]", "fails on your repositories"),
    ],
    ids=["mistake", "too long", "no list", "wrong type"],
)
def test_mistake_in_a_filter_is_told_with_its_position(
    installation: Installation, path: str, jmespath: str, reason: str
) -> None:
    refused = preview(installation, path, jmespath=jmespath)

    assert refused.problem == (400, "bad_request")
    assert list(refused.fields) == ["jmespath"]
    assert reason in refused.fields["jmespath"]


def test_field_that_the_preview_does_not_know_is_refused_by_name(
    installation: Installation, path: str
) -> None:
    assert list(preview(installation, path, filter="x").fields) == ["filter"]


def test_preview_of_an_organization_that_fails_says_so_and_previews_the_others(
    installation: Installation, sample: SampleOrganization, tmp_path: Path
) -> None:
    token = sample.issue_token()
    other = SampleOrganization(
        tmp_path / "other", name="fabrikam", beside=sample, clock=sample.clock
    )
    other.add_project("P")
    other.accept(token)
    connection = {"kind": "pat", "token": token.value}
    made = installation.connect(
        sample, organizations=["contoso", "fabrikam"], connection=connection
    )
    installation.work()
    other.revoke_token(token.value)

    found = preview(installation, f"integrations/{made}/repositories", jmespath="").json

    assert names(found["kept"]) == ["part-00", "part-01", "part-02"]
    assert list(found["failures"]) == ["fabrikam"]


def test_refused_credential_is_the_answer_of_a_preview(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    sample.revoke_token()

    assert preview(installation, path, jmespath="").problem == (422, "signed_out")
