from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared import trackers
from shared.configuration import DEFAULT_TRACKER, Sources
from shared.errors import BadRequestError, ConflictError, UnknownThingError
from shared.issue_keys import Learned, parse_issue_key
from shared.links import KINDS
from shared.services import ONE_GROUP, Services
from tests.making import REPOSITORY, mention, sha
from tests.shared.trackers.conftest import feed, make

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation


def test_default_tracker_exists_from_the_start_with_two_grammars_and_no_projects(
    services: Services,
) -> None:
    found = trackers.tracker_record(services, DEFAULT_TRACKER).value

    assert found.grammars == ("jira", "azure_boards")
    assert found.projects == ()
    assert found.sources == Sources(description=True, tags=False, inherit=False)


def test_default_tracker_is_made_only_once(services: Services) -> None:
    before = trackers.tracker_record(services, DEFAULT_TRACKER)
    services.known_trackers.forget(ONE_GROUP, DEFAULT_TRACKER)

    trackers.ensure_default_tracker(services)

    assert trackers.tracker_record(services, DEFAULT_TRACKER) == before


def test_default_tracker_that_another_worker_makes_at_the_same_moment_is_kept(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = trackers.tracker_record(services, DEFAULT_TRACKER)
    monkeypatch.setattr(services.known_trackers, "get", lambda group, key: None)

    trackers.ensure_default_tracker(services)

    assert trackers.tracker_record(services, DEFAULT_TRACKER) == before


def test_trackers_have_tables_of_their_own_for_ever(services: Services) -> None:
    first = make(services)
    trackers.remove_tracker(services, "jira")
    second = make(services)

    assert first.table_id != second.table_id
    assert first.table_id.isalnum()
    assert first.table_id == first.table_id.lower()


def test_id_that_is_taken_is_refused(services: Services) -> None:
    make(services)

    with pytest.raises(ConflictError, match="'jira'"):
        make(services)
    with pytest.raises(ConflictError):
        make(services, DEFAULT_TRACKER)


@pytest.mark.parametrize("tracker_id", ["a", "jira", "my-jira-2", "0", "x" * 40])
def test_id_of_small_letters_digits_and_dashes_is_taken(
    services: Services, tracker_id: str
) -> None:
    assert make(services, tracker_id).id == tracker_id


@pytest.mark.parametrize(
    "tracker_id",
    ["", " ", "Jira", "-a", "a-", "a_b", "a/b", "a'b", "a#b", "a b", "a\n", "x" * 41, "\u00fc"],
)
def test_id_of_another_form_is_refused(services: Services, tracker_id: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        make(services, tracker_id)

    assert set(refused.value.fields) == {"id"}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, ["name"]),
        ({"name": " "}, ["name"]),
        ({"grammars": ()}, ["grammars"]),
        ({"projects": ("PAY", "p-1")}, ["projects"]),
        ({"projects": ("pay",)}, ["projects"]),
        ({"projects": ("",)}, ["projects"]),
        ({"projects": ("P" * 51,)}, ["projects"]),
        ({"projects": tuple(f"P{n}" for n in range(5001))}, ["projects"]),
        ({"number_range": (0, 5)}, ["number_range"]),
        ({"number_range": (5, 4)}, ["number_range"]),
        ({"number_range": (-1, 4)}, ["number_range"]),
        ({"url": "jira.example.com"}, ["url"]),
        ({"url": "javascript:alert(1)"}, ["url"]),
        ({"name": "", "grammars": (), "url": "x"}, ["grammars", "name", "url"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_tracker_that_makes_no_sense_is_refused_by_field(
    services: Services, fields: dict[str, Any], wrong: list[str]
) -> None:
    with pytest.raises(BadRequestError) as refused:
        make(services, **fields)

    assert sorted(refused.value.fields) == wrong
    assert services.trackers.get(ONE_GROUP, "jira") is None


@pytest.mark.parametrize(
    "fields",
    [
        {"projects": ("PAY", "OPS_2")},
        {"projects": tuple(f"P{n}" for n in range(5000))},
        {"number_range": (1, 1)},
        {"number_range": (1, 99_999)},
        {"url": "https://jira.example.com"},
        {"url": "http://jira.internal"},
    ],
    ids=lambda value: str(value)[:40],
)
def test_tracker_that_makes_sense_is_kept(services: Services, fields: dict[str, Any]) -> None:
    made = make(services, **fields)

    assert trackers.tracker_record(services, "jira").value == made


def test_unknown_tracker_is_not_found(services: Services) -> None:
    nothing = trackers.new_tracker(services, "X", tracker_id="nothing")

    for act in (
        lambda: trackers.tracker_record(services, "nothing"),
        lambda: trackers.change_tracker(services, nothing),
        lambda: trackers.remove_tracker(services, "nothing"),
    ):
        with pytest.raises(UnknownThingError):
            act()


def test_default_tracker_stays(services: Services) -> None:
    with pytest.raises(ConflictError):
        trackers.remove_tracker(services, DEFAULT_TRACKER)


def test_tracker_that_an_integration_feeds_stays_until_nothing_is_left_of_it(
    services: Services,
) -> None:
    make(services)
    for is_removed in (False, True):
        feed(services, trackers_of=["default", "jira"], is_removed=is_removed)

        with pytest.raises(ConflictError, match="Contoso"):
            trackers.remove_tracker(services, "jira")

    services.integrations.delete(ONE_GROUP, "i1")
    trackers.remove_tracker(services, "jira")

    with pytest.raises(UnknownThingError):
        trackers.tracker_record(services, "jira")


def test_tracker_goes_with_its_tokens_and_what_was_claimed_and_learned_for_it(
    installation: Installation,
) -> None:
    services = installation.services
    make(services)
    token = installation.token("links:read", tracker="jira")
    services.owners.put("jira", REPOSITORY, "i1")
    services.learned.put("jira", REPOSITORY, Learned())

    trackers.remove_tracker(services, "jira")
    make(services)

    assert installation.call("GET", "links/PAY-1", token=token).problem == (401, "not_signed_in")
    assert services.owners.list("jira") == []
    assert services.learned.list("jira") == []


def test_tracker_goes_with_its_links_and_no_other_s(installation: Installation) -> None:
    services = installation.services
    jira = make(services)
    for tracker in (jira, installation.tracker):
        writer = installation.storage.links(tracker).writer()
        writer.put([mention("commit", sha(1), "PAY-1")])
        writer.flush()

    trackers.remove_tracker(services, "jira")

    key = parse_issue_key("PAY-1")
    for tracker, left in ((jira, 0), (installation.tracker, 1)):
        links = installation.storage.links(tracker)
        assert len(links.read(key, kinds=KINDS, after="", limit=5)) == left
        assert len(list(links.mentions(REPOSITORY))) == left
