from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import MalformedAnswerError
from shared.events import (
    BareEvent,
    Event,
    OtherEvent,
    PullRequestEvent,
    RepositoryEvent,
    WorkItemEvent,
)
from shared.git_hosts.azure_devops.events import read_event, shortened_event
from tests.shared.git_hosts.azure_devops.payloads import (
    ACCOUNT,
    ORGANIZATION,
    PAYLOADS,
    PROJECT,
    REPOSITORY,
    changed,
    payload,
)

if TYPE_CHECKING:
    from shared.model import RepositoryId

ROOT = "https://dev.azure.com/contoso"


def test_every_event_tells_which_it_is_and_whose() -> None:
    event = read_event(payload("git.push__branch_updated"))

    assert event.id == "55555555-eeee-4000-8000-000000000001"
    assert event.event_type == "git.push"
    assert event.created_at == datetime(2026, 11, 21, 8, 59, 1, 123457, tzinfo=UTC)
    assert event.project_id == PROJECT
    assert event.organization_ids == (ORGANIZATION, ACCOUNT)


def test_text_that_the_sender_made_of_an_event_is_not_read() -> None:
    event = read_event(payload("git.push__sender_s_test"))

    assert b"script" not in msgspec.json.encode(event)


@pytest.mark.parametrize(
    "name",
    [
        "git.pullrequest.created__draft",
        "git.pullrequest.updated__vote",
        "git.pullrequest.merged__conflicts",
    ],
)
def test_event_of_a_pull_request_tells_only_which_one_to_read_again(name: str) -> None:
    event = read_event(payload(name))

    assert isinstance(event, PullRequestEvent)
    assert (event.repository_id, event.number) == (REPOSITORY, 7)
    assert (event.project_id, event.event_type) == (PROJECT, name.partition("__")[0])


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("git.repo.created__empty", REPOSITORY),
        ("git.repo.renamed__plain", REPOSITORY),
        ("git.repo.deleted__to_recycle_bin", REPOSITORY),
        ("git.repo.statuschanged__disabled", REPOSITORY),
        ("git.repo.forked__without_repository", None),
    ],
)
def test_event_of_a_repository_tells_which_one_where_it_says(
    name: str, repository: RepositoryId | None
) -> None:
    event = read_event(payload(name))

    assert isinstance(event, RepositoryEvent)
    assert (event.repository_id, event.project_id) == (repository, PROJECT)


@pytest.mark.parametrize(
    "body",
    [
        payload("build.complete__succeeded"),
        payload("ms.vss-code.git-pullrequest-comment-event__comment"),
        b'{"eventType": "build.complete", "resource": {"anything": [1, 2]}}',
        b'{"eventType": "git.pullrequest.commented"}',
        b'{"eventType": ""}',
        b"{}",
        b'{"resource": {"refUpdates": 5}}',
    ],
)
def test_event_of_another_type_touches_no_link_whatever_it_holds(body: bytes) -> None:
    event = read_event(body)

    assert isinstance(event, OtherEvent)
    assert "touch no link" in event.reason


@pytest.mark.parametrize("kind", ["created", "updated", "deleted", "restored"])
def test_event_of_a_work_item_tells_which(kind: str) -> None:
    event = read_event(payload(f"workitem.{kind}__plain"))

    assert isinstance(event, WorkItemEvent)
    assert event.number == 17
    assert event.project_id == PROJECT


@pytest.mark.parametrize(
    ("resource", "number"),
    [
        ({"id": 5, "rev": 1, "fields": {"System.Title": "A"}}, 5),
        ({"id": 2, "workItemId": 5}, 5),
        ({"id": 2, "workItemId": 0, "revision": {"id": 5, "rev": 2}}, 5),
        ({"id": 2, "workItemId": 0, "url": f"{ROOT}/_apis/wit/workItems/5/updates/2"}, 5),
        ({"url": f"{ROOT}/_apis/wit/workItems/5"}, 5),
        ({"url": f"{ROOT}/_apis/wit/recyclebin/5"}, 5),
        ({"id": 2, "workItemId": 0}, None),
        ({}, None),
        (None, None),
    ],
)
def test_work_item_is_told_from_the_revision_that_an_update_is(
    resource: object, number: int | None
) -> None:
    event = read_event(changed("workitem.updated__plain", resource=resource))

    assert isinstance(event, WorkItemEvent)
    assert event.number == number


def test_large_event_of_a_work_item_still_tells_which_when_it_is_shortened() -> None:
    fields = {"System.Description": "x" * 100_000}
    body = changed("workitem.created__plain", resource={"id": 5, "fields": fields})

    short = shortened_event(body)

    assert len(short) < 1000
    assert read_event(short) == read_event(body)


def test_comment_on_a_work_item_touches_no_link() -> None:
    event = read_event(payload("workitem.commented__plain"))

    assert isinstance(event, OtherEvent)
    assert "touch no link" in event.reason


@pytest.mark.parametrize(
    ("body", "about", "repository"),
    [
        (payload("git.push__details_minimal"), "branches", REPOSITORY),
        (payload("git.push__details_none"), "branches", None),
        (changed("git.push__branch_updated", resource=None), "branches", None),
        (changed("git.push__branch_updated", resource__refUpdates=None), "branches", REPOSITORY),
        (payload("git.pullrequest.updated__details_none"), "pull_requests", None),
        (
            changed("git.pullrequest.created__draft", resource__pullRequestId=None),
            "pull_requests",
            REPOSITORY,
        ),
    ],
)
def test_event_without_details_tells_what_may_have_changed(
    body: bytes, about: str, repository: RepositoryId | None
) -> None:
    event = read_event(body)

    assert isinstance(event, BareEvent)
    assert (event.about, event.repository_id, event.project_id) == (about, repository, PROJECT)


def test_event_of_a_pull_request_with_minimal_details_tells_which_one_to_read_again() -> None:
    event = read_event(payload("git.pullrequest.updated__details_minimal"))

    assert isinstance(event, PullRequestEvent)
    assert (event.repository_id, event.number) == (REPOSITORY, 7)


def test_reason_of_an_unknown_type_is_short() -> None:
    event = read_event(msgspec.json.encode({"eventType": "x" * 5000}))

    assert isinstance(event, OtherEvent)
    assert len(event.reason) <= 200


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2026-11-21T08:59:00Z", datetime(2026, 11, 21, 8, 59, tzinfo=UTC)),
        ("2026-11-21T08:59:00.1Z", datetime(2026, 11, 21, 8, 59, 0, 100_000, tzinfo=UTC)),
        ("2026-11-21T08:59:00.1234567Z", datetime(2026, 11, 21, 8, 59, 0, 123_457, tzinfo=UTC)),
        ("2026-11-21T09:59:00+01:00", datetime(2026, 11, 21, 8, 59, tzinfo=UTC)),
        ("2026-11-21T08:59:00", datetime(2026, 11, 21, 8, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime(1970, 1, 1, tzinfo=UTC)),
        (None, None),
    ],
)
def test_date_of_an_event_is_read_in_every_form(date: str | None, moment: datetime | None) -> None:
    event = read_event(changed("git.push__branch_updated", createdDate=date))

    assert event.created_at == moment


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b"[]",
        b"null",
        b'"git.push"',
        payload("git.push__branch_updated")[:-40],
        changed("git.push__branch_updated", resource=[]),
        changed("git.push__branch_updated", resource__refUpdates=[{"name": "refs/heads/x"}]),
        changed("git.push__branch_updated", resource__repository={"id": 5}),
        changed("git.push__branch_updated", createdDate="yesterday"),
        changed("git.push__branch_updated", id=5),
        changed("git.pullrequest.created__draft", resource__pullRequestId="7"),
        changed("git.repo.deleted__to_recycle_bin", resource__repositoryId=5),
        b'{"eventType": "git.push", "resource": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"eventType": "git.push", "x": NaN}',
    ],
    ids=lambda body: repr(body)[:30],
)
def test_body_that_is_no_event_is_refused_and_little_of_it_is_repeated(body: bytes) -> None:
    with pytest.raises(MalformedAnswerError) as raised:
        read_event(body)

    assert len(str(raised.value)) < 300


def test_same_body_gives_the_same_event() -> None:
    body = payload("git.push__several_refs")

    assert read_event(body) == read_event(body)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    name=st.sampled_from(sorted(path.stem for path in PAYLOADS.iterdir())),
    at=st.integers(min_value=0, max_value=60),
    value=JSON_VALUES,
)
def test_event_with_any_value_in_any_place_is_read_or_refused(
    name: str, at: int, value: object
) -> None:
    body = msgspec.json.decode(payload(name))
    places = list(_places(body))
    holder, key = places[at % len(places)]
    holder[key] = value

    try:
        event = read_event(msgspec.json.encode(body))
    except MalformedAnswerError:
        return

    assert isinstance(event, Event)


def _places(value: Any) -> Any:
    """Yield every place in a JSON value, as what holds it and the key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from _places(inner)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield value, position
            yield from _places(inner)
