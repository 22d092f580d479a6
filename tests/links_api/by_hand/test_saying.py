"""Links by hand are made and hidden, and stay so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared import trackers
from shared.services import ONE_GROUP
from tests.links_api.by_hand.conftest import (
    ITEMS,
    audited,
    links,
    say,
)
from tests.links_api.conftest import OWNER, put
from tests.making import FORK, REPOSITORY, mention, sha
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.model import Kind


@pytest.mark.parametrize(("kind", "item_id"), ITEMS)
def test_item_of_another_issue_is_attached_and_detached_and_attached_again(
    installation: Installation, kind: Kind, item_id: str
) -> None:
    put(installation, mention(kind, item_id, "PAY-2", title="Do it", status="open"))

    assert say(installation, "attach", kind, item_id) == 204
    attached = links(installation)
    assert say(installation, "detach", kind, item_id) == 204
    detached = links(installation)
    assert say(installation, "attach", kind, item_id) == 204

    evidence = [{"source": "manual", "text": "PAY-1", "closes": False}]
    assert [link["evidence"] for link in attached.values()] == [evidence]
    assert detached == {}
    assert links(installation) == attached
    assert links(installation, "PAY-2").keys() == {item_id}


@pytest.mark.parametrize(("kind", "item_id"), ITEMS)
def test_indexed_link_is_hidden_until_it_is_attached_again_however_often_it_is_indexed(
    installation: Installation, kind: Kind, item_id: str
) -> None:
    item = mention(kind, item_id, "PAY-1", "PAY-2", status="open")
    put(installation, item)

    assert say(installation, "detach", kind, item_id) == 204
    put(installation, item)
    hidden = links(installation)
    assert say(installation, "attach", kind, item_id) == 204

    assert hidden == {}
    assert links(installation, "PAY-2").keys() == {item_id}
    [link] = links(installation).values()
    assert [e["source"] for e in link["evidence"]] == ["message", "manual"]


@pytest.mark.parametrize("what", ["attach", "detach"])
def test_saying_it_twice_is_saying_it_once(installation: Installation, what: str) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))

    first = say(installation, what, "commit", sha(1))
    rows = dict(installation.storage.tables.tables)
    shown = links(installation)
    second = say(installation, what, "commit", sha(1))

    assert (first, second) == (204, 204)
    assert links(installation) == shown
    assert installation.storage.tables.tables.keys() == rows.keys()
    assert len(audited(installation)) == 1


def test_who_did_what_is_audited(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "PAY-2"))
    token = installation.token("code:write", "links:read")

    say(installation, "attach", "commit", sha(1), token=token)
    say(installation, "detach", "commit", sha(1), token=token)

    entries = audited(installation)
    assert {entry.action for entry in entries} == {"link_attached", "link_detached"}
    for entry in entries:
        assert (entry.by.kind, entry.by.name, entry.integration) == ("token", "Plugin", OWNER)
        assert entry.detail == f"PAY-1: commit {sha(1)} of {REPOSITORY}"


def test_issue_is_told_as_changed(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "PAY-2"))
    cursor = installation.call("GET", "links/changes").json["next"]

    say(installation, "attach", "commit", sha(1))

    installation.clock.advance(timedelta(minutes=10))
    changes = installation.call("GET", f"links/changes?since={cursor}").json
    assert changes["issue_keys"] == ["PAY-1"]


def test_attached_pull_request_is_shown_as_it_is_later(installation: Installation) -> None:
    put(installation, mention("pull_request", "7", title="First", status="open"))
    say(installation, "attach", "pull_request", "7")

    later = mention("pull_request", "7", title="Last", status="merged", observed_at=NOW)
    put(installation, later)

    [link] = links(installation).values()
    assert (link["title"], link["status"]) == ("Last", "merged")


def test_attached_branch_goes_when_the_branch_goes(installation: Installation) -> None:
    put(installation, mention("branch", "plain"))
    say(installation, "attach", "branch", "plain")
    assert links(installation).keys() == {"plain"}

    stored = installation.storage.links(installation.tracker)
    stored.delete(REPOSITORY, "branch", ["plain"], observed_at=NOW)

    assert links(installation) == {}


def test_commit_is_detached_with_its_copy_in_a_fork_and_attached_with_it(
    installation: Installation,
) -> None:
    commit = mention("commit", sha(1), "PAY-1")
    put(installation, commit, replace(commit, item=replace(commit.item, repository=FORK)))

    say(installation, "detach", "commit", sha(1), repository=FORK)
    detached = links(installation)
    say(installation, "attach", "commit", sha(1), repository=REPOSITORY)

    assert detached == {}
    assert len(links(installation)[sha(1)]["also_in"]) == 1


def test_pull_request_of_the_same_number_elsewhere_stays(installation: Installation) -> None:
    one = mention("pull_request", "7", "PAY-1", status="open")
    other = replace(one, item=replace(one.item, repository=FORK))
    put(installation, one, other)

    say(installation, "detach", "pull_request", "7", repository=FORK)

    [link] = links(installation).values()
    assert link["repository"]["id"] == REPOSITORY


@pytest.mark.parametrize(
    ("issue", "shown"), [("AB%2317", "AB%2317"), ("%2317", "%2317"), ("pay-007", "PAY-7")]
)
def test_any_issue_key_will_do_whatever_the_rules_make_of_it(
    installation: Installation, issue: str, shown: str
) -> None:
    trackers.change_tracker(
        installation.services, replace(installation.tracker, projects=("OPS",), grammars=("jira",))
    )
    put(installation, mention("commit", sha(1), "OPS-2"))

    assert say(installation, "attach", "commit", sha(1), issue=issue) == 204

    assert links(installation, shown).keys() == {sha(1)}


def test_what_is_by_hand_follows_a_renamed_project(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "OPS-2"), mention("commit", sha(2), "OPS-3"))
    for number in (1, 2):
        say(installation, "attach", "commit", sha(number))
    say(installation, "detach", "commit", sha(2))
    trackers.change_tracker(
        installation.services, replace(installation.tracker, aliases={"PAY": "SHOP"})
    )

    installation.work()

    assert links(installation) == {}
    assert links(installation, "SHOP-1").keys() == {sha(1)}
    assert say(installation, "attach", "commit", sha(2), issue="SHOP-1") == 204
    assert links(installation, "SHOP-1").keys() == {sha(1), sha(2)}


@pytest.mark.parametrize("is_indexed", [True, False])
def test_commit_that_names_nothing_is_attached_and_survives_a_reindex(
    connected: Installation, sample: SampleOrganization, is_indexed: bool
) -> None:
    commit = sample.push("shop", "work", "Names nothing", by="Frontend developer")
    if not is_indexed:
        sample.delete_branch("shop", "work")
    integration = connected.connect(sample)
    connected.work()
    repository = sample.repository("shop").id
    sample.calls.reset()

    assert say(connected, "attach", "commit", commit.upper(), repository=repository.upper()) == 204
    calls = len(sample.calls)
    connected.call("POST", f"integrations/{integration}/reindex", {})
    connected.work()

    [link] = links(connected).values()
    assert (link["id"], link["title"]) == (commit, "Names nothing")
    assert link["author"]["name"] == "Frontend developer"
    assert calls == (0 if is_indexed else 1)


def test_pull_request_from_before_the_window_is_indexed_when_it_is_attached(
    connected: Installation, sample: SampleOrganization
) -> None:
    sample.push("shop", "old", "Work")
    number = sample.open_pull_request("shop", "old", "OPS-3 Long ago")
    sample.abandon(number)
    sample.let_time_pass(timedelta(days=60))
    connected.connect(sample, pull_request_window_days=30)
    connected.work()
    repository = sample.repository("shop").id
    assert links(connected, "OPS-3") == {}

    assert say(connected, "attach", "pull_request", str(number), repository=repository) == 204

    assert links(connected)[str(number)]["status"] == "declined"
    assert links(connected, "OPS-3").keys() == {str(number)}


def test_git_host_that_is_never_called_is_not_asked(installation: Installation) -> None:
    record = installation.services.integrations.get(ONE_GROUP, OWNER)
    assert record is not None
    installation.services.integrations.put(ONE_GROUP, OWNER, replace(record.value, hooks_only=True))
    body = {"repository_id": REPOSITORY, "kind": "commit", "id": sha(1)}

    answered = installation.call("POST", "links/PAY-1/attach", body)

    assert answered.problem == (409, "hooks_only")
