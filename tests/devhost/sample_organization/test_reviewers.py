from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


@pytest.fixture
def reviewers(sample: SampleOrganization, web: str) -> str:
    """The route of the reviewers of an open pull request."""
    sample.push("web", "main", "PAY-1")
    sample.push("web", "topic", "PAY-2")
    number = sample.open_pull_request("web", "topic", "PAY-2")
    return f"{web}/pullrequests/{number}/reviewers"


def test_reviewer_is_added_required_and_removed(
    sample: SampleOrganization, api: Api, reviewers: str
) -> None:
    lead = sample.person("Team lead").id
    body = {"id": lead, "vote": 0, "isRequired": True}

    added = api.call("PUT", f"{reviewers}/{lead}", body).json()
    listed = api.get(reviewers)["value"]
    removed = api.call("DELETE", f"{reviewers}/{lead}")

    assert (added["displayName"], added["vote"], added["isRequired"]) == ("Team lead", 0, True)
    assert listed == [added]
    assert removed.status_code == 200
    assert api.get(reviewers)["value"] == []
    assert api.refused("DELETE", f"{reviewers}/{lead}")[0] == 404


def test_own_vote_is_taken_and_another_persons_is_refused(
    sample: SampleOrganization, api: Api, reviewers: str
) -> None:
    me, lead = sample.person("Integration account").id, sample.person("Team lead").id

    mine = api.call("PUT", f"{reviewers}/{me}", {"vote": 10})
    theirs = api.call("PUT", f"{reviewers}/{lead}", {"vote": -10})
    strange = api.call("PUT", f"{reviewers}/{me}", {"vote": 7})

    assert mine.json()["vote"] == 10
    assert (theirs.status_code, strange.status_code) == (400, 400)
    assert api.get(f"{reviewers}/{me}")["vote"] == 10


def test_unknown_identity_is_refused(api: Api, reviewers: str) -> None:
    nobody = "11111111-2222-3333-4444-555555555555"

    assert api.refused("PUT", f"{reviewers}/{nobody}", {"vote": 0})[0] == 400
    assert api.refused("GET", f"{reviewers}/{nobody}")[0] == 404


def test_several_are_added_at_once(sample: SampleOrganization, api: Api, reviewers: str) -> None:
    people = [{"id": sample.person(name).id} for name in ("Team lead", "Frontend developer")]

    added = api.post(reviewers, people)

    assert added["count"] == 2
    assert api.get(reviewers)["count"] == 2
