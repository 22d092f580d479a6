"""An integration that is never called: what its service hooks tell is all that it knows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared import connections
from shared.errors import HooksOnlyError
from shared.index import leases
from shared.index.runs import start_run
from shared.index.ticking import tick
from shared.issue_keys import parse_issue_key
from shared.links import page_of_links
from shared.model import ProjectId
from shared.progress import Job
from shared.services import ONE_GROUP
from tests.hooks import deliver, details, states
from tests.recording import Recorder
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.sample_organization import SampleOrganization
    from shared.progress import Reason

Body = dict[str, Any]


@pytest.fixture
def recorder(sample: SampleOrganization) -> Iterator[Recorder]:
    with Recorder(sample) as recording:
        yield recording


class Alone(World):
    """An installation whose only integration lives on service hooks."""

    def __init__(self, sample: SampleOrganization) -> None:
        super().__init__(sample, public_url="https://links.example.com")
        only_pay(self)
        self.integration = connections.connect(
            self.services,
            "azure_devops_server",
            connections.Changes(name="Server", url=sample.url, organizations=(), hooks_only=True),
            connections.NewConnection("", kind="none"),
        )
        self.work()

    def tell(self, *bodies: Body) -> None:
        """Deliver bodies in this order, and work."""
        for body in bodies:
            deliver(self, self.integration, body)
        self.work()

    def shown(self, key: str) -> list[tuple[str, str]]:
        """Return kind and id of what an issue shows: nothing of a hidden repository."""
        found = page_of_links(self.services, self.tracker, parse_issue_key(key), limit=100)
        return [(f.link.item.kind, f.link.item.id) for f in found.links]


@pytest.fixture
def alone(sample: SampleOrganization) -> Alone:
    return Alone(sample)


def only_pay(world: World) -> None:
    """Let issues of the project PAY count, whatever a repository's own history teaches."""
    record = world.services.trackers.get(ONE_GROUP, "default")
    assert record is not None
    world.services.trackers.replace(record, replace(record.value, projects=("PAY",)))


def rows(world: World) -> dict[Any, Any]:
    """Return all links and mentions, less whose they are and what bodies do not tell: parents."""
    found = world.everything()
    return {
        (key[0].removesuffix(world.tracker.table_id), *key[1:]): {
            name: value
            for name, value in row.items()
            if name not in {"integration", "rules", "flags"}
        }
        for key, row in found.items()
    }


class Twin(World):
    """An installation that reads everything from the API, whenever something has happened."""

    def __init__(self, sample: SampleOrganization) -> None:
        super().__init__(sample)
        only_pay(self)
        self.integration = self.connect()
        self.work()

    def look(self) -> None:
        """Read what has changed."""
        self.run("reindex", Job(self.integration.id, "discover"))
        self.run("reindex", Job(self.integration.id, "due", repository=self.repository("shop")))
        project = ProjectId(self.sample.organization.project("Shop").id)
        self.run("reindex", Job(self.integration.id, "due", project=project))
        self.work()


def busy_days(sample: SampleOrganization) -> Iterator[None]:
    """Let people push, branch, force, merge, review, abandon and delete, step by step."""
    sample.push("shop", "main", "PAY-1 First", "PAY-2 Second\n\nAlso PAY-3.")
    yield
    sample.push("shop", "feature/PAY-4-cart", "PAY-4 Cart")
    yield
    sample.push("shop", "feature/PAY-5-gone", "PAY-5 Not kept")
    yield
    sample.force_push("shop", "feature/PAY-4-cart", "PAY-4 Cart, better")
    yield
    cart = sample.open_pull_request(
        "shop", "feature/PAY-4-cart", "PAY-4 Keep the cart", description="Long. " * 200 + "PAY-6"
    )
    yield
    gone = sample.open_pull_request("shop", "feature/PAY-5-gone", "PAY-5 Another", draft=True)
    yield
    sample.vote(cart, 5, by="Team lead")
    yield
    sample.complete(cart, delete_source_branch=True)
    yield
    sample.abandon(gone)
    yield
    sample.delete_branch("shop", "feature/PAY-5-gone")
    yield
    sample.create_branch("shop", "release/PAY-7")
    yield
    sample.tag("shop", "v1", at=sample.head("shop", "main"))
    yield
    sample.push("shop", "feature/PAY-5-gone", "PAY-5 Again")
    yield


def test_what_is_told_makes_the_links_that_reading_everything_makes(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    twin = Twin(sample)
    for _ in busy_days(sample):
        twin.look()
    bodies = recorder.take()
    sample.calls.reset()

    alone.tell(*bodies)

    assert len(sample.calls) == 0
    assert set(states(alone, alone.integration)) <= {"done", "ignored"}
    assert rows(alone) == rows(twin)


@pytest.mark.parametrize("seed", range(6))
def test_neither_order_nor_repetition_matters(
    sample: SampleOrganization, recorder: Recorder, alone: Alone, seed: int
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    twin = Twin(sample)
    for _ in busy_days(sample):
        twin.look()
    bodies = recorder.take()
    # Sent again by an admin's replay, under another id, so that nothing takes it for known.
    again = [{**body, "id": f"{body['id']}-again"} for body in bodies]
    told = bodies + again
    random.Random(seed).shuffle(told)

    alone.tell(*told)

    assert rows(alone) == rows(twin)
    assert alone.status(alone.integration).alarms == ()


def test_history_before_the_hooks_is_not_there_and_all_after_it_is(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-8 Before", "PAY-9 Before")
    twin = Twin(sample)
    before = set(rows(twin))
    recorder.listen()
    for _ in busy_days(sample):
        twin.look()

    alone.tell(*recorder.take())

    told, known = rows(alone), rows(twin)
    assert alone.links("PAY-8") == []
    assert told == {key: row for key, row in known.items() if key in told}
    assert set(known) - set(told) <= before


def test_its_status_says_that_it_lives_on_hooks(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")

    assert alone.status(alone.integration).state == "hooks_only"
    alone.tell(*recorder.take())

    status = alone.status(alone.integration)
    [found] = alone.repositories(alone.integration).values()
    assert status.state == "hooks_only"
    assert status.alarms == ()
    assert (status.progress.repositories_done, status.progress.commits_seen) == (1, 1)
    assert found.state == "idle"
    assert {kind: where.state for kind, where in found.kinds.items()} == {
        "commits": "idle", "branches": "idle", "pull_requests": "idle",
    }  # fmt: skip
    assert found.kinds["branches"].count == 1


def test_a_repository_is_known_by_what_its_first_push_tells(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    sample.create_repository("Shop", "shop")
    recorder.listen()
    commit = sample.push("shop", "main", "PAY-1 First")

    alone.tell(*recorder.take())

    record = alone.services.repositories.get(alone.integration.id, alone.repository("shop"))
    assert record is not None
    found = record.value.repository
    assert (found.name, found.project, found.default_branch) == ("shop", "Shop", "main")
    assert found.url == f"{sample.url}/Shop/_git/shop"
    assert found.pages.commit == f"{found.url}/commit/{{}}"
    assert alone.shown("PAY-1") == [("commit", commit)]


@pytest.mark.parametrize("is_late", [False, True])
def test_a_rename_is_followed_also_when_an_older_push_comes_after_it(
    sample: SampleOrganization, recorder: Recorder, alone: Alone, is_late: bool
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    sample.rename_repository("shop", "store")
    bodies = recorder.take()

    alone.tell(*(reversed(bodies) if is_late else bodies))

    [(name, found)] = alone.repositories(alone.integration).items()
    assert name == "store"
    assert found.record.repository.url.endswith("/_git/store")
    assert len(alone.shown("PAY-1")) == 1


@pytest.mark.parametrize("is_late", [False, True])
def test_links_of_a_deleted_repository_are_hidden(
    sample: SampleOrganization, recorder: Recorder, alone: Alone, is_late: bool
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    sample.delete_repository("shop")
    bodies = recorder.take()

    alone.tell(*(reversed(bodies) if is_late else bodies))

    [found] = alone.repositories(alone.integration).values()
    assert found.state == "gone"
    assert len(alone.links("PAY-1")) == 1
    assert alone.shown("PAY-1") == []


def test_links_of_a_disabled_repository_are_hidden_until_it_is_enabled(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    sample.disable_repository("shop")

    alone.tell(*recorder.take())
    hidden = alone.shown("PAY-1")
    sample.disable_repository("shop", disabled=False)
    alone.clock.pass_by(minutes=1)
    alone.tell(*recorder.take())

    assert hidden == []
    assert len(alone.shown("PAY-1")) == 1


def test_a_deleted_repository_that_is_pushed_to_is_back(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    sample.push("shop", "main", "PAY-1 Second")
    *first, last = recorder.take()
    sample.delete_repository("shop")
    alone.tell(*first, *recorder.take())
    assert alone.shown("PAY-1") == []

    alone.clock.pass_by(minutes=1)
    alone.tell({**last, "createdDate": f"{alone.clock():%Y-%m-%dT%H:%M:%S.%fZ}"})

    assert len(alone.shown("PAY-1")) == 2


def test_a_push_that_tells_fewer_commits_than_it_had_is_counted_once(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.behaviour.push_event_commits = 25
    sample.push("shop", "main", *(f"PAY-{n} Many" for n in range(1, 31)))
    bodies = recorder.take()

    alone.tell(*bodies, *({**body, "id": "again"} for body in bodies))

    [alarm] = alone.status(alone.integration).alarms
    assert alarm.code == "hooks_incomplete"
    assert alarm.text.startswith("1 pushes of the last 30 days")
    assert "Shop/shop (1)" in alarm.text
    assert any("it tells 25 commits" in text for text in details(alone, alone.integration))
    assert len(alone.links("PAY-30")) == 1
    assert alone.links("PAY-1") == []


def test_a_push_that_was_never_told_is_noticed_by_the_next_one_until_it_comes(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    for number in range(1, 5):
        sample.push("shop", "main", f"PAY-{number}")
    *first, lost, last = recorder.take()

    alone.tell(*first, last)
    noticed = [alarm.code for alarm in alone.status(alone.integration).alarms]
    alone.tell(lost)

    assert noticed == ["hooks_incomplete"]
    assert alone.status(alone.integration).alarms == ()


def test_what_is_missing_is_told_of_for_a_month(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    for number in range(1, 4):
        sample.push("shop", "main", f"PAY-{number}")
    *first, _, second = recorder.take()
    alone.tell(*first, second)
    head = second["resource"]["refUpdates"][0]["newObjectId"]
    alone.clock.pass_by(days=31)

    alone.tell(pushed_after(second, head, "f" * 40, alone))

    assert alone.status(alone.integration).alarms == ()


def pushed_after(body: Body, old: str, new: str, alone: Alone) -> Body:
    """Return a push of one commit that goes on from another one, now."""
    resource = body["resource"]
    [commit] = resource["commits"]
    [update] = resource["refUpdates"]
    return {
        **body,
        "id": new,
        "createdDate": f"{alone.clock():%Y-%m-%dT%H:%M:%S.%fZ}",
        "resource": {
            **resource,
            "commits": [{**commit, "commitId": new, "comment": "PAY-70"}],
            "refUpdates": [{**update, "oldObjectId": old, "newObjectId": new}],
        },
    }


def test_nothing_is_called_whatever_the_timer_or_an_admin_asks_for(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    alone.tell(*recorder.take())
    sample.calls.reset()

    for _ in range(30):
        tick(alone.services, now=alone.clock())
        alone.work()
        alone.clock.pass_by(hours=1)
    reasons: tuple[Reason, ...] = ("reconcile", "refill", "due", "rules", "first", "discover")
    for reason in reasons:
        job = Job(alone.integration.id, reason)
        alone.run("reindex", job)
        alone.run("reindex", replace(job, repository=alone.repository("shop")))
    with pytest.raises(HooksOnlyError):
        start_run(alone.services, alone.integration)

    status = alone.status(alone.integration)
    assert len(sample.calls) == 0
    assert (status.state, status.alarms) == ("hooks_only", ())


def test_a_push_that_comes_while_another_worker_is_at_its_repository_waits(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    commit = sample.push("shop", "main", "PAY-2 Second")
    *first, last = recorder.take()
    alone.tell(*first)
    lease = leases.take(alone.services, alone.integration.id, alone.repository("shop"))
    assert lease is not None

    with lease:
        deliver(alone, alone.integration, last)
        alone.work(most=3)
        waiting = states(alone, alone.integration)[0]
    alone.work()

    assert waiting == "accepted"
    assert alone.shown("PAY-2") == [("commit", commit)]
    assert states(alone, alone.integration)[0] == "done"


def test_a_filter_and_a_switch_leave_out_what_they_should(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    integration = alone.integration
    record = alone.services.integrations.get(ONE_GROUP, integration.id)
    assert record is not None
    chosen = replace(
        integration,
        repositories=replace(integration.repositories, jmespath="[?name!='other']"),
        index=replace(integration.index, pull_requests=False, branches=False),
    )
    alone.services.integrations.replace(record, chosen)
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.create_repository("Shop", "other")
    sample.push("other", "main", "PAY-1 Elsewhere")
    sample.push("shop", "main", "PAY-1 Here")
    sample.push("shop", "PAY-1-branch", "PAY-1 Branch")
    sample.open_pull_request("shop", "PAY-1-branch", "PAY-1")

    alone.tell(*recorder.take())

    assert {kind for kind, _ in alone.links("PAY-1")} == {"commit"}
    assert len(alone.links("PAY-1")) == 2
    assert alone.repositories(chosen)["other"].record.left_out == "filter"


def test_an_event_of_another_collection_changes_nothing(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 First")
    bodies = recorder.take()
    for body in bodies:
        repository = body["resource"]["repository"]
        repository["remoteUrl"] = repository["remoteUrl"].replace("/contoso/", "/fabrikam/")

    alone.tell(*bodies)

    assert alone.repositories(alone.integration) == {}
    assert set(states(alone, alone.integration)) == {"ignored"}
    assert alone.links("PAY-1") == []


def of_server(world: World, *commits: tuple[str, str], old: str, new: str) -> Body:
    """Return a push as Azure DevOps Server tells it: no account, addresses of its own."""
    who = {"name": "Backend developer", "email": "", "date": "2026-03-01T12:00:00Z"}
    base = "http://tfs:8080/tfs/DefaultCollection"
    return {
        "id": f"event-{new}",
        "eventType": "git.push",
        "publisherId": "tfs",
        "resource": {
            "commits": [
                {"commitId": sha, "comment": text, "author": who, "committer": who}
                for sha, text in commits
            ],
            "refUpdates": [{"name": "refs/heads/main", "oldObjectId": old, "newObjectId": new}],
            "repository": {
                "id": "278D5CD2-584D-4B63-824A-2BA458937249",
                "name": "Shop",
                "url": f"{base}/_apis/git/repositories/278d5cd2-584d-4b63-824a-2ba458937249",
                "project": {"id": "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c", "name": "Shop"},
                "remoteUrl": f"{base}/_git/Shop",
            },
            "pushId": 14,
        },
        "resourceVersion": "1.0",
        "resourceContainers": {
            "collection": {"id": "c12d0eb8-e382-443b-9f9c-c52cba5014c2"},
            "project": {"id": "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c"},
        },
        "createdDate": f"{world.clock():%Y-%m-%dT%H:%M:%S.%fZ}",
    }


def test_a_push_of_a_server_without_an_account_is_indexed(alone: Alone) -> None:
    first, second = "a" * 40, "b" * 40

    alone.tell(of_server(alone, (first, "PAY-1 First"), old="0" * 40, new=first))
    alone.tell(of_server(alone, (second, "PAY-1 Second"), old=first, new=second))

    [found] = alone.repositories(alone.integration).values()
    assert {id_ for _, id_ in alone.shown("PAY-1")} == {first, second}
    assert found.record.repository.url == "http://tfs:8080/tfs/DefaultCollection/_git/Shop"
    assert found.record.left_out is None


def test_an_address_that_no_browser_should_open_is_not_shown(alone: Alone) -> None:
    first = "a" * 40
    body = of_server(alone, (first, "PAY-1 First"), old="0" * 40, new=first)
    body["resource"]["repository"]["remoteUrl"] = "javascript:alert(1)//"

    alone.tell(body)

    [found] = alone.repositories(alone.integration).values()
    assert found.record.repository.url == f"{alone.integration.url}/Shop/_git/Shop"


@pytest.mark.parametrize("resource", [None, {"url": "https://tfs/_apis/git/repositories/x"}])
def test_an_event_without_details_is_told_to_be_of_no_use(
    alone: Alone, resource: Body | None
) -> None:
    body = {**of_server(alone, old="0" * 40, new="a" * 40), "resource": resource}

    alone.tell(body)

    assert states(alone, alone.integration) == ["ignored"]
    assert "have all details sent" in details(alone, alone.integration)[0]


def test_of_a_push_that_is_too_large_to_be_kept_the_commits_stay(
    sample: SampleOrganization, recorder: Recorder, alone: Alone
) -> None:
    recorder.listen()
    sample.create_repository("Shop", "shop")
    long = "PAY-1 Long\n\n" + "x" * 300_000 + " PAY-3"
    sample.push("shop", "main", long, "PAY-2 Short", long.replace("PAY-1", "PAY-4"))

    alone.tell(*recorder.take())

    [alarm] = alone.status(alone.integration).alarms
    assert [len(alone.shown(f"PAY-{n}")) for n in (1, 2, 4)] == [1, 1, 1]
    assert alarm.code == "hooks_incomplete"
    assert "done" in states(alone, alone.integration)[0]


def test_one_that_comes_to_be_called_reads_what_was_never_told(
    sample: SampleOrganization, recorder: Recorder
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Before")
    recorder.listen()
    sample.push("shop", "main", "PAY-2 After")
    world = World(sample)
    wanted = connections.Changes(name="Sample", url=sample.url, hooks_only=True)
    made = connections.connect(
        world.services, "azure_devops", wanted, connections.NewConnection("", kind="none")
    )
    for body in recorder.take():
        deliver(world, made, body)
    world.work()
    alone = (len(world.links("PAY-1")), len(world.links("PAY-2")))

    called = connections.NewConnection(sample.token)
    wanted = replace(wanted, hooks_only=False)
    made = connections.change(world.services, made.id, wanted, connection=called)
    world.clock.pass_by(minutes=1)
    world.work()

    assert alone == (0, 1)
    assert (len(world.links("PAY-1")), len(world.links("PAY-2"))) == (1, 1)
    assert world.status(made).state == "idle"
